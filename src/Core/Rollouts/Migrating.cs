using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// The database in a rollout: a copy is tried and the schema expanded before any instance of the release starts; it is contracted after the guard, once what
/// served before is stopped. Going back touches the database not at all.
/// </summary>
public static class Migrating
{
    /// <summary>An outcome this long after a stage's own limit will not come any more.</summary>
    public static readonly Duration Grace = Duration.FromMinutes(1);

    private static readonly Duration LongestPause = Duration.FromMinutes(5);

    /// <summary>Whether a rollout has anything to do with a database.</summary>
    public static bool Concerns(Rollout rollout) => !rollout.IsRollback && rollout.Service.Database is not null;

    /// <summary>Brings the stages before the first start forward; true when all have passed.</summary>
    internal static bool Expanded(Turn turn, Rollout rollout)
    {
        if (rollout.Service.Database is not { } database) return true;
        if (IsContracting(turn.State)) return false;
        return (database.Shadow is null || Passed(turn, rollout, database, MigrationStage.Shadow)) && Passed(turn, rollout, database, MigrationStage.Expand);
    }

    /// <summary>Runs the contract when nothing holds it.</summary>
    internal static void Contract(Turn turn, WorldView world)
    {
        if (turn.State is not { Active: null, Retiring: false, Database.Contract: { } contract } state || IsContracting(state) || Held(state, world, turn.Now) is not null) return;
        turn.Issue(id => new RolloutEffect.Migrate(id, contract.Rollout, MigrationStage.Contract, contract.Release, contract.Database, state.Database!.Seq),
            Why.Because("contract-wanted", "{version} has served through its guard and {before} is stopped: {file} runs", ("version", contract.Release.Version),
                ("before", "what served before it"), ("file", contract.Name), ("files", contract.Files.Length)));
    }

    /// <summary>What holds the contract now; null when nothing does, or there is none.</summary>
    public static Why? Held(ServiceState state, WorldView? world, Instant now)
    {
        if (state.Database?.Contract is not { } contract) return null;
        if (state.Active is { } active) return Why.Because("contract-waits-for-rollout", "{file} waits for the end of {rollout}", ("file", contract.Name), ("rollout", active.Id));
        if (state.Stable is not { } stable || state.StableRelease is not { } serving || serving.Digest != contract.Release.Digest)
            return Why.Because("contract-without-release", "{file} waits, because {version}, which brought it, does not serve", ("file", contract.Name), ("version", contract.Release.Version));
        var before = state[stable.Other()];
        // Also one that was asked to stop and has not: it finishes requests, with the schema that it knows.
        if (before is { Instances: > 0 } or { Failure: not null } || Effects.IsOutstanding(state, stable.Other()) || world?.Instances.Any(one => one.Slot == stable.Other()) is true)
            return Why.Because("contract-waits-for-warmth", "{file} waits while {version} is kept running for a rollback{left}", ("file", contract.Name), ("version", before.Release?.Version ?? ""),
                ("left", before.WarmUntil is { } until && until > now ? $", for {WaitReason.Text(until - now)}" : ""));
        if (contract.Failure is { } failure)
        {
            if (IsFinal(failure, contract.Database))
                return Why.Because("contract-failed", "{file} failed and is not tried again by itself: {fault}. What serves is not harmed; mend it, then `fairway migration contract`",
                    ("file", contract.Name), ("fault", failure.Fault.Message), ("attempts", failure.Attempts));
            if (now < RetryAt(failure, contract.Database))
                return Why.Because("contract-tried-again", "{file} is tried again in {left}: {fault}", ("file", contract.Name), ("left", WaitReason.Text(RetryAt(failure, contract.Database) - now)),
                    ("fault", failure.Fault.Message), ("attempts", failure.Attempts));
        }
        if (contract.Database.ContractBy == ContractBy.Manual && !contract.Asked)
            return Why.Because("contract-waits-for-person", "{file} waits for a person's `fairway migration contract`", ("file", contract.Name));
        return world is not null && world.Ready(stable, state[stable]) < state[stable].Instances
            ? Why.Because("contract-waits-for-health", "{file} waits until all instances of {version} are ready", ("file", contract.Name), ("version", serving.Version)) : null;
    }

    /// <summary>Whether a contract is being run.</summary>
    public static bool IsContracting(ServiceState state)
    {
        foreach (var effect in state.Outbox.Values)
            if (effect is RolloutEffect.Migrate { Stage: MigrationStage.Contract }) return true;
        return false;
    }

    /// <summary>Why a rollout is taken back for its database; null when it is not.</summary>
    internal static (Why Why, bool Reject)? Failed(Rollout rollout)
    {
        if (rollout.Service.Database is not { } database) return null;
        foreach (var (stage, run) in rollout.Migrations)
        {
            if (run.Outcome is not { Fault: { } fault } outcome || !IsFinal(new(fault, run.EndedAt!.Value, run.Failures), database)) continue;
            var name = stage == MigrationStage.Shadow ? "shadow" : "expand";
            var failure = outcome.Migrations?.Failure;
            return (Why.Because($"{name}-failed", stage == MigrationStage.Shadow ? "the copy of the database could not be migrated: {fault}" : "the database could not be expanded: {fault}",
                ("fault", fault.Message), ("blame", fault.Who), ("file", failure?.File ?? ""), ("line", failure?.Line ?? 0), ("sqlState", failure?.SqlState ?? ""), ("attempts", run.Failures)),
                fault.Who == Blame.Release);
        }
        return null;
    }

    /// <summary>What the stage in work waits for; null when none is.</summary>
    public static Why Waits(ServiceState state, Rollout rollout, Instant now)
    {
        if (rollout.Service.Database is not { } database) return rollout.Why;
        if (IsContracting(state) && state.Database?.Contract is { } contract)
            return Why.Because("waits-for-contract", "the contract {file} of {version} is being run first", ("file", contract.Name), ("version", contract.Release.Version));
        var (stage, run) = rollout.Migrations.LastOrDefault();
        if (run is null || run.Passed) return Why.Because("waits-for-migrations", "the database is about to be expanded for {version}", ("version", rollout.Release.Version));
        if (run.Outcome?.Fault is not { } fault)
            return Why.Because("migrating", stage == MigrationStage.Shadow ? "the migrations of {version} are tried on a copy, for {waited}" : "the database is expanded for {version}, for {waited}",
                ("version", rollout.Release.Version), ("waited", WaitReason.Text(now - run.StartedAt)));
        return Why.Because("migration-tried-again", "tried again in {left}: {fault}", ("left", WaitReason.Text(RetryAt(new(fault, run.EndedAt!.Value, run.Failures), database) - now)),
            ("fault", fault.Message), ("attempts", run.Failures));
    }

    /// <summary>Whether trying again is pointless, or was tried often enough.</summary>
    public static bool IsFinal(EffectFailure failure, DatabaseSpec database)
        => !failure.Fault.Retryable || (failure.Fault.Kind == FaultKind.Conflict && failure.Attempts > database.LockRetries);

    /// <summary>When a try comes after one that failed: after the pause for a lock, else after a while that grows.</summary>
    public static Instant RetryAt(EffectFailure failure, DatabaseSpec database) => failure.Fault.Kind == FaultKind.Conflict
        ? failure.At + database.RetryPause
        : failure.At + Duration.Min(LongestPause, Duration.FromSeconds(1L << Math.Clamp(failure.Attempts - 1, 0, 9)));

    /// <summary>When a stage tries again; null when none waits for that.</summary>
    public static Instant? NextTry(ServiceState state)
    {
        if (state.Active is { Phase: RolloutPhase.Expanding, Service.Database: { } database } rollout)
            foreach (var run in rollout.Migrations.Values)
                if (run.Outcome?.Fault is { } fault) return RetryAt(new(fault, run.EndedAt!.Value, run.Failures), database);
        return state is { Active: null, Database.Contract: { Failure: { } failure } contract } && !IsFinal(failure, contract.Database) ? RetryAt(failure, contract.Database) : null;
    }

    /// <summary>When a stage that runs has certainly ended, or is tried again for a lock as often as declared; null when neither is so.</summary>
    public static Instant? Ends(Rollout rollout)
    {
        if (rollout.Phase != RolloutPhase.Expanding || rollout.Service.Database is not { } database) return null;
        foreach (var (stage, run) in rollout.Migrations)
        {
            if (run.Outcome is null) return run.StartedAt + LimitOf(database, stage) + Grace;
            if (run.Outcome.Fault is { Kind: FaultKind.Conflict } fault) return RetryAt(new(fault, run.EndedAt!.Value, run.Failures), database);
        }
        return null;
    }

    /// <summary>How long a stage may take.</summary>
    public static Duration LimitOf(DatabaseSpec database, MigrationStage stage) => stage switch
    {
        MigrationStage.Shadow => database.Timeout + (database.Shadow?.Copy?.Timeout ?? Duration.Zero),
        MigrationStage.Expand => database.Expand?.Timeout ?? database.Timeout,
        MigrationStage.Contract => database.Contract?.Timeout ?? database.Timeout,
        _ => throw new System.Diagnostics.UnreachableException(stage.ToString()),
    };

    /// <summary>How long the release is watched at 100 %.</summary>
    public static Duration GuardOf(Rollout rollout)
    {
        if (rollout.IsRollback) return Duration.Zero;
        var guard = rollout.Service.Rollout.Guard;
        return rollout.Service.Database?.Guard is { } longer && !ContractsOf(rollout).IsEmpty ? Duration.Max(guard, longer) : guard;
    }

    /// <summary>What a rollout leaves to be contracted.</summary>
    public static ImmutableArray<PendingContract> ContractsOf(Rollout rollout)
    {
        if (rollout.IsRollback || rollout.Service.Database is not { } database) return [];
        if (database.Contract is not null) return [new("contract command", 0, database.Compatible)];
        return rollout.Migrations.TryGetValue(MigrationStage.Expand, out var run) ? run.Outcome?.Migrations?.Contracts ?? [] : [];
    }

    private static bool Passed(Turn turn, Rollout rollout, DatabaseSpec database, MigrationStage stage)
    {
        if (rollout.Migrations.TryGetValue(stage, out var run))
        {
            if (run.Passed) return true;
            if (run.Outcome is not { Fault: { } fault }) return false;
            var failure = new EffectFailure(fault, run.EndedAt!.Value, run.Failures);
            if (IsFinal(failure, database) || turn.Now < RetryAt(failure, database)) return false;
        }
        turn.Issue(id => new RolloutEffect.Migrate(id, rollout.Id, stage, rollout.Release, database, turn.State.Database?.Seq ?? 0)
        {
            Serving = turn.State.StableRelease?.Version,
            Blocked = turn.State.Database?.Contract is { Failure: { } failed } contract && IsFinal(failed, contract.Database) ? contract.Name : null,
        }, Why.Because("migrations-wanted", stage == MigrationStage.Shadow ? "the migrations of {version} are tried on a copy" : "the database is expanded for {version}",
            ("version", rollout.Release.Version)));
        return false;
    }
}
