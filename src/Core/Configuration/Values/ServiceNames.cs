namespace Fairway.Configuration;

/// <summary>Names of services and environments: lower-case letters, digits and hyphens, at most 40, as in a host name.</summary>
public static class ServiceNames
{
    /// <summary>Whether it can name one.</summary>
    public static bool IsValid(string name)
        => name.Length is > 0 and <= 40 && name[0] != '-' && name[^1] != '-'
            && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    /// <summary>A valid name near to the given text; null when nothing of it can be used.</summary>
    public static string? Near(string text)
    {
        var near = new string([.. text.Trim().ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')])
            .Trim('-');
        while (near.Contains("--", StringComparison.Ordinal)) near = near.Replace("--", "-", StringComparison.Ordinal);
        if (near.Length > 40) near = near[..40].TrimEnd('-');
        return IsValid(near) ? near : null;
    }
}
