using System.Globalization;

namespace Fairway.Configuration;

/// <summary>Where to listen.</summary>
/// <param name="Host">An address literal (IPv6 without brackets), a host name, or <c>*</c> for every address of the machine, IPv4 and
/// IPv6.</param>
/// <param name="Port">TCP port, 1 to 65535.</param>
public sealed record ListenAddress(string Host, int Port)
{
    /// <summary>What is expected, for messages.</summary>
    public const string Expected = "a port such as 8080, or host:port such as 127.0.0.1:8080";

    /// <summary>
    /// Reads <c>8080</c>, <c>:8080</c>, <c>*:8080</c>, <c>127.0.0.1:8080</c>, <c>localhost:8080</c> or <c>[::1]:8080</c>.
    /// </summary>
    public static Parsed<ListenAddress> Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var (host, portText) = colon < 0 ? ("*", text) : (text[..colon], text[(colon + 1)..]);
        if (colon > 0 && portText.Length > 0 && portText.All(char.IsAsciiDigit) && host.All(char.IsAsciiDigit))
            return Parsed.Malformed<ListenAddress>(portText, "names two ports; Fairway gives instances ports of their own");
        if (text.Contains("://", StringComparison.Ordinal))
            return Parsed.Malformed<ListenAddress>(text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/'));
        if (portText.Length is 0 or > 5 || !portText.All(char.IsAsciiDigit)) return Parsed.Malformed<ListenAddress>();
        if (host.StartsWith('[') && host.EndsWith(']') && host.Length > 3) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return Parsed.Malformed<ListenAddress>($"[{host}]:{portText}");
        if (host.Length == 0) host = "*";
        if (host != "*" && !host.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or ':' or '%' or '_'))
            return Parsed.Malformed<ListenAddress>();
        var port = int.Parse(portText, CultureInfo.InvariantCulture);
        return port is < 1 or > 65535 ? Parsed.OutOfRange<ListenAddress>("has no port between 1 and 65535")
            : Parsed.Value(new ListenAddress(host, port));
    }

    /// <summary>As it is written: <c>8080</c> for every address, or <c>host:port</c>.</summary>
    public override string ToString() => Host == "*" ? Port.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
