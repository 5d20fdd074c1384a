namespace Fairway.Migrations;

/// <summary>
/// What a statement would do to what serves, told from its text alone: what earlier releases would miss, and what would hold a lock that everybody waits behind.
/// What a string or a <c>DO</c> block holds is not looked into.
/// </summary>
public static class MigrationLint
{
    private static readonly ImmutableArray<Check> Checks =
    [
        new("drop-column", true, Dropped, "it drops a column that earlier releases may still read or write", "drop it in a .contract.sql, which runs when no earlier release is gone back to"),
        new("drop-object", true, static one => one.Starts("DROP", "TABLE") || one.Starts("DROP", "VIEW") || one.Starts("DROP", "MATERIALIZED") || one.Starts("DROP", "SCHEMA")
            || one.Starts("DROP", "TYPE") || one.Starts("DROP", "SEQUENCE") || one.Starts("DROP", "FUNCTION") || one.Starts("DROP", "OWNED"),
            "it drops what earlier releases may still use", "drop it in a .contract.sql"),
        new("rename", true, Renamed, "it renames what earlier releases know by its old name", "add the new one beside the old, keep both alike, and drop the old one in a .contract.sql"),
        new("truncate", true, static one => one.Starts("TRUNCATE"), "it empties a table that earlier releases use", "do it in a .contract.sql"),
        new("add-not-null", true, AddedNotNull, "it adds a column that must have a value and has no default, so inserts of earlier releases fail", "give it a constant DEFAULT, or let it be null until the contract"),
        new("set-not-null", false, static one => Altering(one) && one.Has("SET") && Follows(one, "SET", "NOT", "NULL"),
            "it reads the whole table while nobody else can use it, and inserts of earlier releases may fail",
            "add CHECK (column IS NOT NULL) NOT VALID, validate it in a file of its own, and set NOT NULL in the .contract.sql"),
        new("column-type", false, static one => Altering(one) && (Follows(one, "DATA", "TYPE") || RetypesColumn(one)),
            "it changes a column's type, which mostly rewrites the whole table while nobody else can use it", "add a column of the new type, fill it in batches, and drop the old one in the .contract.sql"),
        new("rewrites-table", false, Rewrites, "it computes a value for every row, and rewrites the table while nobody else can use it", "add the column without it, fill it in batches, and set the default after"),
        new("index-blocks-writes", false, static one => IsIndex(one) && !one.Has("CONCURRENTLY"), "it builds an index while nobody can write to the table", "write CREATE INDEX CONCURRENTLY, in a file of its own") { NewTable = IndexedTable },
        new("constraint-scans", false, static one => Adding(one) && (Follows(one, "FOREIGN", "KEY") || one.Has("CHECK")) && !Follows(one, "NOT", "VALID"),
            "it checks every row while nobody else can write", "add it NOT VALID, and VALIDATE CONSTRAINT in the next file"),
        new("constraint-builds-index", false, static one => Adding(one) && (one.Has("UNIQUE") || Follows(one, "PRIMARY", "KEY") || one.Has("EXCLUDE")) && !Follows(one, "USING", "INDEX"),
            "it builds an index while nobody else can use the table", "build it with CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX"),
        new("long-lock", false, LocksLong, "it holds a lock that everybody waits behind until it is done", "use the CONCURRENTLY form, or do it outside of a rollout") { NewTable = static _ => null },
    ];

    /// <summary>Checks that a file's header may set aside.</summary>
    public static ImmutableArray<string> Codes { get; } = [.. Checks.Select(check => check.Code), "all-rows", "validate-beside-add", "split"];

    /// <summary>Everything worth saying of a folder's files, in their order.</summary>
    public static ImmutableArray<MigrationFinding> Of(MigrationDirectory directory)
        => [.. directory.Problems.Concat(directory.Files.SelectMany(Of)).OrderBy(finding => finding.File, StringComparer.Ordinal).ThenBy(finding => finding.Line)];

    /// <summary>Everything worth saying of a file's statements, in their order.</summary>
    public static IEnumerable<MigrationFinding> Of(MigrationFile file)
    {
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (var statement in file.Statements)
        {
            if (Impossible(statement) is { } impossible)
            {
                yield return new(file.Name, statement.Line, impossible.Code, MigrationSeverity.Error, impossible.What, impossible.Mend);
                continue;
            }
            if (statement.Starts("CREATE") && statement.Has("TABLE")) made.Add(NameAfter(statement, "TABLE"));
            foreach (var check in Checks)
            {
                if (file.Allowed.ContainsKey(check.Code) || !check.Applies(statement) || (check.TakesAway && file.Phase == MigrationPhase.Contract)) continue;
                if (made.Contains(check.NewTable is { } table ? table(statement) ?? "" : NameAfter(statement, "TABLE"))) continue;
                yield return new(file.Name, statement.Line, check.Code, file.Phase == MigrationPhase.Expand ? MigrationSeverity.Error : MigrationSeverity.Warning, check.What, check.Mend);
            }
            foreach (var warning in Warnings(file, statement))
                if (!file.Allowed.ContainsKey(warning.Code)) yield return warning;
        }
    }

    private static (string Code, string What, string Mend)? Impossible(SqlStatement one)
    {
        if (one.ControlsTransaction) return ("transaction-control", "it begins or ends a transaction, but every file is one already", "leave it out; put what must be apart into files of their own");
        return one.Starts("COPY") && one.Has("STDIN") ? ("copy-stdin", "it reads rows from a client that is not there", "write INSERT, or let the service fill the table") : null;
    }

    private static IEnumerable<MigrationFinding> Warnings(MigrationFile file, SqlStatement one)
    {
        if ((one.Starts("UPDATE") || one.Starts("DELETE")) && !one.Has("WHERE"))
            yield return Warn("all-rows", "it changes every row in one transaction, and those rows stay locked until it is done", "change them in batches, some thousand rows a statement");
        if (Altering(one) && Follows(one, "VALIDATE", "CONSTRAINT") && file.Statements.Any(other => Adding(other)))
            yield return Warn("validate-beside-add", "it validates a constraint under the lock with which the same file added it", "validate it in the next file");
        if (one.NeedsNoTransaction && file.Statements.Length > 1)
            yield return Warn("split", "it cannot be in a transaction, so this file is run statement by statement and not as a whole", "put it into a file of its own");

        MigrationFinding Warn(string code, string what, string mend) => new(file.Name, one.Line, code, MigrationSeverity.Warning, what, mend);
    }

    private static bool Altering(SqlStatement one) => one.Starts("ALTER", "TABLE");

    private static bool Adding(SqlStatement one) => Altering(one) && Follows(one, "ADD", "CONSTRAINT") || Altering(one) && (Follows(one, "ADD", "FOREIGN") || Follows(one, "ADD", "CHECK")
        || Follows(one, "ADD", "UNIQUE") || Follows(one, "ADD", "PRIMARY") || Follows(one, "ADD", "EXCLUDE"));

    // DROP CONSTRAINT, DEFAULT, NOT NULL, EXPRESSION and IDENTITY take nothing that a query names.
    private static bool Dropped(SqlStatement one)
    {
        if (!Altering(one) && !one.Starts("ALTER", "TYPE")) return false;
        for (var i = 2; i < one.Tokens.Length; i++)
            if (one.At(i).Is("DROP") && !one.At(i + 1).Is("CONSTRAINT") && !one.At(i + 1).Is("DEFAULT") && !one.At(i + 1).Is("NOT") && !one.At(i + 1).Is("EXPRESSION") && !one.At(i + 1).Is("IDENTITY")) return true;
        return false;
    }

    private static bool Renamed(SqlStatement one)
    {
        if (!one.Starts("ALTER") || one.Starts("ALTER", "INDEX")) return false;
        for (var i = 2; i < one.Tokens.Length; i++)
            if (one.At(i).Is("RENAME") && !one.At(i + 1).Is("CONSTRAINT")) return true;
        return Follows(one, "SET", "SCHEMA");
    }

    private static bool RetypesColumn(SqlStatement one)
    {
        for (var i = 2; i < one.Tokens.Length; i++)
            if (one.At(i).Is("ALTER") && one.At(one.At(i + 1).Is("COLUMN") ? i + 3 : i + 2).Is("TYPE")) return true;
        return false;
    }

    private static bool AddedNotNull(SqlStatement one)
        => Columns(one).Any(column => Has(column, "NOT", "NULL") && !Has(column, "DEFAULT") && !Has(column, "GENERATED") && !column.Any(token => token.Value.EndsWith("serial", StringComparison.OrdinalIgnoreCase)));

    // A default that is the same for all rows is stored once; one that is computed for each row is written into each.
    private static bool Rewrites(SqlStatement one) => (Altering(one) && (Follows(one, "SET", "TABLESPACE") || Follows(one, "SET", "LOGGED") || Follows(one, "SET", "UNLOGGED")))
        || Columns(one).Any(column => column.Any(token => token.Value.EndsWith("serial", StringComparison.OrdinalIgnoreCase)) || Has(column, "GENERATED") || (Has(column, "DEFAULT") && Computed(column)));

    private static bool Computed(IReadOnlyList<SqlToken> column)
        => column.Any(token => token.Kind == SqlTokenKind.Word && token.Value.ToLowerInvariant() is "random" or "gen_random_uuid" or "clock_timestamp" or "nextval" or "uuid_generate_v4" or "timeofday");

    private static bool LocksLong(SqlStatement one) => one.Starts("LOCK") || one.Starts("CLUSTER") || (one.Starts("VACUUM") && one.Has("FULL"))
        || ((one.Starts("REINDEX") || one.Starts("REFRESH", "MATERIALIZED", "VIEW")) && !one.Has("CONCURRENTLY"));

    private static bool IsIndex(SqlStatement one) => one.Starts("CREATE", "INDEX") || one.Starts("CREATE", "UNIQUE", "INDEX");

    private static string? IndexedTable(SqlStatement one) => NameAfter(one, "ON");

    // Each "ADD [COLUMN] name type …" of an ALTER TABLE, up to its comma.
    private static IEnumerable<IReadOnlyList<SqlToken>> Columns(SqlStatement one)
    {
        if (!Altering(one)) yield break;
        for (var i = 2; i < one.Tokens.Length; i++)
        {
            if (!one.At(i).Is("ADD") || one.At(i + 1).Is("CONSTRAINT") || one.At(i + 1).Is("CHECK") || one.At(i + 1).Is("UNIQUE") || one.At(i + 1).Is("PRIMARY")
                || one.At(i + 1).Is("FOREIGN") || one.At(i + 1).Is("EXCLUDE")) continue;
            var (column, depth) = (new List<SqlToken>(), 0);
            for (i++; i < one.Tokens.Length && !(depth == 0 && one.At(i).IsSign(',')); i++)
            {
                depth += one.At(i).IsSign('(') ? 1 : one.At(i).IsSign(')') ? -1 : 0;
                column.Add(one.At(i));
            }
            yield return column;
        }
    }

    private static bool Has(IReadOnlyList<SqlToken> tokens, params ReadOnlySpan<string> words)
    {
        for (var i = 0; i + words.Length <= tokens.Count; i++)
            if (Match(tokens, i, words)) return true;
        return false;
    }

    private static bool Match(IReadOnlyList<SqlToken> tokens, int at, ReadOnlySpan<string> words)
    {
        for (var i = 0; i < words.Length; i++)
            if (!tokens[at + i].Is(words[i])) return false;
        return true;
    }

    private static bool Follows(SqlStatement one, params ReadOnlySpan<string> words) => Has(one.Tokens, words);

    // The table after a word, without IF [NOT] EXISTS, ONLY and its schema; empty when there is none.
    private static string NameAfter(SqlStatement one, string word)
    {
        var at = one.Tokens.ToList().FindIndex(token => token.Is(word)) + 1;
        if (at == 0) return "";
        while (one.At(at).Is("IF") || one.At(at).Is("NOT") || one.At(at).Is("EXISTS") || one.At(at).Is("ONLY")) at++;
        return one.At(at + 1).IsSign('.') ? one.At(at + 2).AsName : one.At(at).AsName;
    }

    /// <summary>A check.</summary>
    /// <param name="Code">Its name.</param>
    /// <param name="TakesAway">Whether it is just what a contract is for.</param>
    /// <param name="Applies">Whether the statement does it.</param>
    /// <param name="What">What that does.</param>
    /// <param name="Mend">What to write instead.</param>
    private sealed record Check(string Code, bool TakesAway, Func<SqlStatement, bool> Applies, string What, string Mend)
    {
        /// <summary>The table whose making in the same file lets it pass; null is the one after TABLE.</summary>
        public Func<SqlStatement, string?>? NewTable { get; init; }
    }
}
