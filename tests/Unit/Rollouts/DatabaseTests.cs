using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>The database in a rollout: expand, deploy, guard, contract.</summary>
public sealed class DatabaseTests
{
    private static readonly PendingContract Drop = new("0002_drop.contract.sql", 2, Compatibility.None);

    [Fact]
    public void Nothing_of_the_release_starts_before_the_database_is_expanded()
    {
        var stage = Serving();
        stage.Migrates = _ => null;
        stage.RollingOut("1.1").Pass(30);
        Assert.Equal((RolloutPhase.Expanding, "migrating"), (stage.Rollout.Phase, stage.Last.Why.Code));
        Assert.DoesNotContain(stage.Instances, one => one.Release == "sha256:1.1");

        var effect = stage.State.Outbox.Values.OfType<RolloutEffect.Migrate>().Single();
        Assert.Equal((MigrationStage.Expand, "1.0"), (effect.Stage, effect.Serving));
        stage.Do(new RolloutObservation.EffectSettled(effect.Id, EffectOutcome.Done));
        Assert.Contains(stage.Settle().Instances, one => one.Release == "sha256:1.1");
    }

    [Fact]
    public void A_failed_expand_takes_the_rollout_back_before_anything_started_and_names_file_and_line()
    {
        var stage = Serving();
        stage.Migrates = _ => Failure(new(FaultKind.Failed, Blame.Release, false, "0002_add.sql:3: column exists (42701)"), "0002_add.sql", 3);
        stage.RollingOut("1.1").Finish();
        Assert.Equal((RolloutPhase.RolledBack, "expand-failed"), (stage.Rollout.Phase, stage.Rollout.Why.Code));
        Assert.Contains(stage.Happened<RolloutEvent.RollbackStarted>().Single().Why.Facts, fact => fact is { Name: "line", Value: "3" });
        Assert.Contains("sha256:1.1", stage.State.Rejected.Keys);
        Assert.DoesNotContain(stage.Happened<RolloutEvent.EffectIssued>(), e => e.Effect is RolloutEffect.SetInstances { Release.Version: "1.1", Count: > 0 });
    }

    [Fact]
    public void A_lock_is_tried_for_again_after_a_pause_and_only_so_often()
    {
        var stage = Serving(database => database with { LockRetries = 3, RetryPause = Duration.FromSeconds(7) });
        stage.Migrates = _ => new(new Fault(FaultKind.Conflict, Blame.Platform, true, "a lock was not had"));
        stage.RollingOut("1.1");
        Assert.Equal("migration-tried-again", stage.Last.Why.Code);
        Assert.Equal(stage.Now + Duration.FromSeconds(7), RolloutDecider.NextWake(stage.State));
        Assert.Equal(1, Tries(stage));
        stage.Pass(14);
        Assert.Equal(3, Tries(stage));
        stage.Pass(14);
        Assert.Equal(4, Tries(stage));
        Assert.Equal(RolloutPhase.RolledBack, stage.Finish().Rollout.Phase);
        // Whoever held the lock is to blame, not the release.
        Assert.Empty(stage.State.Rejected);
    }

    [Fact]
    public void No_deadline_cuts_the_declared_tries_for_a_lock_short()
    {
        var stage = Serving(database => database with { LockRetries = 40, RetryPause = Duration.FromSeconds(30) });
        stage.Migrates = _ => new(new Fault(FaultKind.Conflict, Blame.Platform, true, "a lock was not had"));
        stage.RollingOut("1.1").Pass(1_000);
        Assert.Equal(RolloutPhase.Expanding, stage.Rollout.Phase);
        Assert.Equal("expand-failed", stage.Finish().Rollout.Why.Code);

        stage = Serving();
        stage.Migrates = _ => new(new Fault(FaultKind.Unavailable, Blame.Platform, true, "it is away"));
        Assert.Equal("no-progress", stage.RollingOut("1.1").Finish().Rollout.Why.Code);
    }

    [Fact]
    public void The_copy_is_tried_first_and_what_fails_there_never_reaches_the_database()
    {
        var stage = Serving(database => database with { Shadow = new() { Connection = "env:COPY" } });
        var stages = new List<MigrationStage>();
        stage.Migrates = effect =>
        {
            stages.Add(effect.Stage);
            return effect.Stage == MigrationStage.Shadow ? Failure(new(FaultKind.Failed, Blame.Release, false, "0002_add.sql kept others out"), "0002_add.sql", 1) : EffectOutcome.Done;
        };
        stage.RollingOut("1.1").Finish();
        Assert.Equal([MigrationStage.Shadow], stages);
        Assert.Equal("shadow-failed", stage.Rollout.Why.Code);
    }

    [Fact]
    public void The_contract_waits_for_the_guard_and_for_the_end_of_warmth()
    {
        var stage = Serving(policy: policy => policy with { KeepWarm = Duration.FromMinutes(2) });
        stage.Migrates = Brings(Drop);
        stage.RollingOut("1.1").Finish();
        Assert.Equal("contract-waits-for-warmth", Held(stage));
        stage.Pass(100);
        Assert.Equal(0, Contracts(stage));
        stage.Pass(40);
        Assert.Equal(1, Contracts(stage));
        Assert.Null(stage.State.Database!.Contract);
    }

    [Fact]
    public void A_release_with_a_contract_is_guarded_for_as_long_as_its_database_says()
    {
        var stage = Serving(database => database with { Guard = Duration.FromMinutes(5) });
        stage.Migrates = Brings(Drop);
        stage.RollingOut("1.1");
        for (var i = 0; i < 600 && stage.Rollout.Phase != RolloutPhase.Guarding; i++) stage.Pass(1);
        stage.Pass(290);
        Assert.Equal(RolloutPhase.Guarding, stage.Rollout.Phase);
        Assert.Equal(RolloutPhase.Completed, stage.Finish().Rollout.Phase);

        var without = Serving(database => database with { Guard = Duration.FromMinutes(5) }).RollingOut("1.1");
        for (var i = 0; i < 600 && without.Rollout.Phase != RolloutPhase.Guarding; i++) without.Pass(1);
        Assert.Equal(RolloutPhase.Completed, without.Pass(61).Rollout.Phase);
    }

    [Fact]
    public void A_rollback_in_the_middle_touches_no_database_and_leaves_nothing_to_contract()
    {
        var stage = Serving();
        stage.Migrates = Brings(Drop);
        stage.RollingOut("1.1").Pass(5);
        var before = Tries(stage);
        stage.Say(RolloutCommand.Rollback);
        stage.Settle().Finish();
        Assert.Equal(RolloutPhase.RolledBack, stage.Rollout.Phase);
        stage.Pass(1_200);
        Assert.Equal((before, 0), (Tries(stage), Contracts(stage)));
    }

    [Fact]
    public void After_the_contract_the_release_before_is_no_way_back_any_more()
    {
        var stage = Serving(policy: policy => policy with { KeepWarm = Duration.Zero });
        stage.Migrates = Brings(Drop);
        stage.RollingOut("1.1").Finish().Pass(60);
        Assert.Equal(1, Contracts(stage));
        var said = stage.Say(RolloutCommand.Rollback);
        Assert.Equal((Refusal.Conflict, "rollback-broken"), (said.Refused, said.Why.Code));
        Assert.Contains("0002_drop.contract.sql", said.Why.Sentence, StringComparison.Ordinal);
        Assert.Equal("release-too-old", stage.Deploy("1.0").Why.Code);
        Assert.Null(stage.Deploy("1.0", force: true).Refused);
    }

    [Fact]
    public void A_contract_that_a_release_works_with_leaves_it_a_way_back()
    {
        var stage = Serving(policy: policy => policy with { KeepWarm = Duration.Zero });
        stage.Migrates = Brings(Drop with { Compatible = Compatibility.Every });
        stage.RollingOut("1.1").Finish().Pass(60);
        Assert.Equal(1, Contracts(stage));
        Assert.Null(stage.Say(RolloutCommand.Rollback).Refused);
        var expands = Tries(stage);
        Assert.Equal("1.0", stage.Settle().Finish().State.StableRelease!.Version);
        Assert.Equal(expands, Tries(stage));
    }

    [Fact]
    public void A_release_that_knew_the_contract_stays_a_way_back_after_the_next_one_ran_it()
    {
        var stage = Serving(database => database with { ContractBy = ContractBy.Manual }, policy => policy with { KeepWarm = Duration.Zero });
        stage.Migrates = Brings(Drop);
        stage.RollingOut("1.1").Finish();
        stage.RollingOut("1.2").Finish().Pass(60);
        Assert.Equal("contract-waits-for-person", Held(stage));
        stage.Say(RolloutCommand.Contract);
        stage.Settle().Pass(5);
        Assert.Equal(1, Contracts(stage));
        Assert.Equal(["sha256:1.0"], stage.State.Database!.Broken.Keys);
        Assert.Null(stage.Say(RolloutCommand.Rollback).Refused);
    }

    [Fact]
    public void A_failed_contract_harms_nothing_is_told_of_and_blocks_what_comes_on_top_until_it_is_mended()
    {
        var stage = Serving(policy: policy => policy with { KeepWarm = Duration.Zero });
        var mended = false;
        stage.Migrates = effect => effect.Stage == MigrationStage.Contract && !mended
            ? Failure(new(FaultKind.Failed, Blame.Release, false, "0002_drop.contract.sql:1: cannot drop (2BP01)"), "0002_drop.contract.sql", 1) : Brings(Drop)(effect);
        stage.RollingOut("1.1").Finish().Pass(600);
        Assert.Equal((1, "1.1", "contract-failed"), (Contracts(stage), stage.State.StableRelease!.Version, Held(stage)));
        Assert.Contains(stage.State.Notices, notice => notice.Code == "contract-failed");

        stage.RollingOut("1.2");
        Assert.Equal("0002_drop.contract.sql", stage.Sent.OfType<RolloutEffect.Migrate>().Last(effect => effect.Stage == MigrationStage.Expand).Blocked);
        stage.Say(RolloutCommand.Abort);
        stage.Settle().Finish();
        mended = true;
        Assert.Null(stage.Say(RolloutCommand.Contract).Refused);
        stage.Settle().Pass(5);
        Assert.Null(stage.State.Database!.Contract);
        Assert.Empty(stage.State.Notices);
        Assert.Equal("no-contract", stage.Say(RolloutCommand.Contract).Why.Code);
    }

    [Fact]
    public void A_person_cannot_have_the_contract_before_its_time()
    {
        var stage = Serving(database => database with { ContractBy = ContractBy.Manual });
        stage.Migrates = Brings(Drop);
        stage.RollingOut("1.1").Finish();
        Assert.Equal((Refusal.Conflict, "contract-waits-for-warmth"), (stage.Say(RolloutCommand.Contract).Refused, stage.Last.Why.Code));
    }

    [Fact]
    public void What_the_database_has_is_known_also_when_the_word_of_it_was_lost()
    {
        var stage = Serving();
        var row = new AppliedMigration(4, "0001_a.sql", MigrationPhase.Expand, "sha256:abc", Compatibility.Every, "1.1", "test/shop/2", stage.Now, 12);
        stage.Migrates = _ => EffectOutcome.Done with { Migrations = new() { Applied = [row] } };
        stage.RollingOut("1.1");
        Assert.Equal((4, row.Checksum), (stage.State.Database!.Seq, stage.State.Database.Applied["0001_a.sql"].Checksum));
        stage.Finish();
        stage.RollingOut("1.2").Pass(5);
        Assert.Equal(4, stage.Sent.OfType<RolloutEffect.Migrate>().Last().After);
    }

    [Fact]
    public void Commands_expand_and_contract_in_place_of_files()
    {
        var stage = Serving(database => database with { Migrations = null, Expand = new(["./migrate"], Duration.FromMinutes(1)), Contract = new(["./clean"], Duration.FromMinutes(1)) },
            policy => policy with { KeepWarm = Duration.Zero });
        stage.Migrates = _ => new(null, ExitCode: 0, Output: "done");
        stage.RollingOut("1.1").Finish().Pass(60);
        Assert.Equal(1, Contracts(stage));
        Assert.Equal("rollback-broken", stage.Say(RolloutCommand.Rollback).Why.Code);
    }

    private static Stage Serving(Func<DatabaseSpec, DatabaseSpec>? database = null, Func<RolloutPolicy, RolloutPolicy>? policy = null)
    {
        var stage = Given.Service(weights: [50, 100], pause: 10, policy: policy);
        var spec = new DatabaseSpec { Connection = "env:DATABASE_URL", Migrations = "db" };
        stage.Service = stage.Service with { Database = database?.Invoke(spec) ?? spec };
        stage.Serving("1.0");
        stage.Sent.Clear();
        stage.Ledger.Clear();
        return stage;
    }

    private static Func<RolloutEffect.Migrate, EffectOutcome> Brings(PendingContract contract)
        => effect => EffectOutcome.Done with { Migrations = new() { Contracts = effect.Stage == MigrationStage.Expand ? [contract] : [], NewestContract = contract.Number } };

    private static EffectOutcome Failure(Fault fault, string file, int line) => new(fault) { Migrations = new() { Failure = new(file, line, "42701", fault.Message) } };

    private static int Tries(Stage stage) => stage.Happened<RolloutEvent.EffectIssued>().Count(e => e.Effect is RolloutEffect.Migrate { Stage: MigrationStage.Expand });

    private static int Contracts(Stage stage) => stage.Happened<RolloutEvent.EffectIssued>().Count(e => e.Effect is RolloutEffect.Migrate { Stage: MigrationStage.Contract });

    private static string? Held(Stage stage) => Migrating.Held(stage.State, stage.World, stage.Now)?.Code;
}
