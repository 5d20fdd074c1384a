namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Which time a selector looks at when it is evaluated at another: <c>@</c> and <c>offset</c>, resolved.</summary>
/// <param name="Pinned">Milliseconds since 1970; null to look at the time of evaluation.</param>
/// <param name="Offset">Milliseconds to go back.</param>
internal readonly record struct TimeShift(long? Pinned, long Offset)
{
    /// <summary>The time looked at.</summary>
    public long Of(long evaluation) => (Pinned ?? evaluation) - Offset;
}
