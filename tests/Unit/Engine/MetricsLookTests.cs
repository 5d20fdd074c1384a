using Fairway.Adapters.InMemory;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Engine;

public sealed class MetricsLookTests
{
    private static readonly RolloutPolicy Policy = new()
    {
        Steps = [new(Weight.FromPercent(50), Duration.FromSeconds(60)), new(Weight.Full, Duration.Zero)],
        Judge = new()
        {
            Steps = new(Duration.FromSeconds(5), Duration.FromSeconds(60), OnDoubt.Advance),
            Metrics = [new("failed", MetricSource.Rate, 1) { Query = new("failed{v=\"$release\"}", null) }],
        },
    };

    [Fact]
    public void The_source_is_asked_every_five_seconds_while_releases_are_compared_and_at_no_other_time()
    {
        var metrics = new InMemoryMetrics();
        metrics.Set("failed{v=\"1.0\"}", 5);
        metrics.Set("failed{v=\"1.1\"}", 0);
        var world = World(metrics);
        Assert.Equal(0, metrics.Asked);
        world.Deploy("1.1", Policy);
        world.UntilPhase(RolloutPhase.Completed);
        var (compared, asked) = (world.Rollout.EndedAt!.Value - world.Rollout.StartedAt, metrics.Asked);
        Assert.InRange(asked, 2 * 10, 2 * ((int)compared.TotalSeconds / 5 + 1));
        Assert.NotNull(world.Rollout.Cursor!.Queries!["failed"].Candidate);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(asked, metrics.Asked);
    }

    [Fact]
    public void A_source_that_never_answers_delays_nothing()
    {
        var world = World(new Silent());
        world.Deploy("1.1", Policy);
        world.UntilPhase(RolloutPhase.Completed, TimeSpan.FromMinutes(5));
        Assert.Null(world.Rollout.Cursor!.Queries);
        world.Crash();
    }

    [Fact]
    public void A_source_that_fails_in_an_unforeseen_way_is_a_notice()
    {
        var world = World(new Broken());
        world.Deploy("1.1", Policy);
        world.Until(() => world.Now.State.Notices.Any(notice => notice.Code == "metrics-unanswered" && notice.Sentence.Contains("it is broken", StringComparison.Ordinal)));
        world.UntilPhase(RolloutPhase.Completed);
    }

    private static EngineWorld World(IMetricsSource source)
    {
        var world = new EngineWorld();
        world.Ports = world.Ports with { Metrics = source };
        return world.Started().Serving("1.0");
    }

    private sealed class Silent : IMetricsSource
    {
        public async Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellation);
            return [];
        }

        public Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation) => throw new InvalidOperationException("nobody asks here");
    }

    private sealed class Broken : IMetricsSource
    {
        public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation)
            => throw new InvalidOperationException("it is broken");

        public Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation) => throw new InvalidOperationException("it is broken");
    }
}
