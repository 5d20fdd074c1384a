using System.Text;
using Fairway.Metrics.Scrape;

namespace Fairway.Metrics.Rules;

/// <summary>Evaluates groups of rules, each on its interval, each with a loop of its own.</summary>
public sealed class RuleRunner : IAsyncDisposable
{
    /// <summary>Alerts whose <c>for</c> is shorter begin anew after a restart; others do not fire within this time of it.</summary>
    public static readonly TimeSpan GracePeriod = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _gate = new(1);
    private volatile IReadOnlyList<Running> _running = [];

    /// <summary>The groups and how they are, in order.</summary>
    public IReadOnlyList<RuleGroupStatus> Groups => [.. _running.Select(r => r.Group.Status)];

    /// <summary>Evaluates these from now on. What stayed the same goes on where it was; series of what is gone end.</summary>
    /// <param name="groups">All of them.</param>
    /// <param name="usual">Between two evaluations of a group that names no interval.</param>
    /// <param name="world">What they read and write.</param>
    /// <param name="cancellation">Gives up before anything is changed.</param>
    public async Task ApplyAsync(IReadOnlyList<RuleGroupConfig> groups, TimeSpan usual, RuleWorld world, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            var before = _running;
            foreach (var running in before) await running.DisposeAsync();
            var next = groups.Select(g => new RuleGroup(
                g, g.Interval ?? usual, world, before.FirstOrDefault(b => b.Group.Config.File == g.File && b.Group.Config.Name == g.Name)?.Group)).ToArray();
            // What was not taken over is gone.
            foreach (var running in before) running.Group.End(world.Time.GetUtcNow());
            _running = [.. next.Select(g => new Running(g, world))];
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops. No series ends: the next start goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running) await running.DisposeAsync();
        _running = [];
        _gate.Dispose();
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly RuleWorld _world;
        private readonly Task _loop;

        public Running(RuleGroup group, RuleWorld world)
        {
            (Group, _world) = (group, world);
            _loop = Task.Run(RunAsync, CancellationToken.None);
        }

        public RuleGroup Group { get; }

        public async ValueTask DisposeAsync()
        {
            if (_stop.IsCancellationRequested) return;
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
        }

        private async Task RunAsync()
        {
            var time = _world.Time;
            var hash = Hash($"{Group.Config.File};{Group.Config.Name}");
            try
            {
                var next = ScrapeSchedule.Next(time.GetUtcNow(), Group.Interval, hash);
                while (true)
                {
                    if (next - time.GetUtcNow() is var wait && wait > TimeSpan.Zero) await Task.Delay(wait, time, _stop.Token);
                    Evaluate(next);
                    var after = ScrapeSchedule.Next(time.GetUtcNow(), Group.Interval, hash);
                    // The one that is due just now is late, not left out.
                    var late = (after - next) / Group.Interval;
                    Group.Missed += Math.Max(0, (long)late - 1);
                    next = after;
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // That is how it ends.
            }
            catch (PromQl.Syntax.PromQlException) when (_stop.IsCancellationRequested)
            {
                // In the middle of a query.
            }
        }

        // An error of ours in one evaluation must not end all that follow.
        private void Evaluate(DateTimeOffset at)
        {
            try
            {
                Group.Evaluate(at, _stop.Token);
            }
            catch (Exception error) when (!_stop.IsCancellationRequested)
            {
                _world.Report($"{Group.Config.File}: group {Group.Config.Name}: {error}");
            }
        }

        // FNV-1a: the same in every process, so that groups keep their place over restarts.
        private static ulong Hash(string text)
        {
            var hash = 14695981039346656037UL;
            foreach (var one in Encoding.UTF8.GetBytes(text)) hash = (hash ^ one) * 1099511628211UL;
            return hash;
        }
    }
}
