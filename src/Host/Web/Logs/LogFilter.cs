using Fairway.Ports;

namespace Fairway.Web;

/// <summary>Which lines are shown.</summary>
/// <param name="Text">Contained in the line, whatever its case; null is any.</param>
/// <param name="Level">At least this grave; <see cref="LogLevel.Unknown"/> is any, lines without a level among them.</param>
/// <param name="RequestId">Contained in the line, exactly; null is any.</param>
/// <param name="Instance">Only this one's; null is all.</param>
public sealed record LogFilter(string? Text, LogLevel Level, string? RequestId, string? Instance)
{
    /// <summary>Whether a line is shown.</summary>
    public bool Shows(LogLine line)
        => (Text is null || line.Text.Contains(Text, StringComparison.OrdinalIgnoreCase))
            && (RequestId is null || line.Text.Contains(RequestId, StringComparison.Ordinal))
            && (Level == LogLevel.Unknown || LogLevels.Of(line.Text) >= Level);

    /// <summary>As the query part of an address, without the question mark.</summary>
    public string Address => string.Join('&', new[]
    {
        Text is null ? null : "text=" + Uri.EscapeDataString(Text),
        Level == LogLevel.Unknown ? null : "level=" + Level.ToString().ToLowerInvariant(),
        RequestId is null ? null : "request=" + Uri.EscapeDataString(RequestId),
        Instance is null ? null : "instance=" + Uri.EscapeDataString(Instance),
    }.OfType<string>());
}
