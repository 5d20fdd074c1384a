namespace Fairway.Metrics.PromQl.Execution;

/// <summary>The times at which an expression is evaluated: start, start + step, … Never aligned to anything else.</summary>
/// <param name="Start">Milliseconds since 1970.</param>
/// <param name="Step">Milliseconds; 1 where there is one time only.</param>
/// <param name="Count">How many.</param>
public readonly record struct StepGrid(long Start, long Step, int Count)
{
    /// <summary>A time, from 0 on.</summary>
    public long this[int index] => Start + (index * Step);

    /// <summary>The last time.</summary>
    public long End => Start + ((Count - 1) * Step);

    /// <summary>One time only.</summary>
    public static StepGrid At(long time) => new(time, 1, 1);
}
