using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A single value, read from its text by the type that is expected: no guess is made from how it looks.</summary>
internal sealed class ScalarShape<T>(string label, string expected, Func<string, Parsed<T>> parse, Func<T, JsonNode?> write,
    Func<JsonObject> schema) : Shape<T>
{
    public override string Expected => expected;

    public override string Label => label;

    /// <summary>Whether the value may be secret: it is neither repeated in messages nor shown in excerpts.</summary>
    public bool Secret { get; init; }

    /// <summary>Whether a path written in it is relative to the file it stands in.</summary>
    public Func<SourceFile, T, T>? Located { get; init; }

    public override JsonObject Schema() => schema();

    public override JsonNode? Write(T value) => write(value);

    /// <summary>The same with a condition on the value.</summary>
    /// <param name="expected">What is expected with it.</param>
    /// <param name="refuse">What is wrong with the value and what may have been meant; null when nothing is.</param>
    /// <param name="describe">Adds the condition to the schema.</param>
    public ScalarShape<T> Where(string expected, Func<T, (string Problem, string? Suggestion)?> refuse, Action<JsonObject>? describe = null)
        => new(label, expected,
            text =>
            {
                var parsed = parse(text);
                return parsed.IsValid && refuse(parsed.Value) is { } wrong ? Parsed.OutOfRange<T>(wrong.Problem, wrong.Suggestion) : parsed;
            },
            write,
            () =>
            {
                var described = schema();
                describe?.Invoke(described);
                return described;
            })
        { Secret = Secret, Located = Located };

    public override bool TryBind(ConfigurationNode node, Binder binder, out T value)
    {
        value = default!;
        if (node is not ScalarNode scalar || scalar.IsNull)
            return Secret ? Conceal(node, DiagnosticCodes.WrongKind, $"is {node.Kind}", null, binder) : binder.WrongKind(node, expected);
        var parsed = parse(scalar.Value);
        if (!parsed.IsValid)
            return Secret ? Conceal(node, parsed.Code, parsed.Problem ?? "is something else", parsed.Suggestion, binder)
            : binder.Wrong(scalar, parsed, expected);
        value = Located is null ? parsed.Value : Located(scalar.At.File, parsed.Value);
        return true;
    }

    private bool Conceal(ConfigurationNode node, DiagnosticCode code, string problem, string? suggestion, Binder binder)
    {
        binder.Diagnostics.Add(new()
        {
            Code = code,
            Severity = DiagnosticSeverity.Error,
            At = node.At,
            What = $"{binder.Name} {problem}",
            Expected = expected,
            DidYouMean = suggestion,
            Hidden = node.At with { Length = node is ScalarNode ? node.At.Length : node.At.File.Line(node.At.Line)
                .Length + 1 - node.At.Column },
        });
        return false;
    }
}
