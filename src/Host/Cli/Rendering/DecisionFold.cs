using Fairway.Client.Wire;

namespace Fairway.Cli.Rendering;

/// <summary>A decision as it is told: with what it asked of the world, and how often it was repeated.</summary>
/// <param name="Decision">The record; of a run of equal ones the last.</param>
/// <param name="Effects">What was asked of the world with it.</param>
/// <param name="Looks">How many records it stands for.</param>
internal sealed record Told(DecisionInfo Decision, IReadOnlyList<EffectInfo> Effects, int Looks)
{
    /// <summary>The sentence.</summary>
    public string Sentence => Decision.Why?.Sentence ?? Words.Apart(Decision.Type.Split('.')[0].Replace('-', ' '));

    /// <summary>What is waited for: worth a line only when it lasts.</summary>
    public bool IsWait => DecisionFold.Kind(Decision) == "waiting";

    /// <summary>The judge's look at the counts.</summary>
    public bool IsLook => DecisionFold.Kind(Decision) == "judged";
}

/// <summary>
/// The ledger keeps every record; people want what was decided. Acknowledgements are left out, effects told with the decision that asked for them,
/// equal looks of the judge told once, waits that were over at once left out, and what came after the end is the next rollout's.
/// </summary>
internal static class DecisionFold
{
    private const long ShortWaitMs = 1500;

    public static IReadOnlyList<Told> Fold(IReadOnlyList<DecisionInfo> decisions)
    {
        var told = new List<Told>();
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var decision in decisions)
        {
            var kind = Kind(decision);
            if (kind == "effect-issued" && told.Count > 0)
            {
                told[^1] = told[^1] with { Effects = [.. told[^1].Effects, .. decision.Effects] };
                continue;
            }

            if (kind == "effect-settled" && decision.Why?.Code == "effect-done") continue;
            if (told.Count > 0 && told[^1] is { } last)
            {
                if (last.IsWait && decision.AfterMs - last.Decision.AfterMs < ShortWaitMs) DropWait(told);
                // One move is often several records with one reason.
                if (told.Count > 0 && told[^1] is var before && before.Decision.Why?.Code == decision.Why?.Code && (before.Sentence == decision.Why?.Sentence || (kind == "judged" && before.IsLook)))
                {
                    told[^1] = before with { Decision = decision, Effects = [.. before.Effects, .. decision.Effects], Looks = before.Looks + 1 };
                    continue;
                }
            }

            told.Add(new(decision, decision.Effects, 1));
            if (kind == "rollout-ended") break;
        }

        return told;
    }

    /// <summary>The record's type without its version.</summary>
    public static string Kind(DecisionInfo decision) => decision.Type.Split('.')[0];

    private static void DropWait(List<Told> told)
    {
        var effects = told[^1].Effects;
        told.RemoveAt(told.Count - 1);
        if (effects.Count > 0 && told.Count > 0) told[^1] = told[^1] with { Effects = [.. told[^1].Effects, .. effects] };
    }
}

/// <summary>Tells decisions line by line as they come, without the passing ones.</summary>
internal sealed class DecisionLines(TimeProvider time)
{
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(2);
    private long _told;
    private string? _look;

    /// <summary>What is worth a line now and was not told before.</summary>
    public IEnumerable<Told> New(IReadOnlyList<DecisionInfo> decisions)
    {
        if (decisions.Count > 0 && decisions[^1].Seq < _told) (_told, _look) = (0, null);
        var all = DecisionFold.Fold(decisions);
        for (var i = 0; i < all.Count; i++)
        {
            var told = all[i];
            if (told.Decision.Seq <= _told) continue;
            var passing = i == all.Count - 1 && time.GetUtcNow() - told.Decision.At < Lasting;
            if (told.IsWait && passing) yield break;
            _told = told.Decision.Seq;
            if (told.IsLook && told.Decision.Why?.Code == _look) continue;
            _look = told.IsLook ? told.Decision.Why?.Code : _look;
            yield return told;
        }
    }
}
