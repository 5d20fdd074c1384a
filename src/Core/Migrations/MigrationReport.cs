using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Migrations;

/// <summary>What is run with a release's migrations.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MigrationStage>))]
public enum MigrationStage
{
    /// <summary>Everything that is pending, against a copy.</summary>
    Shadow,

    /// <summary>Before the release starts.</summary>
    Expand,

    /// <summary>After the guard.</summary>
    Contract,
}

/// <summary>A migration that a database has.</summary>
/// <param name="Seq">Its place in the order in which the database got them.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="Checksum">Of the file that was run.</param>
/// <param name="Compatible">Which releases without the file still work.</param>
/// <param name="Version">The release it came with.</param>
/// <param name="Rollout">The rollout it ran in.</param>
/// <param name="At">When it was done.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record AppliedMigration(
    long Seq, string Name, MigrationPhase Phase, string Checksum, Compatibility Compatible, string Version, string Rollout, Instant At, long Milliseconds)
{
    /// <summary>Locks that kept others out, such as <c>customers: AccessExclusiveLock</c>; empty when it took none that matter.</summary>
    public ImmutableArray<string> Locks { get; init; } = [];

    /// <summary>How long they were held, in milliseconds; 0 without any.</summary>
    public long LockedMilliseconds { get; init; }
}

/// <summary>A contract that a release brings and that has not run.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Number">Its number.</param>
/// <param name="Compatible">Which releases without it still work once it has run.</param>
public sealed record PendingContract(string Name, long Number, Compatibility Compatible);

/// <summary>Why a migration did not run to its end.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">Of what is wrong, from 1.</param>
/// <param name="SqlState">PostgreSQL's five letters; null when it was not the database that refused.</param>
/// <param name="Message">What the database said.</param>
public sealed record MigrationFailure(string File, int Line, string? SqlState, string Message);

/// <summary>What came of running a release's migrations.</summary>
public sealed record MigrationReport
{
    /// <summary>What the database has that the ledger did not know of: also what an earlier try did whose word was lost.</summary>
    public ImmutableArray<AppliedMigration> Applied { get; init; } = [];

    /// <summary>Contracts of the release that have not run.</summary>
    public ImmutableArray<PendingContract> Contracts { get; init; } = [];

    /// <summary>The largest number of the release's contracts; it works with all of them.</summary>
    public long NewestContract { get; init; }

    /// <summary>Files run by this try, in order.</summary>
    public ImmutableArray<string> Ran { get; init; } = [];

    /// <summary>What a person should know, such as an invalid index that was removed; sentences.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>What stopped it; null when it ran to its end, or something else than a migration stopped it.</summary>
    public MigrationFailure? Failure { get; init; }
}
