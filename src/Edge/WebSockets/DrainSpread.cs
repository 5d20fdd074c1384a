namespace Fairway.Edge.WebSockets;

/// <summary>When a connection is asked to leave within a drain: spread evenly over the window, so that its clients do not all come back at the same moment.</summary>
internal static class DrainSpread
{
    /// <summary>Share of the window over which connections are spread; the rest is for the last of them to say goodbye.</summary>
    public const double Share = 0.8;

    /// <summary>How long after the drain's begin this connection is asked. The same connection always gets the same moment.</summary>
    public static TimeSpan DelayOf(string connection, TimeSpan window)
    {
        // FNV-1a, then the finaliser of MurmurHash3: neighbouring connection ids must not be neighbours in time.
        var hash = 14695981039346656037UL;
        foreach (var letter in connection) hash = (hash ^ letter) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
        hash ^= hash >> 33;
        return window * (Share * (hash >> 11) / (1UL << 53));
    }
}
