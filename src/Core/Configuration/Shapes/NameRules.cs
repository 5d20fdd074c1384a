namespace Fairway.Configuration;

/// <summary>What a name that the user chooses must look like.</summary>
/// <param name="Pattern">Regular expression (ECMA-262) for the schema.</param>
/// <param name="Expected">As it follows "expected".</param>
/// <param name="Fits">The rule itself.</param>
/// <param name="Suggest">A name near to one that does not fit.</param>
internal sealed record NameRule(string Pattern, string Expected, Func<string, bool> Fits, Func<string, string?> Suggest);

/// <summary>The rules for names that users choose.</summary>
internal static class NameRules
{
    /// <summary>Of services and environments.</summary>
    public static NameRule Services => new(
        "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", "lower-case letters, digits and hyphens, at most 40", ServiceNames.IsValid,
            ServiceNames.Near);

    /// <summary>Of environment variables (POSIX XBD 8.1, and lower case).</summary>
    public static NameRule Variables => new(
        "^[A-Za-z_][A-Za-z0-9_]*$", "letters, digits and _, not beginning with a digit", IsVariableName, NearVariableName);

    /// <summary>Of values of a claim: whatever an issuer calls its groups, in one line.</summary>
    public static NameRule Claims => new("^[^\\u0000-\\u001f]{1,255}$", "a value of the claim, in one line", name => name.Length is > 0 and <= 255 && !name.Any(char.IsControl), _ => null);

    /// <summary>Of HTTP headers: a token (RFC 9110 5.6.2).</summary>
    public static NameRule Headers => new(
        "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", "a header's name", IsToken, name => IsToken(name.Replace(' ', '-')) ? name.Replace(' ', '-')
            : null);

    /// <summary>Whether it can name an environment variable.</summary>
    public static bool IsVariableName(string name)
        => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static string? NearVariableName(string name)
    {
        var near = new string([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_')]);
        return IsVariableName(near) ? near : null;
    }

    private static bool IsToken(string name)
        => name.Length > 0
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter, StringComparison.Ordinal));
}
