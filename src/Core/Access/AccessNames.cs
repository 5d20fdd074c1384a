namespace Fairway.Access;

/// <summary>What people may call tokens and each other.</summary>
public static class AccessNames
{
    /// <summary>Longest name, in characters.</summary>
    public const int Longest = 64;

    /// <summary>Longest reason, in characters.</summary>
    public const int LongestReason = 1_000;

    /// <summary>What a name looks like.</summary>
    public const string Expected = "letters, digits and . - _ @ +, at most 64, beginning with a letter or digit";

    /// <summary>Whether a text is a name. Never one with a colon: those are <c>token:…</c> and <c>oidc:…</c>.</summary>
    public static bool IsName(string? text) => text is { Length: > 0 and <= Longest } && char.IsAsciiLetterOrDigit(text[0])
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '@' or '+');

    /// <summary>A text from outside in one line without control characters, cut to a length: it goes to records and terminals.</summary>
    public static string? Tame(string? text, int longest)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var tame = string.Concat(text.Where(letter => !char.IsControl(letter) && !char.IsSurrogate(letter))).Trim();
        return tame.Length <= longest ? tame : tame[..longest];
    }
}
