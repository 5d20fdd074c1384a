using System.Text;

namespace Fairway.Policy;

/// <summary>A place in an expression.</summary>
/// <param name="Offset">UTF-16 units from its start.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units as editors count.</param>
public readonly record struct CelPosition(int Offset, int Line, int Column)
{
    /// <summary><c>line:column</c></summary>
    public override string ToString() => $"{Line}:{Column}";
}

/// <summary>A mistake in an expression, found before it is evaluated.</summary>
/// <param name="At">Where.</param>
/// <param name="What">What is wrong, without a full stop.</param>
/// <param name="Expected">What was expected there; null when <paramref name="What"/> says it all.</param>
/// <param name="DidYouMean">What was probably meant; null when nothing is near.</param>
public sealed record CelIssue(CelPosition At, string What, string? Expected = null, string? DidYouMean = null)
{
    /// <summary>All of it in one sentence.</summary>
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

    /// <inheritdoc/>
    public override string ToString() => $"{At}: {Sentence}";
}

/// <summary>What compiling an expression gave.</summary>
/// <param name="Program">The program; null when there are issues.</param>
/// <param name="Issues">All mistakes that were found, by place.</param>
public sealed record CelCompilation(CelProgram? Program, ImmutableArray<CelIssue> Issues);

/// <summary>What evaluating a program gave: a value or an error.</summary>
/// <param name="Value">The value; null when there is an error.</param>
/// <param name="Error">The error; null when there is a value.</param>
/// <param name="Cost">What it cost, in the units of <see cref="CelLimits.Cost"/>. The same expression on the same values always costs the same.</param>
public sealed record CelOutcome(CelValue? Value, CelError? Error, long Cost);
