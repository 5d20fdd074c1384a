namespace Fairway.Web;

/// <summary>What every page has around its content.</summary>
public sealed record PageFrame
{
    /// <summary>What the page is, for the tab and for who hears instead of looking.</summary>
    public required string Title { get; init; }

    /// <summary>Which entry of the navigation it belongs to; empty is none.</summary>
    public string Here { get; init; } = "";

    /// <summary>Who is signed in; null on pages for everybody.</summary>
    public string? User { get; init; }

    /// <summary>For forms; null without a browser session.</summary>
    public string? Csrf { get; init; }

    /// <summary><c>dark</c> or <c>light</c> when the person chose; null follows the system.</summary>
    public string? Theme { get; init; }

    /// <summary>The page's own path and query, to come back to.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Address of its live stream; null when nothing on it changes by itself.</summary>
    public string? Live { get; init; }

    /// <summary>What keeps the control plane from working as it should.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}
