using System.Text.RegularExpressions;
using Fairway.Catalog;
using Fairway.Kernel;

namespace Fairway.Workloads;

/// <summary>The environment an instance gets, and what of it goes into its command line.</summary>
public static partial class InstanceVariables
{
    /// <summary>
    /// The whole environment: the machine's basics, then the release's own variables and secrets, then what Fairway says. Nothing else of the control
    /// plane's environment is passed on.
    /// </summary>
    /// <param name="workload">The release's variables.</param>
    /// <param name="secrets">Resolved secrets by variable name.</param>
    /// <param name="basics">PATH, HOME, LANG, TZ and HOST; the release may replace them.</param>
    /// <param name="given">PORT and FAIRWAY_…; the release may not.</param>
    public static (ImmutableSortedDictionary<string, string>? Variables, Fault? Fault) Build(
        WorkloadSpec workload, IEnumerable<KeyValuePair<string, string>> secrets,
        IEnumerable<KeyValuePair<string, string>> basics, IEnumerable<KeyValuePair<string, string>> given)
    {
        foreach (var name in workload.Environment.Keys.Concat(workload.Secrets.Keys))
        {
            if (!Name().IsMatch(name))
                return (null, Bad($"environment: '{name}' is not a variable name a shell passes on; use letters, digits and '_', not beginning with a digit"));
            if (name == "PORT" || name.StartsWith("FAIRWAY_", StringComparison.Ordinal))
                return (null, Bad($"environment: {name} is given by Fairway and cannot be set; remove it"));
        }

        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in basics.Concat(workload.Environment).Concat(secrets).Concat(given))
        {
            if (value.Contains('\0', StringComparison.Ordinal)) return (null, Bad($"environment: the value of {name} holds a NUL character, which no program can be given"));
            variables[name] = value;
        }

        return (variables.ToImmutable(), null);
    }

    /// <summary>
    /// <c>$NAME</c> and <c>${NAME}</c> replaced by the variable's value; <c>$$NAME</c> stands for <c>$NAME</c> itself. An unknown name stays as it is written
    /// (it may be meant for a shell that the command starts), and so does a secret: arguments are for everybody to read in the process list.
    /// </summary>
    /// <returns>The arguments, and names of secrets that were asked for.</returns>
    public static (ImmutableArray<string> Arguments, ImmutableArray<string> Withheld) Expand(
        ImmutableArray<string> command, IReadOnlyDictionary<string, string> variables, IEnumerable<string> secretNames)
    {
        var secrets = secretNames.ToHashSet(StringComparer.Ordinal);
        var withheld = ImmutableArray.CreateBuilder<string>();
        var arguments = ImmutableArray.CreateRange(command, argument => Reference().Replace(argument, match =>
        {
            if (match.Groups["escape"].Success) return match.Value[1..];
            var name = match.Groups["name"].Value;
            if (!secrets.Contains(name)) return variables.TryGetValue(name, out var value) ? value : match.Value;
            if (!withheld.Contains(name)) withheld.Add(name);
            return match.Value;
        }));
        return (arguments, withheld.ToImmutable());
    }

    private static Fault Bad(string message) => new(FaultKind.Invalid, Blame.Configuration, false, message);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex(@"(?<escape>\$)?\$((?<name>[A-Za-z_][A-Za-z0-9_]*)|\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\})",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
