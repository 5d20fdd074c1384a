using Fairway.Metrics.Model;

namespace Fairway.Metrics.Relabelling;

/// <summary>What a relabelling rule does.</summary>
public enum RelabelAction { Replace, Keep, Drop, HashMod, LabelMap, LabelDrop, LabelKeep, Lowercase, Uppercase, KeepEqual, DropEqual }

/// <summary>One rule of <c>relabel_configs</c>, with Prometheus' defaults.</summary>
public sealed record RelabelRule
{
    private static readonly LabelPattern Everything = LabelPattern.Parse("(.*)");

    /// <summary>What it does.</summary>
    public RelabelAction Action { get; init; } = RelabelAction.Replace;

    /// <summary>Labels whose values are joined.</summary>
    public ImmutableArray<string> SourceLabels { get; init; } = [];

    /// <summary>Between the values.</summary>
    public string Separator { get; init; } = ";";

    /// <summary>What the joined value, or for the label actions the name, has to match as a whole.</summary>
    public LabelPattern Regex { get; init; } = Everything;

    /// <summary>For <see cref="RelabelAction.HashMod"/>.</summary>
    public ulong Modulus { get; init; }

    /// <summary>The label that is set; for <see cref="RelabelAction.Replace"/> a template.</summary>
    public string TargetLabel { get; init; } = "";

    /// <summary>The template of the value, or for <see cref="RelabelAction.LabelMap"/> of the name.</summary>
    public string Replacement { get; init; } = "$1";

    private string Word => Action.ToString().ToLowerInvariant();

    private bool HasDefaultTexts => Modulus == 0 && Separator == ";" && Replacement == "$1";

    /// <summary>Whether the expression is the default one.</summary>
    internal bool MatchesEverything => ReferenceEquals(Regex, Everything) || Regex.Text == Everything.Text;

    /// <summary>What makes the rule invalid; null when nothing does.</summary>
    public string? Check()
    {
        if (Action == RelabelAction.HashMod && Modulus == 0) return "relabel configuration for hashmod requires non-zero modulus";
        switch (Action)
        {
            case RelabelAction.Keep or RelabelAction.Drop:
                return null;
            case RelabelAction.LabelMap:
                return Replacement.Length == 0 ? "labelmap needs a 'replacement'" : null;
            case RelabelAction.LabelDrop or RelabelAction.LabelKeep:
                return SourceLabels.Length == 0 && TargetLabel.Length == 0 && HasDefaultTexts ? null : $"{Word} action requires only 'regex', and no other fields";
        }

        if (TargetLabel.Length == 0) return $"relabel configuration for {Word} action requires 'target_label' value";
        if (Action != RelabelAction.Replace && TargetLabel.Contains('$', StringComparison.Ordinal)) return $"\"{TargetLabel}\" is invalid 'target_label' for {Word} action";
        return Action is RelabelAction.KeepEqual or RelabelAction.DropEqual && !(MatchesEverything && HasDefaultTexts)
            ? $"{Word} action requires only 'source_labels' and 'target_label', and no other fields"
            : null;
    }
}
