using Fairway.Migrations;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Who decides that a contract runs, once nothing speaks against it.</summary>
public enum ContractBy
{
    /// <summary>It runs by itself.</summary>
    Auto,

    /// <summary>A person says so.</summary>
    Manual,
}

/// <summary>A service's database, and how its migrations run in a rollout. All defaults of the capability.</summary>
public sealed record DatabaseSpec
{
    /// <summary>Where the connection string is found: <c>env:NAME</c> or <c>file:/path</c>, never the string itself. Null only where commands do the work.</summary>
    public string? Connection { get; init; }

    /// <summary>Folder of the artifact with the SQL files; null where commands do the work.</summary>
    public string? Migrations { get; init; }

    /// <summary>Run in place of files before the release starts.</summary>
    public HookSpec? Expand { get; init; }

    /// <summary>Run in place of files after the guard.</summary>
    public HookSpec? Contract { get; init; }

    /// <summary>Which earlier releases still work after a contract whose header says nothing, or that is a command.</summary>
    public Compatibility Compatible { get; init; } = Compatibility.None;

    /// <summary>Longest wait for a lock. Everybody who comes later waits behind whoever waits for an exclusive one, so it is short, and tried again.</summary>
    public Duration LockTimeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>Tries more after a lock was not had in time.</summary>
    public int LockRetries { get; init; } = 10;

    /// <summary>Time between two tries, in which those who waited go on.</summary>
    public Duration RetryPause { get; init; } = Duration.FromSeconds(10);

    /// <summary>Longest run of one statement.</summary>
    public Duration StatementTimeout { get; init; } = Duration.FromMinutes(1);

    /// <summary>Longest run of everything that is pending.</summary>
    public Duration Timeout { get; init; } = Duration.FromMinutes(30);

    /// <summary>How long the release is watched at 100 % when it brings a contract; null is as long as without one. Never shorter than that.</summary>
    public Duration? Guard { get; init; }

    /// <summary>Who decides that the contract runs.</summary>
    public ContractBy ContractBy { get; init; }

    /// <summary>Whether a file may come before one that has run.</summary>
    public bool OutOfOrder { get; init; }

    /// <summary>A copy that everything pending runs against first; null is none.</summary>
    public ShadowSpec? Shadow { get; init; }
}

/// <summary>A copy of a database.</summary>
public sealed record ShadowSpec
{
    /// <summary>Where its connection string is found.</summary>
    public required string Connection { get; init; }

    /// <summary>Makes the copy anew, in the release's artifact; null where it is made otherwise.</summary>
    public HookSpec? Copy { get; init; }

    /// <summary>A file that keeps others out for longer than this on the copy stops the rollout.</summary>
    public Duration LongestLock { get; init; } = Duration.FromSeconds(30);
}
