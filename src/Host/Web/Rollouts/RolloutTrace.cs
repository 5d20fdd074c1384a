using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Web.Charts;

namespace Fairway.Web;

/// <summary>
/// One rollout as its records tell it, read once and then only what is new: state, columns for charts, marks and story. It survives a
/// restart of the control plane because it comes from the ledger and from nothing else.
/// </summary>
internal sealed class RolloutTrace(RolloutRow row, ILedger ledger, CancellationToken stopping)
{
    private const int Page = 500;
    private const int MostMarks = 60;
    private readonly Lock _gate = new();
    private readonly List<ChartMark> _marks = [];
    private readonly List<(long At, double Percent)> _weights = [];
    private readonly TraceTicks _ticks = new();
    private readonly TraceStory _story = new();
    private long _version = row.FirstVersion - 1;
    private long _end = long.MaxValue;
    private ServiceState _state = new() { Key = row.Key };
    private Task<RolloutPicture?> _reading = Task.FromResult<RolloutPicture?>(null);
    private volatile RolloutPicture? _picture;

    /// <summary>Which one.</summary>
    public ServiceKey Key { get; } = row.Key;

    /// <summary>What was read so far; null before the first record.</summary>
    public RolloutPicture? Picture => _picture;

    /// <summary>Reads what is new. One reads at a time; who leaves does not stop the reading, which is for all.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<RolloutPicture?> ReadAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            _reading = ReadAfterAsync(_reading);
            return _reading.WaitAsync(cancellation);
        }
    }

    private async Task<RolloutPicture?> ReadAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        while (_version + 1 < _end)
        {
            var records = await ledger.ReadStreamAsync(Key.Stream, _version, Page, stopping);
            foreach (var record in records) Take(record);
            if (records.Length > 0 || _picture is { IsWhole: false }) _picture = Draw(records.Length < Page);
            if (records.Length < Page) break;
        }
        return _picture;
    }

    private void Take(LedgerEvent record)
    {
        if (record.Version >= _end) return;
        if (RolloutEventCodec.Read(record) is not { } happened)
        {
            _version = record.Version;
            return;
        }
        if (happened is RolloutEvent.RolloutStarted && record.Version > row.FirstVersion)
        {
            _end = record.Version;
            return;
        }
        _version = record.Version;
        // What is learned between rollouts is of none of them.
        if (happened is RolloutEvent.Learned) return;
        _state = RolloutEvolver.Apply(_state, happened);
        if (happened is RolloutEvent.Judged { Tick: { } tick } judged) _ticks.Add(Of(tick, judged.State));
        if (MarkOf(happened) is { } mark && _marks.Count < MostMarks) _marks.Add(new(happened.At.ToUnixTimeMilliseconds(), mark));
        if (WeightOf(happened) is { } weight) _weights.Add((happened.At.ToUnixTimeMilliseconds(), (double)weight.Percent));
        if (_state.Rollout is not { EndedAt: { } ended } || happened.At <= ended) _story.Add(new(record, happened));
    }

    private TraceTick Of(JudgeTick tick, JudgeState state)
    {
        var policy = _state.Rollout!.JudgePolicy;
        var stable = tick.Stable ?? ArmCounts.None;
        double? safe = null;
        foreach (var metric in policy.Metrics)
        {
            if (metric.Margin is null) continue;
            foreach (var known in state.Metrics)
                if (known.Name == metric.Name) safe = Math.Min(safe ?? double.MaxValue, known.LogSafety);
        }
        var worse = policy.Metrics.IsEmpty ? 0 : Judge.LogEvidence(policy, state);
        return new(
            tick.From.ToUnixTimeMilliseconds(), tick.To.ToUnixTimeMilliseconds(), new(tick.Candidate.Errors, tick.Candidate.Requests),
            new(stable.Errors, stable.Requests), double.IsFinite(worse) ? worse : 0, safe);
    }

    private static string? MarkOf(RolloutEvent happened) => happened switch
    {
        RolloutEvent.WeightConfirmed e => e.Weight + " confirmed",
        RolloutEvent.Paused e => $"paused by {e.By.Name}",
        RolloutEvent.Resumed e => $"resumed by {e.By.Name}",
        RolloutEvent.Promoted e => $"promoted by {e.By.Name}",
        RolloutEvent.RollbackStarted => "taken back",
        _ => null,
    };

    private static Kernel.Weight? WeightOf(RolloutEvent happened) => happened switch
    {
        RolloutEvent.RolloutStarted => Kernel.Weight.Zero,
        RolloutEvent.WeightConfirmed e => e.Weight,
        _ => null,
    };

    private RolloutPicture Draw(bool whole) => new(
        _state, [.. _ticks.Columns], _ticks.Count, [.. _marks], [.. _weights], [.. _story.Lines], _story.Dropped, _version, whole);
}

/// <summary>A rollout at one position of its stream; immutable, so that any number of readers may look.</summary>
/// <param name="State">The fold of its records: only <c>Rollout</c>, slots and routes mean something.</param>
/// <param name="Ticks">Columns for charts.</param>
/// <param name="TickCount">The judge's ticks that they stand for.</param>
/// <param name="Marks">Moments that mean something.</param>
/// <param name="Weights">Confirmed shares in percent, each from its moment on.</param>
/// <param name="Story">What happened, oldest first.</param>
/// <param name="Dropped">Lines of the story that were left out.</param>
/// <param name="Version">Of the last record read.</param>
/// <param name="IsWhole">Whether that was the newest.</param>
public sealed record RolloutPicture(
    ServiceState State, ImmutableArray<TraceTick> Ticks, long TickCount, ImmutableArray<ChartMark> Marks, ImmutableArray<(long At, double Percent)> Weights,
    ImmutableArray<StoryLine> Story, int Dropped, long Version, bool IsWhole);
