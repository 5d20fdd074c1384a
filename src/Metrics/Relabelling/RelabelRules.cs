using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Relabelling;

/// <summary>Rules one after the other, with the semantics of Prometheus (model/relabel).</summary>
/// <param name="rules">Valid ones: <see cref="RelabelRule.Check"/> found nothing.</param>
public sealed class RelabelRules(IReadOnlyList<RelabelRule> rules)
{
    /// <summary>No rules: everything stays as it is.</summary>
    public static readonly RelabelRules None = new([]);

    /// <summary>The rules.</summary>
    public IReadOnlyList<RelabelRule> All { get; } = rules;

    /// <summary>Applies the rules.</summary>
    /// <param name="labels">Changed.</param>
    /// <returns>Whether the labels stay; false as soon as a rule drops them.</returns>
    public bool Apply(LabelDraft labels)
    {
        foreach (var rule in All)
        {
            if (!Apply(rule, labels)) return false;
        }

        return true;
    }

    /// <summary>Applies the rules to a label set.</summary>
    /// <returns>The labels afterwards; null when a rule drops them.</returns>
    public Labels? Apply(Labels labels)
    {
        if (All.Count == 0) return labels;
        var draft = new LabelDraft();
        draft.Load(labels);
        return Apply(draft) ? draft.ToLabels() : null;
    }

    private static bool Apply(RelabelRule rule, LabelDraft labels)
    {
        var value = Joined(rule, labels);
        switch (rule.Action)
        {
            case RelabelAction.Drop:
                return !rule.Regex.Matches(value);
            case RelabelAction.Keep:
                return rule.Regex.Matches(value);
            case RelabelAction.DropEqual:
                return labels.Get(rule.TargetLabel) != value;
            case RelabelAction.KeepEqual:
                return labels.Get(rule.TargetLabel) == value;
            case RelabelAction.Replace:
                Replace(rule, labels, value);
                return true;
            case RelabelAction.Lowercase:
                labels.Set(rule.TargetLabel, value.ToLowerInvariant());
                return true;
            case RelabelAction.Uppercase:
                labels.Set(rule.TargetLabel, value.ToUpperInvariant());
                return true;
            case RelabelAction.HashMod:
                labels.Set(rule.TargetLabel, (Hash(value) % rule.Modulus).ToString(CultureInfo.InvariantCulture));
                return true;
            case RelabelAction.LabelMap:
                Map(rule, labels);
                return true;
            case RelabelAction.LabelDrop:
                labels.RemoveWhere(rule.Regex.Matches);
                return true;
            case RelabelAction.LabelKeep:
                labels.RemoveWhere(name => !rule.Regex.Matches(name));
                return true;
            default:
                throw new ArgumentOutOfRangeException(nameof(rule), rule.Action, null);
        }
    }

    private static void Replace(RelabelRule rule, LabelDraft labels, string value)
    {
        var plainTarget = !rule.TargetLabel.Contains('$', StringComparison.Ordinal);
        if (rule.MatchesEverything && plainTarget && (rule.Replacement == "$1" || !rule.Replacement.Contains('$', StringComparison.Ordinal)))
        {
            labels.Set(rule.TargetLabel, rule.Replacement == "$1" ? value : rule.Replacement);
            return;
        }

        var target = rule.Regex.Expand(value, rule.TargetLabel);
        if (target is null || target.Length == 0) return;
        labels.Set(target, rule.Regex.Expand(value, rule.Replacement)!);
    }

    private static void Map(RelabelRule rule, LabelDraft labels)
    {
        // The names as they were: a name made here is not mapped again.
        foreach (var (name, value) in labels.All.ToArray())
        {
            if (rule.Regex.Expand(name, rule.Replacement) is { Length: > 0 } mapped) labels.Set(mapped, value);
        }
    }

    private static string Joined(RelabelRule rule, LabelDraft labels) => rule.SourceLabels.Length switch
    {
        0 => "",
        1 => labels.Get(rule.SourceLabels[0]),
        _ => string.Join(rule.Separator, rule.SourceLabels.Select(labels.Get)),
    };

    // Prometheus takes the last eight bytes of the MD5 sum; shards of a fleet must agree with it.
    private static ulong Hash(string value) =>
        BinaryPrimitives.ReadUInt64BigEndian(CryptographicOperations.HashData(HashAlgorithmName.MD5, Encoding.UTF8.GetBytes(value)).AsSpan(8));
}
