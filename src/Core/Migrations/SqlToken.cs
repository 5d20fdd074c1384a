namespace Fairway.Migrations;

/// <summary>What a token of SQL is.</summary>
internal enum SqlTokenKind
{
    /// <summary>A key word or a name without quotes.</summary>
    Word,

    /// <summary>A name in double quotes.</summary>
    Name,

    /// <summary>A string, in quotes or between dollars.</summary>
    Text,

    /// <summary>A number, an operator, a bracket, a comma.</summary>
    Symbol,
}

/// <summary>A token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">As written; a name without its quotes.</param>
/// <param name="At">Offset in the file.</param>
/// <param name="Line">From 1.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, string Value, int At, int Line)
{
    /// <summary>Whether it is that key word.</summary>
    public bool Is(string word) => Kind == SqlTokenKind.Word && string.Equals(Value, word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is that sign.</summary>
    public bool IsSign(char sign) => Kind == SqlTokenKind.Symbol && Value.Length == 1 && Value[0] == sign;

    /// <summary>The name that it stands for: folded to small letters unless it was quoted.</summary>
    public string AsName => Kind == SqlTokenKind.Word ? Value.ToLowerInvariant() : Value;
}
