using System.Text.RegularExpressions;
using Fairway.Re2;

namespace Fairway.Scanning;

/// <summary>
/// Go's regular expressions as .NET's, run without backtracking: time is linear in the text; groups keep Go's numbers. A character above U+FFFF counts as two where
/// characters are counted, and <c>\b</c> takes letters of all scripts for parts of words. A pattern too large for that engine runs on the other one, with a time limit.
/// </summary>
public static class SecretPattern
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int MaxLength = 65_536;

    /// <summary>Limit of one search where time is not linear.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly Re2Options Dialect = new();

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="FormatException">It is none, or one that is not taken.</exception>
    public static Regex Compile(string pattern)
    {
        if (pattern.Length > MaxLength) throw new FormatException($"the pattern is longer than {MaxLength} characters");
        const RegexOptions options = RegexOptions.CultureInvariant;
        try
        {
            var translated = DotNetPattern.Anywhere(Re2Parser.Parse(pattern, Dialect), byUnits: true);
            try
            {
                return new(translated, options | RegexOptions.NonBacktracking);
            }
            catch (NotSupportedException)
            {
                return new(translated, options, Patience);
            }
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            throw new FormatException($"the pattern {Shown(pattern)} is not understood: {malformed.Message}", malformed);
        }
    }

    private static string Shown(string pattern) => pattern.Length <= 60 ? pattern : pattern[..60] + "…";
}
