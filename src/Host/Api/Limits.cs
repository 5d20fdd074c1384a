namespace Fairway.Api;

/// <summary>How long what callers write may be.</summary>
internal static class Limits
{
    /// <summary>A JSON body, in bytes.</summary>
    public const long Body = 64 * 1024;

    private const int LongestReason = 1_000;
    private const int LongestVersion = 100;

    /// <summary>Refuses a reason that is too long for a record.</summary>
    public static void Reason(string? reason)
    {
        if (reason?.Length > LongestReason) throw ApiException.Unprocessable("reason-too-long", $"the reason is longer than {LongestReason} characters");
    }

    /// <summary>Refuses a version's name that would be hard to read or to type.</summary>
    public static void Version(string? version)
    {
        if (version is null) return;
        if (version.Length > LongestVersion || version.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '-' or '_' or '+')))
            throw ApiException.Unprocessable(
                "version-invalid", $"\"{version}\" is not a version's name", $"letters, digits and . - _ +, at most {LongestVersion}, such as 1.4.0");
    }
}
