using NodaTime;

namespace Fairway.Verification;

/// <summary>Why a request had no answer.</summary>
public enum NoAnswer
{
    /// <summary>Nobody took the connection.</summary>
    Unreachable,

    /// <summary>The time was over first.</summary>
    TooLate,

    /// <summary>The answer broke off, or was none of HTTP.</summary>
    Broken,

    /// <summary>The answer led away from the host that was asked, or on and on.</summary>
    LedAway,
}

/// <summary>What a request was answered.</summary>
/// <param name="Took">Until the whole answer was there, or until it was given up.</param>
public sealed record ProbeReply(Duration Took)
{
    /// <summary>Status code; null without an answer.</summary>
    public int? Status { get; init; }

    /// <summary>The body as text, at most the first <see cref="HttpCheck.MostBody"/> bytes of it, without the secrets that were sent.</summary>
    public string Body { get; init; } = "";

    /// <summary>Whether the body went on.</summary>
    public bool IsCut { get; init; }

    /// <summary>Where a redirect that was not followed leads; null without one.</summary>
    public string? Location { get; init; }

    /// <summary>Why there was no answer; null when there was.</summary>
    public NoAnswer? Failed { get; init; }

    /// <summary>More of why there was none.</summary>
    public string Detail { get; init; } = "";
}
