namespace Fairway.Client;

/// <summary>The control plane could not be asked, or said no.</summary>
/// <param name="code">Stable and machine-readable, kebab-case, such as <c>not-running</c> or <c>release-rejected</c>.</param>
/// <param name="detail">What happened, a sentence for a person.</param>
/// <param name="mend">How to mend it; null when there is nothing to do.</param>
/// <param name="status">HTTP status; null when there was no answer.</param>
/// <param name="diagnostics">Further lines, such as the mistakes of a configuration file with their positions.</param>
/// <param name="inner">What lies under it.</param>
public sealed class FairwayException(
    string code, string detail, string? mend = null, int? status = null, IReadOnlyList<string>? diagnostics = null, Exception? inner = null)
    : Exception(detail, inner)
{
    /// <summary>Code for a control plane that does not answer.</summary>
    public const string NotRunning = "not-running";

    /// <summary>Stable and machine-readable, kebab-case.</summary>
    public string Code { get; } = code;

    /// <summary>What happened.</summary>
    public string Detail { get; } = detail;

    /// <summary>How to mend it.</summary>
    public string? Mend { get; } = mend;

    /// <summary>HTTP status; null when there was no answer.</summary>
    public int? Status { get; } = status;

    /// <summary>Further lines; empty when there are none.</summary>
    public IReadOnlyList<string> Diagnostics { get; } = diagnostics ?? [];

    /// <summary>A rule forbids it until a person overrides it.</summary>
    public bool Refused { get; init; }

    /// <summary>The reason of a refusal with its numbers; null when there is none.</summary>
    public Wire.WhyInfo? Why { get; init; }

    /// <summary>What the gate that refused it said; null when no gate did.</summary>
    public Wire.GateVerdictInfo? Gate { get; init; }

    /// <summary>The exit code that a command ends with: 3 for a refusal, 2 for what the caller wrote wrong, 1 otherwise.</summary>
    public int ExitCode => Refused ? ExitCodes.Refused : Status switch
    {
        400 or 404 or 405 or 413 or 415 or 422 => ExitCodes.Usage,
        _ => ExitCodes.Failed,
    };
}
