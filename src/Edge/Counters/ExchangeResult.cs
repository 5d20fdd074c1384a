namespace Fairway.Edge.Counters;

/// <summary>How an attempt on an instance went wrong.</summary>
public enum FailureKind
{
    /// <summary>It did not: the instance answered, whatever it said.</summary>
    None,

    /// <summary>No connection to the instance.</summary>
    Connect,

    /// <summary>The instance reset or cut the exchange before its response was whole.</summary>
    Reset,

    /// <summary>No first byte from the instance in time.</summary>
    Timeout,

    /// <summary>The client left; says nothing about the instance.</summary>
    ClientAbort,
}

/// <summary>How one attempt on one instance ended.</summary>
/// <param name="Status">Status that the client got from this attempt (101 for an upgrade); 0 when the client left before any.</param>
/// <param name="Failure">What went wrong on the way.</param>
/// <param name="ElapsedMicroseconds">From <c>Begin</c> to the response's last byte.</param>
/// <param name="BytesIn">Body bytes from the client.</param>
/// <param name="BytesOut">Body bytes to the client.</param>
/// <param name="Upgraded">The exchange became an upgraded connection (WebSocket), now closed.</param>
/// <param name="Retried">The attempt is tried again elsewhere: it counts as a retry, not as a finished exchange.</param>
public readonly record struct ExchangeResult(
    int Status, FailureKind Failure, long ElapsedMicroseconds, long BytesIn, long BytesOut, bool Upgraded = false, bool Retried = false);
