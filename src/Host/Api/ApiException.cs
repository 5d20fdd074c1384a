using Fairway.Client.Wire;
using Fairway.Kernel;

namespace Fairway.Api;

/// <summary>An answer that is an error: thrown by a handler, written as problem+json in one place.</summary>
public sealed class ApiException(ProblemInfo problem) : Exception(problem.Detail)
{
    /// <summary>What is answered.</summary>
    public ProblemInfo Problem { get; } = problem;

    /// <summary>The request is malformed.</summary>
    public static ApiException BadRequest(string code, string detail, string? mend = null) => new(new("Bad request", 400, code, detail, mend));

    /// <summary>What it names is not here.</summary>
    public static ApiException NotFound(string code, string detail, string? mend = null) => new(new("Not found", 404, code, detail, mend));

    /// <summary>Well-formed, and impossible to do.</summary>
    public static ApiException Unprocessable(string code, string detail, string? mend = null, IReadOnlyList<string>? diagnostics = null)
        => new(new("Unprocessable", 422, code, detail, mend, diagnostics));

    /// <summary>Not allowed for this caller.</summary>
    public static ApiException Forbidden(string code, string detail, string? mend = null) => new(new("Forbidden", 403, code, detail, mend));

    /// <summary>An adapter's fault, by its kind.</summary>
    public static ApiException Of(Fault fault, string code, string? mend = null) => new(fault.Kind switch
    {
        FaultKind.NotFound => new("Not found", 404, code, fault.Message, mend),
        FaultKind.Invalid => new("Unprocessable", 422, code, fault.Message, mend),
        FaultKind.Forbidden => new("Forbidden", 403, code, fault.Message, mend),
        FaultKind.Exhausted => new("Out of room", 507, code, fault.Message, mend ?? "make room; Fairway goes on by itself"),
        FaultKind.Timeout => new("Timed out", 504, code, fault.Message, mend),
        FaultKind.Conflict or FaultKind.Fenced => new("Conflict", 409, code, fault.Message, mend),
        FaultKind.Unavailable => new("Unavailable", 503, code, fault.Message, mend),
        FaultKind.Failed => new("Failed", 500, code, fault.Message, mend),
        _ => throw new System.Diagnostics.UnreachableException(fault.Kind.ToString()),
    });
}
