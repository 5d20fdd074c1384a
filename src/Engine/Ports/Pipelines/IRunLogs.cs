namespace Fairway.Ports;

/// <summary>A line of a job's log.</summary>
/// <param name="At">When it was written.</param>
/// <param name="Step">Number of the step from 1; 0 is the runner.</param>
/// <param name="Text">Without its line end and without secrets; a line over 16 KiB is split.</param>
public sealed record RunLogLine(NodaTime.Instant At, int Step, string Text);

/// <summary>Logs of runs, in files while and after they are written.</summary>
public interface IRunLogs
{
    /// <summary>Most bytes of one attempt's log; what comes after is counted and dropped.</summary>
    long LargestLog { get; }

    /// <summary>Begins an attempt's log, over what an earlier one of that name left.</summary>
    IRunLogWriter Write(string pipeline, string run, string instance, int attempt);

    /// <summary>
    /// An attempt's lines, oldest first; nothing when there are none. Following ends when <paramref name="over"/> says so and everything was read.
    /// </summary>
    /// <param name="pipeline">Name of the pipeline.</param>
    /// <param name="run">The run.</param>
    /// <param name="instance">The job.</param>
    /// <param name="attempt">From 1.</param>
    /// <param name="over">Whether nothing more will come; null does not follow.</param>
    /// <param name="cancellation">Ends it.</param>
    IAsyncEnumerable<RunLogLine> ReadAsync(string pipeline, string run, string instance, int attempt, Func<bool>? over, CancellationToken cancellation);

    /// <summary>Removes the logs of runs that ended so long ago, and beyond a size those of the oldest.</summary>
    /// <param name="age">How long after the last line.</param>
    /// <param name="most">Bytes of all logs together.</param>
    /// <param name="goesOn">Whether a run, by its pipeline and id, goes on: its logs stay.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many runs' logs were removed.</returns>
    Task<int> PruneAsync(NodaTime.Duration age, long most, Func<string, string, bool> goesOn, CancellationToken cancellation);

    /// <summary>The last lines of a step, at most so many.</summary>
    Task<ImmutableArray<RunLogLine>> TailAsync(string pipeline, string run, string instance, int attempt, int step, int lines, CancellationToken cancellation);
}

/// <summary>Writes one log. Not for several threads at once.</summary>
public interface IRunLogWriter : IDisposable
{
    /// <summary>Adds bytes of a step's output, already without secrets, in pieces of any size.</summary>
    void Write(int step, ReadOnlySpan<byte> piece);

    /// <summary>Ends a line that has no end yet.</summary>
    void EndLine(int step);

    /// <summary>Everything written so far can be read.</summary>
    void Flush();

    /// <summary>Closes it and gives the digest of all of it, <c>sha256:…</c>.</summary>
    string Finish();
}
