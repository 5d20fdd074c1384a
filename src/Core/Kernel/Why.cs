using System.Text.RegularExpressions;

namespace Fairway.Kernel;

/// <summary>A number or name that a decision used.</summary>
/// <param name="Name">The placeholder's name in the sentence, camelCase.</param>
/// <param name="Value">As a person should read it.</param>
public sealed record Fact(string Name, string Value);

/// <summary>
/// Why a decision was taken: a stable code, the sentence's template and the facts it used. CLI, console, API and evidence print this one value.
/// </summary>
/// <param name="Code">Stable and machine-readable, kebab-case, such as <c>step-held</c>.</param>
/// <param name="Template">The sentence with placeholders: <c>{name}</c>, or <c>{name|instance}</c> for a number of things: 1 instance, 2 instances.</param>
/// <param name="Facts">Values for the placeholders, and further numbers the decision used.</param>
public sealed partial record Why(string Code, string Template, ImmutableArray<Fact> Facts)
{
    /// <summary>A reason with its facts as name and value pairs.</summary>
    public static Why Because(string code, string template, params ReadOnlySpan<(string Name, object Value)> facts)
    {
        var list = ImmutableArray.CreateBuilder<Fact>(facts.Length);
        foreach (var (name, value) in facts)
            list.Add(new(name, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? ""));
        return new(code, template, list.ToImmutable());
    }

    /// <summary>The sentence, with its facts in place.</summary>
    public string Sentence => Placeholder().Replace(Template, match =>
    {
        foreach (var fact in Facts)
            if (match.Groups["name"].ValueSpan.SequenceEqual(fact.Name))
                return match.Groups["noun"] is { Success: true } noun ? $"{fact.Value} {noun.Value}{(fact.Value == "1" ? "" : "s")}" : fact.Value;
        return match.Value;
    });

    /// <inheritdoc/>
    public bool Equals(Why? other) => other is not null && Code == other.Code && Template == other.Template && Facts.AsSpan().SequenceEqual(other.Facts.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, Template, Facts.Length);

    /// <inheritdoc/>
    public override string ToString() => Sentence;

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)(\|(?<noun>[a-z]+))?\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
