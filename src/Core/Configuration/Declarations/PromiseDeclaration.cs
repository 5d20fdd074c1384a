using Fairway.Catalog;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>What a service promises besides answering: <c>backup</c> and <c>objectives</c>.</summary>
internal static class PromiseDeclaration
{
    /// <summary>The section <c>backup</c>.</summary>
    public static RecordShape<BackupPromise> Backup() => new RecordShape<BackupPromise>("Backup", "What a service promises of its backups.", new(Duration.FromHours(24), null))
        .Field("maxAge", Scalars.Time(zero: false), "The newest backup is no older than this.", backup => backup.MaxAge, (backup, value) => backup with { MaxAge = value }).Not("age", "every")
        .Optional("proof", Scalars.Word("the path of a file", "path"),
            "A file that every backup writes anew, relative to this one: when it was last written is when a backup was made. What `fairway attest` says of backups counts as well.", "attestations alone",
            (backup, value) => backup with { Proof = value }).Like("/var/backups/shop/latest").Not("file", "path");

    /// <summary>The section <c>objectives</c>.</summary>
    public static MapShape<Objective> Objectives() => new("objectives by name", NameRules.Services, new RecordShape<Objective>("Objective",
            "A share of events that must be good, from two counts over the same window.", new("", "", "", 0, Duration.FromDays(30)))
        .Required("good", Scalars.Word("a PromQL expression"), "PromQL: how many events of the window were good, as one number.", (objective, value) => objective with { Good = value })
            .Like("sum(increase(http_requests_total{code!~\"5..\"}[30d]))")
        .Required("total", Scalars.Word("a PromQL expression"), "PromQL: how many there were, as one number.", (objective, value) => objective with { Total = value })
            .Like("sum(increase(http_requests_total[30d]))")
        .Required("target", Scalars.Ratio.Where("a percentage above 0% and below 100%", ratio => ratio is > 0 and < 1 ? null : ("leaves nothing that may go wrong, or nothing that must go well", null)),
            "The share that must be good.", (objective, value) => objective with { Target = value }).Like("99.9%").Not("objective", "goal")
        .Field("window", Scalars.Time(zero: false), "The window that both expressions speak of.", objective => objective.Window, (objective, value) => objective with { Window = value }));
}
