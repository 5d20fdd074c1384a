namespace Fairway.Configuration;

/// <summary>One pass over a tree: where it is, what it found, and where the parts stand.</summary>
/// <param name="diagnostics">Where mistakes go.</param>
/// <param name="partial">
/// Whether only a part of the whole is there (a base without its overrides, an override, a file cut off by a syntax error): then nothing is
/// missing and
/// nothing is checked across fields.
/// </param>
internal sealed class Binder(DiagnosticList diagnostics, bool partial)
{
    private readonly ImmutableDictionary<string, SourcePosition>.Builder _positions = ImmutableDictionary.CreateBuilder<string, SourcePosition>(StringComparer.Ordinal);
    private string _path = "";

    /// <summary>Whether only a part of the whole is there.</summary>
    public bool Partial { get; private set; } = partial;

    /// <summary>Where mistakes go.</summary>
    public DiagnosticList Diagnostics { get; } = diagnostics;

    /// <summary>What is being read, for messages: <c>steps[2].weight</c> is named by its last part.</summary>
    public string Name { get; private set; } = "the file";

    /// <summary>Position of the name of what is being read; null at the root.</summary>
    public SourcePosition? Owner { get; private set; }

    /// <summary>Where everything read so far stands.</summary>
    public SourceMap Sources => new(_positions.ToImmutable());

    /// <summary>Reads a part. A list's or mapping's place is its name's, a single value's its own.</summary>
    /// <param name="shape">What it should be.</param>
    /// <param name="node">What is written.</param>
    /// <param name="segment">Its name, or <c>[index]</c>.</param>
    /// <param name="owner">Position of its name; null for a list's item.</param>
    /// <param name="value">What was read.</param>
    public bool Bind<T>(Shape<T> shape, ConfigurationNode node, string segment, SourcePosition? owner, out T value)
    {
        var (path, name, before) = (_path, Name, Owner);
        _path = segment.StartsWith('[') || path.Length == 0 ? path + segment : $"{path}.{segment}";
        Name = segment.StartsWith('[') ? name + segment : segment;
        Owner = owner ?? node.At;
        _positions[_path] = node is ScalarNode ? node.At : owner ?? node.At;
        var ok = shape.TryBind(node, this, out value);
        (_path, Name, Owner) = (path, name, before);
        return ok;
    }

    /// <summary>Reads a whole by itself: its parts' paths begin below it.</summary>
    public bool BindWhole<T>(Shape<T> shape, ConfigurationNode node, string name, SourcePosition owner, out T value)
    {
        (_path, Name, Owner) = ("", name, owner);
        _positions[""] = owner;
        return shape.TryBind(node, this, out value);
    }

    /// <summary>Reads a record that is not whole yet: only mistakes are wanted, and none for what is missing.</summary>
    public bool BindPart<T>(RecordShape<T> record, ConfigurationNode node)
    {
        var before = Partial;
        Partial = true;
        var ok = record.TryBind(node, this, out _);
        Partial = before;
        return ok;
    }

    /// <summary>Reports that the value is a list where a single value was expected, or the like. Always false.</summary>
    public bool WrongKind(ConfigurationNode node, string expected, string? didYouMean = null)
    {
        var at = node is ScalarNode { Value.Length: > 0 } or SequenceNode || Owner is null ? node.At : Owner.Value;
        Diagnostics.Error(DiagnosticCodes.WrongKind, at, $"{Name} is {node.Kind}", expected, didYouMean);
        return false;
    }

    /// <summary>Reports a list or mapping with too little in it. Always false.</summary>
    public bool Empty(ConfigurationNode node, string expected)
    {
        Diagnostics.Error(DiagnosticCodes.WrongKind, node.At, $"{Name} is empty", expected);
        return false;
    }

    /// <summary>Reports a value that could not be read. Always false.</summary>
    public bool Wrong<T>(ScalarNode node, Parsed<T> parsed, string expected)
    {
        var shown = $"\"{Shown(node.Written)}\"";
        Diagnostics.Error(parsed.Code, node.At, $"{Name} {(parsed.Problem is null ? $"is {shown}" : $"{parsed.Problem}: {shown}")}",
            expected,
            node.Interpolated ? null : parsed.Suggestion);
        return false;
    }

    private static string Shown(string text)
    {
        var line = new string([.. text.Select(letter => char.IsControl(letter) ? ' ' : letter)]);
        return SecretNames.Conceal(line.Length <= 60 ? line : line[..57] + "…");
    }
}
