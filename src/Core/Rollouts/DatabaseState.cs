using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Migrations;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>What the ledger knows of a service's database.</summary>
public sealed record DatabaseState
{
    /// <summary>What it has, by file name, as reported.</summary>
    public ImmutableSortedDictionary<string, AppliedMigration> Applied { get; init; } = ImmutableSortedDictionary.Create<string, AppliedMigration>(StringComparer.Ordinal);

    /// <summary>The newest place in its order that was reported.</summary>
    public long Seq { get; init; }

    /// <summary>What is left to take away once nobody goes back; null when nothing is.</summary>
    public ContractState? Contract { get; init; }

    /// <summary>The largest contract that each release knows, by digest: of releases that served.</summary>
    public ImmutableSortedDictionary<string, long> Knows { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>Releases that no longer work with it, by digest, and which contract is to blame: nobody goes back to them.</summary>
    public ImmutableSortedDictionary<string, string> Broken { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>A contract that waits, runs or failed.</summary>
/// <param name="Release">The release that brought it.</param>
/// <param name="Rollout">Its rollout.</param>
/// <param name="Database">How it is run.</param>
/// <param name="Files">What it does; a single nameless one for a command.</param>
/// <param name="Since">When the guard was over.</param>
public sealed record ContractState(Release Release, string Rollout, DatabaseSpec Database, ImmutableArray<PendingContract> Files, Instant Since)
{
    /// <summary>Whether a person said that it shall run.</summary>
    public bool Asked { get; init; }

    /// <summary>When it was first asked for; from then on, what it breaks is not gone back to. Null until then.</summary>
    public Instant? BegunAt { get; init; }

    /// <summary>How the last try failed, until one succeeds.</summary>
    public EffectFailure? Failure { get; init; }

    /// <summary>Its name for people: the first file's.</summary>
    [JsonIgnore]
    public string Name => Files[0].Name;
}

/// <summary>A stage of a rollout's migrations.</summary>
/// <param name="EffectId">The effect that runs it, or ran it last.</param>
/// <param name="StartedAt">When that was asked for.</param>
/// <param name="EndedAt">When its outcome was known; null while it runs.</param>
/// <param name="Outcome">How it ended; null while it runs.</param>
/// <param name="Failures">Tries in a row that failed.</param>
public sealed record MigrationRun(long EffectId, Instant StartedAt, Instant? EndedAt = null, EffectOutcome? Outcome = null, int Failures = 0)
{
    /// <summary>Whether it ended well.</summary>
    [JsonIgnore]
    public bool Passed => Outcome is { Fault: null, ExitCode: null or 0 };
}
