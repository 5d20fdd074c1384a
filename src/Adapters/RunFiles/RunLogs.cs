using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Fairway.Ports;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Adapters.RunFiles;

/// <summary>Logs of jobs in files: a line each, <c>2026-01-31T23:59:59.123Z 2 text</c>, where 2 is the step's number.</summary>
/// <param name="folder">Where runs have their files.</param>
/// <param name="time">The clock.</param>
public sealed class RunLogs(string folder, TimeProvider time) : IRunLogs
{
    /// <summary>Longer lines are split, in bytes.</summary>
    public const int LongestLine = 16 * 1024;

    private const int TailBytes = 256 * 1024;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly InstantPattern Pattern = InstantPattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss'.'fff'Z'");

    /// <inheritdoc/>
    public long LargestLog { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <inheritdoc/>
    public IRunLogWriter Write(string pipeline, string run, string instance, int attempt)
    {
        var path = PathOf(pipeline, run, instance, attempt);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new RunLogWriter(path, time, LargestLog);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunLogLine> ReadAsync(
        string pipeline, string run, string instance, int attempt, Func<bool>? over, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var path = PathOf(pipeline, run, instance, attempt);
        while (!File.Exists(path))
        {
            if (over is null || over()) yield break;
            await Task.Delay(Look, time, cancellation);
        }
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[64 * 1024];
        var (kept, ended) = (0, false);
        while (true)
        {
            // Asked before reading: what was written until then is read.
            ended = over is null || over();
            var read = await file.ReadAsync(buffer.AsMemory(kept), cancellation);
            var (start, filled) = (0, kept + read);
            for (int end; (end = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
                yield return Parse(buffer.AsSpan(start, end));
            kept = filled - start;
            buffer.AsSpan(start, kept).CopyTo(buffer);
            // No line of ours is so long: somebody wrote into the file.
            if (kept == buffer.Length) kept = 0;
            if (read > 0) continue;
            if (ended) yield break;
            await Task.Delay(Look, time, cancellation);
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<RunLogLine>> TailAsync(string pipeline, string run, string instance, int attempt, int step, int lines, CancellationToken cancellation)
    {
        var path = PathOf(pipeline, run, instance, attempt);
        if (!File.Exists(path)) return [];
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[Math.Min(TailBytes, file.Length)];
        file.Seek(-bytes.Length, SeekOrigin.End);
        var read = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        var all = Encoding.UTF8.GetString(bytes, 0, read).Split('\n');
        // The first is the rest of a line unless the file begins there.
        var whole = bytes.Length < file.Length ? all.Skip(1) : all;
        return [.. whole.Where(line => line.Length > 0).Select(line => Parse(Encoding.UTF8.GetBytes(line))).Where(line => line.Step == step).TakeLast(lines)];
    }

    /// <inheritdoc/>
    public Task<int> PruneAsync(Duration age, long most, Func<string, string, bool> goesOn, CancellationToken cancellation) => Task.Run(
        () =>
        {
            if (!Directory.Exists(folder)) return 0;
            var limit = time.GetUtcNow().UtcDateTime - age.ToTimeSpan();
            var runs = new List<(DirectoryInfo Run, DateTime Last, long Bytes)>();
            foreach (var pipeline in new DirectoryInfo(folder).EnumerateDirectories())
                foreach (var run in pipeline.EnumerateDirectories())
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (goesOn(pipeline.Name, run.Name)) continue;
                    var files = run.EnumerateFiles("*", SearchOption.AllDirectories).ToArray();
                    runs.Add((run, files.Length == 0 ? run.LastWriteTimeUtc : files.Max(file => file.LastWriteTimeUtc), files.Sum(file => file.Length)));
                }
            var (removed, total) = (0, runs.Sum(run => run.Bytes));
            foreach (var (run, last, bytes) in runs.OrderBy(run => run.Last))
            {
                if (last >= limit && total <= most) break;
                run.Delete(recursive: true);
                total -= bytes;
                removed++;
            }
            return removed;
        },
        cancellation);

    /// <summary>What comes before a line's text.</summary>
    internal static string Head(Instant at, int step) => string.Create(CultureInfo.InvariantCulture, $"{Pattern.Format(at)} {step} ");

    private static RunLogLine Parse(ReadOnlySpan<byte> line)
    {
        var text = Encoding.UTF8.GetString(line);
        var parts = text.Split(' ', 3);
        return parts.Length == 3 && Pattern.Parse(parts[0]) is { Success: true } at && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? new(at.Value, step, parts[2]) : new(Instant.MinValue, 0, text);
    }

    private string PathOf(string pipeline, string run, string instance, int attempt)
    {
        foreach (var name in (string[])[pipeline, run, instance])
            if (name.Length == 0 || name[0] == '.' || name.Contains('/', StringComparison.Ordinal)) throw new ArgumentException($"'{name}' cannot name a log", nameof(pipeline));
        return Path.Combine(folder, pipeline, run, "logs", string.Create(CultureInfo.InvariantCulture, $"{instance}.{attempt}.log"));
    }
}
