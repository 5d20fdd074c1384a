using NodaTime;

namespace Fairway.Migrations;

public sealed class PlanTests
{
    private static readonly (string, string)[] Three = [("1_a.sql", "select 1"), ("2_b.expand.sql", "select 2"), ("2_b.contract.sql", "select 3")];

    [Fact]
    public void What_has_not_run_is_pending_in_order_each_in_its_phase()
    {
        var plan = Plan(Files.Read(Three), []);
        Assert.Null(plan.Refused);
        Assert.Equal(["1_a.sql", "2_b.expand.sql"], plan.Expands.Select(file => file.Name));
        Assert.Equal(["2_b.contract.sql"], plan.Contracts.Select(file => file.Name));
        Assert.Empty(Plan(Files.Read(Three), Applied(Files.Read(Three))).Expands);
    }

    [Fact]
    public void A_file_changed_after_it_ran_is_refused_with_both_checksums()
    {
        var refused = Plan(Files.Read(("1_a.sql", "select 7"), Three[1]), Applied(Files.Read(Three[0]))).Refused!;
        Assert.Equal("migration-changed", refused.Code);
        Assert.Contains("1_a.sql was changed after 1.0 had run it", refused.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_missing_in_the_middle_is_refused_and_one_of_a_newer_release_is_not()
    {
        var applied = Applied(Files.Read(("1_a.sql", "select 1"), ("2_b.sql", "select 2"), ("3_c.sql", "select 3")));
        Assert.Equal("migration-missing", Plan(Files.Read(("1_a.sql", "select 1"), ("3_c.sql", "select 3")), applied).Refused!.Code);
        var older = Plan(Files.Read(("1_a.sql", "select 1")), applied);
        Assert.Null(older.Refused);
        Assert.Contains("2 migrations that this release does not have", older.Notes.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_older_than_a_contract_is_refused_unless_the_contract_says_that_it_works()
    {
        var contract = Files.Read(Three).Files[^1];
        AppliedMigration[] applied = [.. Applied(Files.Read(Three[0], Three[1])), Row(3, contract, Compatibility.None)];
        Assert.Equal("release-too-old", Plan(Files.Read(Three[0]), applied).Refused!.Code);
        Assert.Null(Plan(Files.Read(Three), applied).Refused);
        applied[2] = applied[2] with { Compatible = Compatibility.Parse("1.0.0")! };
        Assert.Null(Plan(Files.Read(Three[0]), applied, version: "1.0.0").Refused);
        Assert.Equal("release-too-old", Plan(Files.Read(Three[0]), applied, version: "0.9.0").Refused!.Code);
    }

    [Fact]
    public void A_file_before_one_that_has_run_is_refused_unless_the_order_does_not_matter()
    {
        var (files, applied) = (Files.Read(("1_a.sql", "select 1"), ("2_b.sql", "select 2"), ("3_c.sql", "select 3")), Applied(Files.Read(("1_a.sql", "select 1"), ("3_c.sql", "select 3"))));
        Assert.Equal("migration-out-of-order", Plan(files, applied).Refused!.Code);
        Assert.Equal(["2_b.sql"], Plan(files, applied, outOfOrder: true).Expands.Select(file => file.Name));
    }

    [Fact]
    public void An_expand_that_says_that_what_serves_would_break_is_refused()
    {
        var files = Files.Read(("1_a.sql", "-- fairway: compatible 1.2.0\nselect 1"));
        Assert.Equal("migration-incompatible", Plan(files, [], serving: "1.1.0").Refused!.Code);
        Assert.Null(Plan(files, [], serving: "1.2.0").Refused);
        Assert.Null(Plan(files, [], serving: null).Refused);
    }

    [Fact]
    public void Nothing_is_added_on_top_of_a_contract_that_failed_but_what_adds_nothing_passes()
    {
        Assert.Equal("contract-failed-before", Plan(Files.Read(Three), [], blocked: "0_x.contract.sql").Refused!.Code);
        Assert.Null(Plan(Files.Read(Three), Applied(Files.Read(Three[0], Three[1])), blocked: "2_b.contract.sql").Refused);
    }

    [Fact]
    public void Files_that_cannot_be_read_let_nothing_run()
        => Assert.Contains("1_a.sql:1", Plan(Files.Read(("1_a.sql", "select 'abc")), []).Refused!.Sentence, StringComparison.Ordinal);

    private static MigrationPlan Plan(
        MigrationDirectory files, IReadOnlyCollection<AppliedMigration> applied, string version = "2.0.0", string? serving = "1.0.0", bool outOfOrder = false, string? blocked = null)
        => MigrationPlan.Of(files, applied, new(version, serving, Compatibility.None, outOfOrder) { Blocked = blocked });

    private static AppliedMigration[] Applied(MigrationDirectory files)
        => [.. files.Files.Select((file, i) => Row(i + 1, file, MigrationPlan.CompatibilityOf(file, Compatibility.None)))];

    private static AppliedMigration Row(long seq, MigrationFile file, Compatibility compatible)
        => new(seq, file.Name, file.Phase, file.Checksum, compatible, "1.0", "production/shop/1", Instant.FromUtc(2026, 1, 1, 0, 0), 1);
}
