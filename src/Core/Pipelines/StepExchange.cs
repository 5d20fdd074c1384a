using System.Text;
using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>
/// What steps write to the files named by <c>FAIRWAY_OUTPUT</c> and <c>FAIRWAY_ENV</c> (and by GitHub's names for them): a line <c>NAME=value</c> each, or
/// <c>NAME&lt;&lt;WORD</c>, lines, and a line <c>WORD</c>.
/// </summary>
public static class StepExchange
{
    /// <summary>Most names in one file.</summary>
    public const int MostNames = 1000;

    /// <summary>
    /// What a variable is that a step may not leave for later ones (GitHub's documentation, "Setting an environment variable" and "Default environment
    /// variables"); null for one that it may.
    /// </summary>
    /// <param name="name">Of the variable.</param>
    /// <returns>Whether it is refused, or passed over; and why.</returns>
    public static (bool Refused, string Why)? Forbidden(string name)
        => name.Equals("NODE_OPTIONS", StringComparison.OrdinalIgnoreCase) ? (true, "NODE_OPTIONS cannot be set for later steps: it would run code in every program of Node.js")
            : name.StartsWith("GITHUB_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("RUNNER_", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("FAIRWAY_", StringComparison.OrdinalIgnoreCase) ? (false, $"{name} stays as it is: names with GITHUB_, RUNNER_ and FAIRWAY_ are the runner's") : null;

    /// <summary>Names with values, or what is wrong.</summary>
    public static (ImmutableSortedDictionary<string, string>? Values, Why? Problem) Read(string text, string file)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0) continue;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var marker = line.IndexOf("<<", StringComparison.Ordinal);
            if (marker > 0 && (equals < 0 || marker < equals))
            {
                var (name, word) = (line[..marker], line[(marker + 2)..]);
                var value = new StringBuilder();
                var first = true;
                for (i++; i < lines.Length && lines[i].TrimEnd('\r') != word; i++, first = false)
                    value.Append(first ? "" : "\n").Append(lines[i].TrimEnd('\r'));
                if (i == lines.Length || word.Length == 0) return (null, Bad(file, $"the value of {name} is not ended by a line {word}"));
                values[name] = value.ToString();
            }
            else if (equals > 0) values[line[..equals]] = line[(equals + 1)..];
            else return (null, Bad(file, $"line {i + 1} is neither NAME=value nor NAME<<WORD"));
            if (values.Count > MostNames) return (null, Bad(file, $"there are more than {MostNames} names"));
        }
        return (values.ToImmutable(), null);
    }

    private static Why Bad(string file, string problem) => Why.Because("exchange", "{file} cannot be read: {problem}", ("file", file), ("problem", problem));
}
