using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Bench.Console;

/// <summary>A rollout that was judged for very long, written to a ledger as the engine would have.</summary>
internal static class LongRollout
{
    private const int Batch = 250;

    /// <summary>Appends one of that many looks of the judge, one each second, and its end.</summary>
    public static async Task AppendAsync(ILedger ledger, ServiceSpec service, int ticks, Instant began)
    {
        var workload = service.Workload;
        var (before, release) = (Of("1.0", "a"), Of("1.1", "b"));
        var spec = service with { Rollout = new RolloutPolicy { Judge = new JudgeSettings() } };
        var policy = spec.Rollout.PolicyOf(compares: true);
        var judge = JudgeState.Begin(policy, null);
        var asked = Why.Because("deploy", "{who} deploys {version}", ("who", "bench"), ("version", "1.1"));
        var events = new List<NewEvent>(Batch);
        long version = 0;
        await AddAsync(new RolloutEvent.RolloutStarted(
            $"{service.Key}/1", 1, release, before, IsRollback: false, spec, Strategy.Canary, SlotName.B, new(Weight.Zero, 1, 1, Duration.Zero),
            [new(Weight.FromPercent(10), 1, 1, Duration.FromDays(2)), new(Weight.Full, 1, 0, Duration.Zero)], new("bench", "how long is long"), asked, began));
        await AddAsync(new RolloutEvent.PhaseEntered(RolloutPhase.Shifting, asked, began));
        await AddAsync(new RolloutEvent.StepEntered(0, asked, began));
        await AddAsync(new RolloutEvent.WeightConfirmed(Weight.FromPercent(10), 1, began));
        for (var i = 0; i < ticks; i++)
        {
            var (from, to) = (began + Duration.FromSeconds(i), began + Duration.FromSeconds(i + 1));
            var tick = new JudgeTick(from, to, Weight.FromPercent(10), new(10, i % 50 == 0 ? 1 : 0) { Timed = 10 }, new(90, i % 6 == 0 ? 1 : 0) { Timed = 90 });
            var answer = Judge.Observe(policy, judge, tick);
            judge = answer.Next;
            await AddAsync(new RolloutEvent.Judged(tick, new("epoch", to, ImmutableSortedDictionary<string, ArmCounts>.Empty), judge, answer.Verdict, answer.Why, to));
        }
        var end = began + Duration.FromSeconds(ticks + 1);
        await AddAsync(new RolloutEvent.RolloutEnded(RolloutPhase.Completed, Why.Because("completed", "{version} serves all traffic", ("version", "1.1")), end));
        await FlushAsync();

        Release Of(string name, string digit) => new($"sha256:{new string(digit[0], 64)}", service.Key.Service, name, $"sha256:{new string(digit[0], 63)}0", workload, began);

        async Task AddAsync(RolloutEvent happened)
        {
            events.Add(RolloutEventCodec.Write(happened, RolloutEventCodec.ActorOf(happened), null));
            if (events.Count == Batch) await FlushAsync();
        }

        async Task FlushAsync()
        {
            var stored = await ledger.AppendAsync(service.Key.Stream, version, [.. events], CancellationToken.None);
            if (!stored.Done) throw new InvalidOperationException($"the stream is at {stored.Conflict}");
            version += events.Count;
            events.Clear();
        }
    }
}
