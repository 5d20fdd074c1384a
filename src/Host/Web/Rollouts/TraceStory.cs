using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A line of what happened.</summary>
/// <param name="Seq">The record, or of a run of like ones the last.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who caused it.</param>
/// <param name="Kind">The record's type without its version.</param>
/// <param name="Code">Of its reason.</param>
/// <param name="Sentence">In words.</param>
/// <param name="Effects">What was asked of the world with it.</param>
/// <param name="Looks">Records it stands for.</param>
public sealed record StoryLine(long Seq, DateTimeOffset At, string Actor, string Kind, string Code, string Sentence, ImmutableArray<string> Effects, int Looks)
{
    /// <summary>Whether it tells what is waited for.</summary>
    public bool IsWait => Kind == "waiting";

    /// <summary>Whether it is the judge's look at the counts.</summary>
    public bool IsLook => Kind == "judged";
}

/// <summary>
/// A rollout's records as a story: acknowledgements are left out, effects are told with the decision that asked for them, equal looks of the
/// judge once, and waits that were over at once not at all.
/// </summary>
internal sealed class TraceStory
{
    private const int Most = 400;
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(1500);
    private readonly List<StoryLine> _lines = [];
    private readonly Dictionary<long, RolloutEffect> _checks = [];

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<StoryLine> Lines => _lines;

    /// <summary>Lines that were left out because there were too many.</summary>
    public int Dropped { get; private set; }

    /// <summary>Takes in the next record.</summary>
    public void Add(ExplainedRecord found)
    {
        var kind = found.Record.Type.Split('.')[0];
        if (found.Happened is RolloutEvent.EffectIssued { Effect: RolloutEffect.Verify check }) _checks[check.Id] = check;
        if (found.Happened is RolloutEvent.EffectIssued issued && _lines.Count > 0)
        {
            var effect = EffectText.Of(issued.Effect);
            if (!_lines[^1].Effects.Contains(effect, StringComparer.Ordinal)) _lines[^1] = _lines[^1] with { Effects = _lines[^1].Effects.Add(effect) };
            return;
        }
        if (found.Happened is RolloutEvent.EffectSettled { Outcome: { Fault: null, ExitCode: null, Check: null } }) return;
        var why = EventReason.Of(found.Happened, found.Happened is RolloutEvent.EffectSettled settled ? _checks.GetValueOrDefault(settled.EffectId) : null);
        var line = new StoryLine(found.Record.Seq, Say.At(found.Record.At), found.Record.Actor, kind, why.Code, why.Sentence, [], 1);
        if (_lines.Count > 0 && _lines[^1].IsWait && line.At - _lines[^1].At < ShortWait) DropWait();
        if (_lines.Count > 0 && _lines[^1] is var last && last.Code == line.Code && (last.Sentence == line.Sentence || (line.IsLook && last.IsLook)))
            _lines[^1] = line with { Effects = last.Effects, Looks = last.Looks + 1, Kind = IsTurn(last) ? last.Kind : line.Kind, Seq = IsTurn(last) ? last.Seq : line.Seq };
        else _lines.Add(line);
        if (_lines.Count <= Most) return;
        // The beginning and the end are what people ask for.
        _lines.RemoveAt(Most / 4);
        Dropped++;
    }

    // What others of one reason are told with: it is what people look for.
    private static bool IsTurn(StoryLine line) => line.Kind is "rollback-started";

    private void DropWait()
    {
        var effects = _lines[^1].Effects;
        _lines.RemoveAt(_lines.Count - 1);
        if (effects.Length > 0 && _lines.Count > 0) _lines[^1] = _lines[^1] with { Effects = [.. _lines[^1].Effects, .. effects] };
    }
}
