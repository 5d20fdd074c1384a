namespace Fairway.Notifications;

/// <summary>What an address must look like.</summary>
public static class DestinationRules
{
    private const int LongestLocalPart = 64;
    private const int LongestAddress = 254;

    /// <summary>Whether it is a plain address (RFC 5321 Mailbox of a dot-string and a domain), which no header can be broken with.</summary>
    public static bool IsMailAddress(string text)
    {
        var at = text.LastIndexOf('@');
        return at is > 0 and <= LongestLocalPart && at < text.Length - 1 && text.Length <= LongestAddress
            && text[..at].All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-/=?^_`{|}~.".Contains(letter, StringComparison.Ordinal))
            && text[(at + 1)..].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-');
    }

    /// <summary>Whether it is an http or https URL without a user in it.</summary>
    public static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0 && url.Host.Length > 0;
}
