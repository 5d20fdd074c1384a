namespace Fairway.Client.Wire;

/// <summary>An error as the API answers it: <c>application/problem+json</c> (RFC 9457) with a code and a way out.</summary>
/// <param name="Title">A few words.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable and machine-readable, kebab-case.</param>
/// <param name="Detail">What happened.</param>
/// <param name="Mend">How to mend it.</param>
/// <param name="Diagnostics">Further lines, such as mistakes with their positions.</param>
/// <param name="Why">The reason of a refusal with its numbers.</param>
/// <param name="Refused">A rule forbids it until a person overrides it; otherwise a 409 only makes no sense in the present state.</param>
public sealed record ProblemInfo(
    string Title, int Status, string Code, string Detail, string? Mend = null, IReadOnlyList<string>? Diagnostics = null, WhyInfo? Why = null,
    bool Refused = false)
{
    /// <summary>What the gate that refused it said, rule by rule; null when no gate did.</summary>
    public GateVerdictInfo? Gate { get; init; }
}

/// <summary>Why a decision was taken.</summary>
/// <param name="Code">Stable and machine-readable, kebab-case.</param>
/// <param name="Sentence">For a person.</param>
/// <param name="Facts">The numbers and names it used, in order.</param>
public sealed record WhyInfo(string Code, string Sentence, IReadOnlyList<FactInfo> Facts);

/// <summary>A number or name that a decision used.</summary>
/// <param name="Name">camelCase.</param>
/// <param name="Value">As a person reads it.</param>
public sealed record FactInfo(string Name, string Value);
