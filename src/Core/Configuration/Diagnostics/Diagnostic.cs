using System.Text;

namespace Fairway.Configuration;

/// <summary>Whether a configuration can be used in spite of it.</summary>
public enum DiagnosticSeverity
{
    /// <summary>The configuration is refused.</summary>
    Error,

    /// <summary>Probably not meant, but it can be used.</summary>
    Warning,
}

/// <summary>A kind of mistake, with a name that never changes.</summary>
/// <param name="Id">Such as <c>FW1101</c>.</param>
/// <param name="Title">What is wrong, in a few words.</param>
/// <param name="Remedy">What to do, in a sentence or two of Markdown.</param>
public sealed record DiagnosticCode(string Id, string Title, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => Id;
}

/// <summary>A place that has to do with a mistake made elsewhere.</summary>
/// <param name="At">Where.</param>
/// <param name="Text">What is there: <c>first defined here</c>.</param>
public sealed record RelatedPlace(SourcePosition At, string Text);

/// <summary>One mistake in a configuration file. Never carries a secret's value.</summary>
public sealed record Diagnostic
{
    /// <summary>Which kind of mistake.</summary>
    public required DiagnosticCode Code { get; init; }

    /// <summary>Whether the configuration can be used in spite of it.</summary>
    public required DiagnosticSeverity Severity { get; init; }

    /// <summary>Where.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>What is wrong, without a full stop.</summary>
    public required string What { get; init; }

    /// <summary>What was expected there; null when <see cref="What"/> says it all.</summary>
    public string? Expected { get; init; }

    /// <summary>What the user may have wanted to write.</summary>
    public string? DidYouMean { get; init; }

    /// <summary>Other places that have to do with it.</summary>
    public ImmutableArray<RelatedPlace> Related { get; init; } = [];

    /// <summary>Text that may be secret: excerpts of the file leave it out.</summary>
    public SourcePosition? Hidden { get; init; }

    /// <summary>What is wrong, what was expected, and what may be meant, in one sentence.</summary>
    public string Sentence
    {
        get
        {
            var text = new StringBuilder(What);
            if (Expected is not null) text.Append("; expected ").Append(Expected);
            if (DidYouMean is not null) text.Append("; did you mean ").Append(DidYouMean).Append('?');
            return text.ToString();
        }
    }

    /// <summary><c>file:line:column: error FW1101: what; expected …; did you mean …?</c></summary>
    public override string ToString() => $"{At}: {(Severity == DiagnosticSeverity.Error ? "error" : "warning")} {Code}: {Sentence}";
}
