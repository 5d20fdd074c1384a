using Fairway.Migrations;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>The section <c>database</c> of a service.</summary>
internal static class DatabaseDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<DatabaseSpec> Declare() => new RecordShape<DatabaseSpec>("Database",
            "The service's database: how its schema changes with a release. It is expanded before the release starts, and contracted after its guard, when what "
                + "served before is stopped. A rollback changes nothing in it.", new())
        .Optional("connection", ServiceDeclaration.SecretReference, "Where the connection string is found: `env:NAME` (the control plane's environment) or `file:/path`. Read when it is used, never stored.",
            "none; needed with `migrations`", (database, value) => database with { Connection = value }).Like("env:DATABASE_URL", "file:/run/secrets/database").Not("url", "dsn", "connectionString")
        .Optional("migrations", Scalars.Word("a folder inside the artifact", "path").Where("a folder inside the artifact", ServiceDeclaration.OutsideArtifact),
            "Folder of the artifact with SQL files: `0007_add_email.sql` (or `.expand.sql`) runs before the release starts, `0007_add_email.contract.sql` after its guard.", "none",
            (database, value) => database with { Migrations = value }).Like("db", "db/migrations").Not("path", "folder", "directory", "scripts")
        .Optional("expand", RolloutDeclaration.DeclareHook(), "A command that expands the schema in place of files. It must do nothing when it is run again.", "none",
            (database, value) => database with { Expand = value }).Like("./migrate expand").Not("up", "migrate")
        .Optional("contract", RolloutDeclaration.DeclareHook(), "A command that contracts the schema in place of files. It must do nothing when it is run again.", "none",
            (database, value) => database with { Contract = value }).Like("./migrate contract").Not("cleanup")
        .OneOf("migrations", "expand").OneOf("migrations", "contract")
        .Field("compatible", Releases, "Which earlier releases still work after a contract whose file says nothing of it: `false` (none), `true` (all), or the oldest version that does.",
            database => database.Compatible, (database, value) => database with { Compatible = value })
        .Field("lockTimeout", Scalars.Time(zero: false), "Longest wait for a lock. Queries that come later wait behind it, so it is short, and tried again.", database => database.LockTimeout,
            (database, value) => database with { LockTimeout = value }).Not("lock_timeout")
        .Field("lockRetries", Scalars.Whole(0, 1_000), "Tries more after a lock was not had in time.", database => database.LockRetries, (database, value) => database with { LockRetries = value }).Not("retries")
        .Field("retryPause", Scalars.Time(zero: false), "Time between two tries, in which those who waited go on.", database => database.RetryPause, (database, value) => database with { RetryPause = value })
        .Field("statementTimeout", Scalars.Time(zero: false), "Longest run of one statement. One that cannot be in a transaction, such as `CREATE INDEX CONCURRENTLY`, has `timeout`.",
            database => database.StatementTimeout, (database, value) => database with { StatementTimeout = value }).Not("statement_timeout")
        .Field("timeout", Scalars.Time(zero: false), "Longest run of everything that is pending.", database => database.Timeout, (database, value) => database with { Timeout = value }).Not("deadline")
        .Optional("guard", Scalars.Time(), "How long a release that brings a contract is watched at 100 %, before it may run.", "`rollout.guard`, which is never undercut",
            (database, value) => database with { Guard = value }).Like("1h")
        .Field("contractBy", Scalars.OneOf(("auto", ContractBy.Auto), ("manual", ContractBy.Manual)),
            "`auto` runs the contract when its time has come, `manual` waits for `fairway migration contract` then.", database => database.ContractBy, (database, value) => database with { ContractBy = value })
        .Field("outOfOrder", Scalars.Switch, "Whether a file may come before one that has run.", database => database.OutOfOrder, (database, value) => database with { OutOfOrder = value })
        .Optional("shadow", Shadow, "A copy that everything pending runs against first, with time and locks measured. What fails there is not run on the database.", "none",
            (database, value) => database with { Shadow = value }).Not("copy", "dryRun", "rehearsal")
        .Check(Complete);

    private static RecordShape<ShadowSpec> Shadow => new RecordShape<ShadowSpec>("Shadow", "A copy of the database.", new() { Connection = "" })
        .Required("connection", ServiceDeclaration.SecretReference, "Where the copy's connection string is found.", (shadow, value) => shadow with { Connection = value })
            .Like("env:SHADOW_DATABASE_URL").Not("url", "dsn")
        .Optional("copy", RolloutDeclaration.DeclareHook(), "A command of the release that makes the copy anew, such as by restoring the newest backup.", "it is made otherwise",
            (shadow, value) => shadow with { Copy = value }).Like("./restore-backup").Not("command", "run", "restore")
        .Field("longestLock", Scalars.Time(zero: false), "A file that keeps others out for longer than this on the copy stops the rollout.", shadow => shadow.LongestLock,
            (shadow, value) => shadow with { LongestLock = value });

    private static ScalarShape<Compatibility> Releases => new("`true`, `false` or a version", Compatibility.Expected,
        text => Compatibility.Parse(text) is { } read ? Parsed.Value(read) : Parsed.Malformed<Compatibility>(text is "yes" or "all" ? "true" : text is "no" or "none" ? "false" : null),
        value => value.ToString(), () => new() { ["type"] = new System.Text.Json.Nodes.JsonArray("string", "boolean") });

    private static void Complete(DatabaseSpec database, MappingNode node, Binder binder)
    {
        if (database is { Migrations: null, Expand: null, Contract: null })
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, node.At, "the database has neither migrations nor commands", "migrations, expand or contract");
        else if (database is { Migrations: not null, Connection: null })
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, node.Find("migrations")!.Key.At, "migrations need a database, and connection is missing", "connection: env:NAME");
        else if (database is { Shadow: not null, Migrations: null })
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, node.Find("shadow")!.Key.At, "a shadow runs SQL files, and there are no migrations", "migrations: a folder");
        if (database.Shadow is { } shadow && shadow.Connection == database.Connection)
            binder.Diagnostics.Error(DiagnosticCodes.BadValue, node.Find("shadow")!.Key.At, "the shadow is the database itself", "the connection of a copy");
    }
}
