using System.Globalization;
using Fairway.Client.Wire;
using Fairway.Migrations;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Api;

/// <summary>Migrations as the API writes them.</summary>
internal static class MigrationWire
{
    /// <summary>Where they stand.</summary>
    public static MigrationStatusInfo Of(MigrationStatus status, ServiceState? state, Instant now) => new(
        status.Service.Environment, status.Service.Service, status.Release.Digest, status.Release.Version, [.. status.Rows.Select(Of)], [.. status.Findings.Select(Of)],
        [.. status.Plan.Notes, .. Notes(state)], status.Plan.Refused is { } refused ? RolloutWire.Of(refused) : null, Contract(state, now), Shadow(state), status.Unreached?.Message,
        [.. Steps(status)]);

    private static MigrationInfo Of(MigrationRow row) => Of(row.Name, row.Phase, RolloutWire.Name(row.Standing), row.Applied);

    private static MigrationInfo Of(string name, MigrationPhase phase, string state, AppliedMigration? applied) => new(
        name, RolloutWire.Name(phase), state, applied?.Checksum, applied?.Version, applied?.Rollout, applied is null ? null : RolloutWire.At(applied.At), applied?.Milliseconds,
        applied is { Locks.IsEmpty: false } ? applied.Locks : null);

    private static MigrationFindingInfo Of(MigrationFinding finding)
        => new(finding.File, finding.Line, finding.Code, RolloutWire.Name(finding.Severity), finding.What, finding.Mend);

    private static ContractInfo? Contract(ServiceState? state, Instant now)
    {
        if (state?.Database?.Contract is not { } contract) return null;
        var runs = Migrating.IsContracting(state);
        var failed = !runs && contract.Failure is { } failure && Migrating.IsFinal(failure, contract.Database);
        return new([.. contract.Files.Select(file => file.Name)], contract.Release.Version, runs ? "running" : failed ? "failed" : "waiting",
            Migrating.Held(state, null, now) is { } held && !runs ? RolloutWire.Of(held) : null, contract.Failure?.Attempts ?? 0);
    }

    private static ShadowInfo? Shadow(ServiceState? state)
    {
        if (state?.Rollout is not { } rollout || !rollout.Migrations.TryGetValue(MigrationStage.Shadow, out var run)) return null;
        return new(rollout.Id, run.Outcome is null ? null : run.Passed, run.Outcome?.Fault?.Message,
            [.. (run.Outcome?.Migrations?.Applied ?? []).Select(one => Of(one.Name, one.Phase, "applied", one))]);
    }

    private static ImmutableArray<string> Notes(ServiceState? state)
        => state?.Rollout is { } rollout && rollout.Migrations.TryGetValue(MigrationStage.Expand, out var run) ? run.Outcome?.Migrations?.Notes ?? [] : [];

    private static IEnumerable<string> Steps(MigrationStatus status)
    {
        var (plan, database) = (status.Plan, status.Database);
        if (plan.Refused is not null)
        {
            yield return "nothing runs: " + plan.Refused.Sentence;
            yield break;
        }
        if (database.Shadow is not null && plan.Expands.Length + plan.Contracts.Length > 0) yield return "shadow: everything pending runs on the copy first; what fails there ends the rollout";
        yield return database.Expand is not null ? "expand: the declared command runs before any instance of the release starts"
            : plan.Expands.IsEmpty ? "expand: nothing is pending"
            : $"expand: {string.Join(", ", plan.Expands.Select(file => file.Name))}, before any instance of the release starts; each waits at most {Text(database.LockTimeout)} for a lock, "
                + $"{database.LockRetries.ToString(CultureInfo.InvariantCulture)} more tries {Text(database.RetryPause)} apart";
        yield return "deploy and guard: as the strategy says; going back changes nothing in the database";
        yield return database.Contract is not null ? "contract: the declared command runs after the guard, when what served before is stopped"
            : plan.Contracts.IsEmpty ? "contract: nothing is pending"
            : $"contract: {string.Join(", ", plan.Contracts.Select(file => $"{file.Name} (earlier releases still work: {MigrationPlan.CompatibilityOf(file, database.Compatible)})"))}, after the guard, "
                + $"when what served before is stopped{(database.ContractBy == ContractBy.Manual ? " and a person says so" : "")}";
    }

    private static string Text(Duration time) => time.TotalSeconds < 120 ? FormattableString.Invariant($"{time.TotalSeconds:0.###} s") : FormattableString.Invariant($"{time.TotalMinutes:0.#} min");
}
