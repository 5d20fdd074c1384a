using Fairway.Kernel;
using Fairway.Migrations;

namespace Fairway.Gates;

public sealed class MigrationGateTests
{
    public static TheoryData<string, MigrationsFact?, GateAnswer> Facts => new()
    {
        { "no-database", null, GateAnswer.Allow },
        { "migrations-none", new(0), GateAnswer.Allow },
        { "migrations-compatible", new(2), GateAnswer.Allow },
        { "migrations-unread", new(0) { Unread = "no folder" }, GateAnswer.Hold },
        { "migration-changed", new(1) { Refused = Why.Because("migration-changed", "0001_a.sql was changed") }, GateAnswer.Deny },
        { "migrations-dangerous", new(1) { Errors = [new("0002_b.sql", 3, "drop-column", MigrationSeverity.Error, "it drops a column", "drop it later")] }, GateAnswer.Deny },
        { "contract-failed", new(1) { Contract = "0001_a.contract.sql", ContractRelease = "sha256:old", ContractFailed = true }, GateAnswer.Deny },
        { "contract-pending", new(1) { Contract = "0001_a.contract.sql", ContractRelease = "sha256:old" }, GateAnswer.Hold },
        // Nothing is added on top of it.
        { "migrations-none", new(0) { Contract = "0001_a.contract.sql", ContractRelease = "sha256:old", ContractFailed = true }, GateAnswer.Allow },
    };

    [Theory]
    [MemberData(nameof(Facts))]
    public void The_checklist_says_of_migrations(string code, MigrationsFact? migrations, GateAnswer answer)
    {
        var settings = GateSettings.Open with { Checklist = new() { NeverRejected = CheckWeight.Off, Migrations = CheckWeight.Required } };
        var verdict = GateDecider.Decide(Given.Request(), settings, new() { Migrations = migrations }, Given.Now);
        var rule = Given.Rule(verdict, "checklist/migrations");
        Assert.Equal((code, answer, answer), (rule.Why.Code, rule.Answer, verdict.Answer));
        Assert.Equal(answer != GateAnswer.Allow, rule.Change is not null && rule.Who is not null);
        Assert.DoesNotContain("{", rule.Why.Sentence, StringComparison.Ordinal);
    }
}
