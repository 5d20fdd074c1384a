using System.Text;
using Fairway.Client.Wire;

namespace Fairway.Cli.Rendering;

/// <summary>What a configuration file changes, as lines.</summary>
internal static class PlanView
{
    private const int LongestValue = 120;

    public static string Of(ConfigurationPlanInfo plan, string verb)
    {
        var text = new StringBuilder();
        foreach (var mistake in plan.Diagnostics) text.Append($"{mistake.File}:{mistake.Line}:{mistake.Column}: {mistake.Severity} {mistake.Code}: {mistake.Message}\n");
        if (plan.Changes.Count == 0) return text.Append("nothing changes: it means the same as what is in force\n").ToString();
        foreach (var change in plan.Changes)
        {
            text.Append(Mark(change.Change)).Append(' ').Append(change.Part).Append("  (").Append(change.Effect).Append(")\n");
            foreach (var field in change.Fields) text.Append("    ").Append(field.Path).Append(": ").Append(Short(field.From)).Append(" → ").Append(Short(field.To)).Append('\n');
        }
        return text.Append(Words.Many(plan.Changes.Count, "part")).Append(' ').Append(verb).Append('\n').ToString();
    }

    private static char Mark(string change) => change switch { "added" => '+', "removed" => '-', _ => '~' };

    private static string Short(string? value) => value is null ? "nothing" : value.Length <= LongestValue ? value : value[..(LongestValue - 1)] + "…";
}
