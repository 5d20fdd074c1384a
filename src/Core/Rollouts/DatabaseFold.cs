using Fairway.Catalog;
using Fairway.Migrations;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>What events make of <see cref="DatabaseState"/>.</summary>
internal static class DatabaseFold
{
    /// <summary>A stage is asked for.</summary>
    public static ServiceState Issue(ServiceState state, RolloutEffect.Migrate migrate, Instant at)
    {
        if (migrate.Stage == MigrationStage.Contract) return Contracting(state, at);
        return state.Rollout is { } rollout && rollout.Id == migrate.RolloutId
            ? state with { Rollout = rollout with { Migrations = rollout.Migrations.SetItem(migrate.Stage, new(migrate.Id, at, Failures: rollout.Migrations.GetValueOrDefault(migrate.Stage)?.Failures ?? 0)) } }
            : state;
    }

    /// <summary>A stage ended.</summary>
    public static ServiceState Settle(ServiceState state, RolloutEffect.Migrate migrate, EffectOutcome outcome, Instant at)
    {
        if (migrate.Stage != MigrationStage.Shadow && outcome.Migrations is { Applied.IsEmpty: false } report) state = With(state, database => Learn(database, report));
        if (migrate.Stage == MigrationStage.Contract)
            return state.Database?.Contract is not { } contract || contract.Rollout != migrate.RolloutId ? state
                : With(state, database => database with { Contract = outcome.Fault is { } failed ? contract with { Failure = Failed(contract.Failure, failed, outcome, at) } : null });
        if (state.Rollout is not { } rollout || rollout.Id != migrate.RolloutId || !rollout.Migrations.TryGetValue(migrate.Stage, out var run)) return state;
        // A try that got somewhere is a first one.
        var failures = outcome.Fault is null ? 0 : outcome.Migrations is { Ran.IsEmpty: false } ? 1 : run.Failures + 1;
        return state with
        {
            Rollout = rollout with
            {
                Migrations = rollout.Migrations.SetItem(migrate.Stage, run with { EndedAt = at, Outcome = outcome, Failures = failures }),
                ProgressAt = failures <= 1 ? at : rollout.ProgressAt,
            },
        };
    }

    /// <summary>A rollout is complete: what its release brings to contract waits from now on.</summary>
    public static ServiceState Complete(ServiceState state, Rollout rollout, Instant at)
    {
        var contracts = Migrating.ContractsOf(rollout);
        if (state.Database is null && rollout.Service.Database is null) return state;
        return With(state, database => database with
        {
            Contract = contracts.IsEmpty ? null : new(rollout.Release, rollout.Id, rollout.Service.Database!, contracts, at),
            Knows = KnowsAfter(state, database, rollout),
            Broken = database.Broken.Remove(rollout.Release.Digest),
        });
    }

    /// <summary>A person wants the contract to run, or to be tried again.</summary>
    public static ServiceState Ask(ServiceState state) => state.Database?.Contract is { } contract
        ? With(state, database => database with { Contract = contract with { Asked = true, Failure = null } }) : state;

    /// <summary>The clock was set back.</summary>
    public static DatabaseState? Shift(DatabaseState? database, Duration by) => database?.Contract is not { } contract ? database : database with
    {
        Contract = contract with
        {
            Since = contract.Since - by, BegunAt = contract.BegunAt - by, Failure = contract.Failure is { } failure ? failure with { At = failure.At - by } : null,
        },
    };

    // From the moment it is asked for it may have run: what it breaks is no way back any more.
    private static ServiceState Contracting(ServiceState state, Instant at) => state.Database?.Contract is not { } contract ? state : With(state, database =>
    {
        var broken = database.Broken;
        foreach (var past in state.Past)
            if (past.Digest != contract.Release.Digest && contract.Files.FirstOrDefault(file => !Survives(past, file)) is { } file)
                broken = broken.SetItem(past.Digest, file.Name);
        return database with { Contract = contract with { BegunAt = contract.BegunAt ?? at }, Broken = broken };

        bool Survives(Release past, PendingContract file)
            => file.Compatible.Covers(past.Version) || (file.Number > 0 && database.Knows.GetValueOrDefault(past.Digest) >= file.Number);
    });

    private static DatabaseState Learn(DatabaseState database, MigrationReport report)
    {
        var (applied, seq) = (database.Applied, database.Seq);
        foreach (var one in report.Applied) (applied, seq) = (applied.SetItem(one.Name, one), Math.Max(seq, one.Seq));
        return database with { Applied = applied, Seq = seq };
    }

    private static ImmutableSortedDictionary<string, long> KnowsAfter(ServiceState state, DatabaseState database, Rollout rollout)
    {
        var knows = database.Knows;
        if (!rollout.IsRollback && rollout.Migrations.TryGetValue(MigrationStage.Expand, out var run) && run.Outcome?.Migrations is { } report)
            knows = knows.SetItem(rollout.Release.Digest, report.NewestContract);
        foreach (var digest in knows.Keys)
            if (digest != rollout.Release.Digest && digest != rollout.Previous?.Digest && !state.Past.Any(past => past.Digest == digest)) knows = knows.Remove(digest);
        return knows;
    }

    private static EffectFailure Failed(EffectFailure? before, Kernel.Fault fault, EffectOutcome outcome, Instant at)
        => new(fault, at, outcome.Migrations is { Ran.IsEmpty: false } ? 1 : (before?.Attempts ?? 0) + 1);

    private static ServiceState With(ServiceState state, Func<DatabaseState, DatabaseState> change) => state with { Database = change(state.Database ?? new()) };
}
