using System.Text.RegularExpressions;
using Fairway.Re2;

namespace Fairway.Verification;

/// <summary>An RE2 expression that is looked for in an answer's body, in time proportional to the body's length.</summary>
public static class BodyPattern
{
    /// <summary>Longest expression, in characters.</summary>
    public const int Longest = 1_000;

    /// <summary>What is wrong with an expression; null when it can be used.</summary>
    public static string? Problem(string expression)
    {
        if (expression.Length > Longest) return $"has more than {Longest} characters";
        try
        {
            _ = Compile(expression);
            return null;
        }
        catch (Exception wrong) when (wrong is FormatException or NotSupportedException or ArgumentException)
        {
            return wrong is FormatException ? $"is not RE2: {wrong.Message}" : "is too large";
        }
    }

    /// <summary>Whether it matches somewhere in a text.</summary>
    /// <exception cref="FormatException">It cannot be used; <see cref="Problem"/> says why.</exception>
    public static bool IsIn(string expression, string text) => Compile(expression).IsMatch(text);

    private static Regex Compile(string expression)
        => new(DotNetPattern.Anywhere(Re2Parser.Parse(expression, new(MostNesting: 100)), byUnits: true), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
