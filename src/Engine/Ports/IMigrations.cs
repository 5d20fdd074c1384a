using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Rollouts;

namespace Fairway.Ports;

/// <summary>Runs migrations against databases, which keep their own record of what they have.</summary>
public interface IMigrations
{
    /// <summary>
    /// Runs what is pending of a stage, one file after another; one migrator at a time has a database. What is recorded as run is never run again, whoever asks;
    /// a file is recorded in its own transaction. The outcome's report also tells of what ran before and was not known. A lock that was not had in time is a
    /// retryable <see cref="FaultKind.Conflict"/>; a database that cannot be reached, or that another migrator has, a retryable <see cref="FaultKind.Unavailable"/>.
    /// </summary>
    Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.Migrate effect, CancellationToken cancellation);

    /// <summary>A release's migrations, from its artifact; the fault when it is not here or holds no such folder.</summary>
    Task<(MigrationDirectory? Directory, Fault? Fault)> ReadAsync(Release release, DatabaseSpec database, CancellationToken cancellation);

    /// <summary>What a database has of a service, in its order; nothing is changed. None where it was never migrated.</summary>
    Task<(ImmutableArray<AppliedMigration>? Applied, Fault? Fault)> ListAsync(ServiceKey service, DatabaseSpec database, CancellationToken cancellation);
}
