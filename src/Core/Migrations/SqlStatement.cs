namespace Fairway.Migrations;

/// <summary>One statement of a migration.</summary>
public sealed record SqlStatement
{
    /// <summary>As written, without the semicolon.</summary>
    public required string Text { get; init; }

    /// <summary>Line of its first word, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Its tokens; never none.</summary>
    internal ImmutableArray<SqlToken> Tokens { get; init; } = [];

    /// <summary>Whether PostgreSQL refuses it inside of a transaction.</summary>
    public bool NeedsNoTransaction => Starts("VACUUM") || Starts("ALTER", "SYSTEM") || Starts("CREATE", "DATABASE") || Starts("DROP", "DATABASE")
        || Starts("CREATE", "TABLESPACE") || Starts("DROP", "TABLESPACE") || Starts("CREATE", "SUBSCRIPTION") || Starts("DROP", "SUBSCRIPTION")
        || Starts("REINDEX", "DATABASE") || Starts("REINDEX", "SYSTEM") || (Starts("CLUSTER") && Tokens.Length == 1)
        || (Has("CONCURRENTLY") && (Starts("CREATE") || Starts("DROP", "INDEX") || Starts("REINDEX") || Starts("ALTER", "TABLE")));

    /// <summary>Whether it begins or ends a transaction, which is not the file's to do.</summary>
    public bool ControlsTransaction => Starts("BEGIN") || Starts("START", "TRANSACTION") || Starts("COMMIT") || Starts("END") || Starts("ROLLBACK") || Starts("ABORT")
        || Starts("SAVEPOINT") || Starts("RELEASE") || Starts("PREPARE", "TRANSACTION");

    /// <summary>The index that a <c>CREATE INDEX CONCURRENTLY</c> or <c>DROP INDEX CONCURRENTLY</c> is about; null when it is another statement or has no name.</summary>
    public (string? Schema, string Name, string? Table, bool Creates)? ConcurrentIndex
    {
        get
        {
            if (!Has("CONCURRENTLY") || !Has("INDEX")) return null;
            var creates = Starts("CREATE");
            if (!creates && !Starts("DROP", "INDEX")) return null;
            var at = Tokens.ToList().FindIndex(token => token.Is("CONCURRENTLY")) + 1;
            if (At(at).Is("IF")) at += creates ? 3 : 2;
            if (At(at) is not { Kind: SqlTokenKind.Word or SqlTokenKind.Name } first || first.Is("ON")) return null;
            return At(at + 1).IsSign('.') ? (first.AsName, At(at + 2).AsName, null, creates) : (null, first.AsName, creates ? Table(at + 1) : null, creates);
        }
    }

    /// <summary>Whether it makes a table of that name.</summary>
    public bool Makes(string table)
    {
        if (!Starts("CREATE")) return false;
        var at = Tokens.ToList().FindIndex(token => token.Is("TABLE")) + 1;
        if (at == 0) return false;
        while (At(at).Is("IF") || At(at).Is("NOT") || At(at).Is("EXISTS")) at++;
        return (At(at + 1).IsSign('.') ? At(at + 2) : At(at)).AsName == table;
    }

    // After ON [ONLY], as it is written.
    private string? Table(int at)
    {
        if (!At(at).Is("ON")) return null;
        if (At(++at).Is("ONLY")) at++;
        return At(at + 1).IsSign('.') ? Written(At(at)) + "." + Written(At(at + 2)) : Written(At(at));

        static string Written(SqlToken token) => token.Kind == SqlTokenKind.Name ? "\"" + token.Value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : token.Value;
    }

    /// <summary>Whether it begins with those words.</summary>
    internal bool Starts(params ReadOnlySpan<string> words)
    {
        for (var i = 0; i < words.Length; i++)
            if (!At(i).Is(words[i])) return false;
        return true;
    }

    /// <summary>Whether the key word is in it, outside of strings and quoted names.</summary>
    internal bool Has(string word) => Tokens.Any(token => token.Is(word));

    /// <summary>The token at a place; an empty one beyond the end.</summary>
    internal SqlToken At(int index) => index >= 0 && index < Tokens.Length ? Tokens[index] : new(SqlTokenKind.Symbol, "", 0, Line);

    /// <summary>Cuts a file into its statements.</summary>
    /// <returns>The statements before what could not be read, and what that was.</returns>
    internal static (ImmutableArray<SqlStatement> Statements, (string Problem, int Line)? Broken) Split(string text)
    {
        var statements = ImmutableArray.CreateBuilder<SqlStatement>();
        var tokens = ImmutableArray.CreateBuilder<SqlToken>();
        var reader = new SqlReader(text);
        var (depth, body) = (0, 0);
        while (reader.Next() is { } token)
        {
            if (token.IsSign(';') && depth == 0 && body == 0)
            {
                Add(token.At);
                continue;
            }
            tokens.Add(token);
            if (token.IsSign('(')) depth++;
            else if (token.IsSign(')')) depth = Math.Max(0, depth - 1);
            // The body of a SQL-standard function holds statements of its own: BEGIN ATOMIC … END.
            else if (token.Is("ATOMIC") && tokens.Count > 1 && tokens[^2].Is("BEGIN")) body++;
            else if (body > 0 && token.Is("CASE")) body++;
            else if (body > 0 && token.Is("END")) body--;
        }
        if (reader.Broken is null) Add(text.Length);
        return (statements.ToImmutable(), reader.Broken);

        void Add(int end)
        {
            if (tokens.Count == 0) return;
            statements.Add(new() { Text = text[tokens[0].At..end].TrimEnd(), Line = tokens[0].Line, Tokens = tokens.ToImmutable() });
            tokens.Clear();
            (depth, body) = (0, 0);
        }
    }
}
