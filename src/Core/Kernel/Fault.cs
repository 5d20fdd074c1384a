namespace Fairway.Kernel;

/// <summary>What kind of operating fault it was; a person's next step depends on it.</summary>
public enum FaultKind
{
    /// <summary>The thing asked for does not exist.</summary>
    NotFound,

    /// <summary>What was asked for is malformed or impossible.</summary>
    Invalid,

    /// <summary>Not permitted on this machine or for this user.</summary>
    Forbidden,

    /// <summary>Somebody else was first (a version, a lock, a port).</summary>
    Conflict,

    /// <summary>It took longer than allowed.</summary>
    Timeout,

    /// <summary>The other side cannot be reached.</summary>
    Unavailable,

    /// <summary>No room: disk, memory, descriptors, ports.</summary>
    Exhausted,

    /// <summary>The user's own program failed (exit code, signal).</summary>
    Failed,

    /// <summary>A newer effect was already applied; this one does nothing.</summary>
    Fenced,
}

/// <summary>Who has to mend it.</summary>
public enum Blame
{
    /// <summary>The release being shipped: its command, its files, its answers.</summary>
    Release,

    /// <summary>The configuration.</summary>
    Configuration,

    /// <summary>This machine or something it depends on.</summary>
    Platform,

    /// <summary>Fairway itself.</summary>
    Fairway,
}

/// <summary>An operating fault, as adapters return it. Never carries a secret.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Who">Who has to mend it.</param>
/// <param name="Retryable">Whether the same call may succeed later with nothing changed.</param>
/// <param name="Message">One sentence for a person: where, what, and how to mend it.</param>
public sealed record Fault(FaultKind Kind, Blame Who, bool Retryable, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Message;
}
