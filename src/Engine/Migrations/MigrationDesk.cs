using System.Collections.Concurrent;
using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Migrations;

/// <summary>Where a migration stands.</summary>
public enum MigrationStanding
{
    /// <summary>It has run.</summary>
    Applied,

    /// <summary>It runs before the release starts.</summary>
    Pending,

    /// <summary>It runs after the guard.</summary>
    Waiting,

    /// <summary>It was changed after it had run.</summary>
    Changed,

    /// <summary>It has run, and the release does not have it.</summary>
    Foreign,
}

/// <summary>A migration and where it stands.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="Applied">What the database says of it; null while it has not run.</param>
public sealed record MigrationRow(string Name, MigrationPhase Phase, MigrationStanding Standing, AppliedMigration? Applied);

/// <summary>What a release's migrations and its database add up to.</summary>
/// <param name="Service">Where.</param>
/// <param name="Release">Whose files.</param>
/// <param name="Database">How they run.</param>
/// <param name="Rows">In the order of their numbers.</param>
/// <param name="Plan">What would run, or why nothing would.</param>
public sealed record MigrationStatus(ServiceKey Service, Release Release, DatabaseSpec Database, ImmutableArray<MigrationRow> Rows, MigrationPlan Plan)
{
    /// <summary>What is worth saying of what has not run.</summary>
    public ImmutableArray<MigrationFinding> Findings { get; init; } = [];

    /// <summary>Why the database could not be asked, so that the ledger's word stands; null when it was asked.</summary>
    public Fault? Unreached { get; init; }
}

/// <summary>Looks at releases' migrations and at databases; changes nothing.</summary>
/// <param name="migrations">Where both are.</param>
/// <param name="configured">A service as configured now; null when there is none.</param>
public sealed class MigrationDesk(IMigrations migrations, Func<ServiceKey, ServiceSpec?> configured)
{
    private const int Kept = 64;
    private readonly ConcurrentDictionary<(string Artifact, string Path), MigrationDirectory> _read = new();

    /// <summary>What a gate is told of a release: from its files and the ledger alone, for it is asked often.</summary>
    public async Task<MigrationsFact?> FactAsync(ServiceKey key, Release release, ServiceState? state, CancellationToken cancellation)
    {
        if (configured(key)?.Database is not { } database) return null;
        var contract = state?.Database?.Contract;
        var fact = new MigrationsFact(database.Expand is null ? 0 : 1)
        {
            Contract = contract?.Name, ContractRelease = contract?.Release.Digest,
            ContractFailed = contract?.Failure is { } failure && Migrating.IsFinal(failure, contract.Database),
        };
        if (database.Migrations is null) return fact;
        var (directory, fault) = await ReadAsync(release, database, cancellation);
        if (directory is null) return fact with { Unread = fault!.Message };
        var plan = MigrationPlan.Of(directory, [.. state?.Database?.Applied.Values ?? []], Question(release, state, database));
        return fact with { Pending = plan.Expands.Length, Refused = plan.Refused, Errors = [.. plan.Expands.SelectMany(MigrationLint.Of).Where(one => one.Severity == MigrationSeverity.Error)] };
    }

    /// <summary>How many migrations a release brings that another has not; null when nobody can say: its files cannot be read, or a command migrates.</summary>
    /// <param name="key">The service in its environment.</param>
    /// <param name="release">The release.</param>
    /// <param name="before">The other one; null has none.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<int?> NewAsync(ServiceKey key, Release release, Release? before, CancellationToken cancellation)
    {
        if (configured(key)?.Database is not { } database) return 0;
        if (database.Migrations is null || (await ReadAsync(release, database, cancellation)).Directory is not { } brought) return null;
        if (before is null) return brought.Files.Length;
        return (await ReadAsync(before, database, cancellation)).Directory is { } had ? brought.Files.Select(file => file.Name).Except(had.Files.Select(file => file.Name), StringComparer.Ordinal).Count() : null;
    }

    /// <summary>Where a release's migrations stand, as the database says now; null with a fault when its files cannot be read.</summary>
    public async Task<(MigrationStatus? Status, Fault? Fault)> StatusAsync(ServiceKey key, Release release, DatabaseSpec database, ServiceState? state, CancellationToken cancellation)
    {
        var (directory, fault) = await ReadAsync(release, database, cancellation);
        if (directory is null) return (null, fault);
        var (listed, unreached) = await migrations.ListAsync(key, database, cancellation);
        var applied = listed ?? [.. state?.Database?.Applied.Values.OrderBy(one => one.Seq) ?? Enumerable.Empty<AppliedMigration>()];
        var plan = MigrationPlan.Of(directory, applied, Question(release, state, database));
        var done = applied.ToDictionary(one => one.Name, StringComparer.Ordinal);
        var own = directory.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        var rows = directory.Files.Select(file => new MigrationRow(file.Name, file.Phase, StandingOf(file, done.GetValueOrDefault(file.Name)), done.GetValueOrDefault(file.Name)))
            .Concat(applied.Where(one => !own.Contains(one.Name)).Select(one => new MigrationRow(one.Name, one.Phase, MigrationStanding.Foreign, one)));
        return (new(key, release, database, [.. rows.OrderBy(row => row.Name, StringComparer.Ordinal)], plan)
        {
            Findings = [.. directory.Problems, .. plan.Expands.Concat(plan.Contracts).SelectMany(MigrationLint.Of)], Unreached = unreached,
        }, null);
    }

    private static MigrationStanding StandingOf(MigrationFile file, AppliedMigration? applied) => applied switch
    {
        null => file.Phase == MigrationPhase.Contract ? MigrationStanding.Waiting : MigrationStanding.Pending,
        { } one when one.Checksum != file.Checksum => MigrationStanding.Changed,
        _ => MigrationStanding.Applied,
    };

    private static MigrationQuestion Question(Release release, ServiceState? state, DatabaseSpec database)
        => new(release.Version, state?.StableRelease is { } serving && serving.Digest != release.Digest ? serving.Version : null, database.Compatible, database.OutOfOrder);

    // An artifact never changes: what was read of it once is known.
    private async Task<(MigrationDirectory? Directory, Fault? Fault)> ReadAsync(Release release, DatabaseSpec database, CancellationToken cancellation)
    {
        if (_read.TryGetValue((release.Artifact, database.Migrations ?? ""), out var known)) return (known, null);
        var (directory, fault) = await migrations.ReadAsync(release, database, cancellation);
        if (directory is null) return (null, fault);
        if (_read.Count >= Kept) _read.Clear();
        _read[(release.Artifact, database.Migrations ?? "")] = directory;
        return (directory, null);
    }
}
