using System.Text;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Adapters.RunFiles;

/// <summary>
/// Runs without a control plane, in a folder each: events a line each, the logs, and a lock that its runner holds, so that others can tell a run that goes
/// on from one whose runner was killed. What was written survives the end of its process, not that of the machine.
/// </summary>
/// <param name="folder">Where they are.</param>
public sealed class RunFolder(string folder) : IRunJournal
{
    private const string Events = "events.jsonl";
    private const string Lock = "runner.lock";
    private const string Cancel = "cancel";

    /// <inheritdoc/>
    public async Task AppendAsync(RunKey run, long expectedVersion, ImmutableArray<RunEvent> events, CancellationToken cancellation)
    {
        var path = Path.Combine(FolderOf(run), Events);
        try
        {
            Directory.CreateDirectory(FolderOf(run));
            var text = new StringBuilder();
            foreach (var happened in events)
            {
                var record = happened.ToRecord();
                text.Append(record.Type).Append(' ').Append(CanonicalJson.Canonicalize(record.Data)).Append('\n');
            }
            await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            // What a crash left of a line is not a line.
            file.SetLength(await WholeLinesAsync(file, cancellation));
            file.Seek(0, SeekOrigin.End);
            await file.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LedgerException(new(FaultKind.Unavailable, Blame.Platform, true, $"{path} could not be written: {failure.Message}"), failure);
        }
    }

    /// <inheritdoc/>
    public async Task<PipelineRun?> FindAsync(RunKey run, CancellationToken cancellation)
    {
        var path = Path.Combine(FolderOf(run), Events);
        if (!File.Exists(path)) return null;
        PipelineRun? state = null;
        var text = await File.ReadAllTextAsync(path, cancellation);
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at && RunEvent.Read(line[..at], line[(at + 1)..]) is { } happened) state = RunEvolver.Apply(state, happened);
        return state;
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<PipelineRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<PipelineRun>();
        foreach (var key in Keys().Where(key => pipeline is null || key.Pipeline == pipeline).OrderByDescending(key => key.Run, StringComparer.Ordinal))
        {
            if (found.Count == limit) break;
            if (await FindAsync(key, cancellation) is { } run) found.Add(run);
        }
        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<PipelineRun>> ListOpenAsync(CancellationToken cancellation)
        => [.. (await ListAsync(null, int.MaxValue, cancellation)).Where(run => run.Outcome is null).OrderBy(run => run.Id, StringComparer.Ordinal)];

    /// <summary>Takes a run for this process; null when another has it. Disposing gives it back, and so does being killed.</summary>
    public IDisposable? Take(RunKey run)
    {
        try
        {
            Directory.CreateDirectory(FolderOf(run));
            return new FileStream(Path.Combine(FolderOf(run), Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether a process has it now.</summary>
    public bool IsTaken(RunKey run)
    {
        if (!File.Exists(Path.Combine(FolderOf(run), Lock))) return false;
        using var taken = Take(run);
        return taken is null;
    }

    /// <summary>Asks whoever has the run to cancel it.</summary>
    public void AskToCancel(RunKey run) => File.WriteAllText(Path.Combine(FolderOf(run), Cancel), "");

    /// <summary>Whether somebody asked for it.</summary>
    public bool IsCancelAsked(RunKey run) => File.Exists(Path.Combine(FolderOf(run), Cancel));

    /// <summary>Removes the oldest runs of each pipeline, those that go on excepted.</summary>
    /// <param name="kept">How many of each stay.</param>
    public void Prune(int kept)
    {
        foreach (var group in Keys().GroupBy(key => key.Pipeline, StringComparer.Ordinal))
            foreach (var old in group.OrderByDescending(key => key.Run, StringComparer.Ordinal).Skip(kept))
                if (!IsTaken(old)) Directory.Delete(FolderOf(old), recursive: true);
    }

    private RunKey[] Keys() => !Directory.Exists(folder) ? []
        : Directory.EnumerateDirectories(folder).SelectMany(pipeline => Directory.EnumerateDirectories(pipeline)
            .Where(run => File.Exists(Path.Combine(run, Events))).Select(run => new RunKey(Path.GetFileName(pipeline), Path.GetFileName(run)))).ToArray();

    private static async Task<long> WholeLinesAsync(FileStream file, CancellationToken cancellation)
    {
        if (file.Length == 0) return 0;
        file.Seek(-1, SeekOrigin.End);
        if (file.ReadByte() == '\n') return file.Length;
        file.Seek(0, SeekOrigin.Begin);
        var all = new byte[file.Length];
        await file.ReadExactlyAsync(all, cancellation);
        return all.AsSpan().LastIndexOf((byte)'\n') + 1;
    }

    private string FolderOf(RunKey run)
    {
        foreach (var name in (string[])[run.Pipeline, run.Run])
            if (name.Length is 0 or > 100 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')) throw new ArgumentException($"'{name}' cannot name a run", nameof(run));
        return Path.Combine(folder, run.Pipeline, run.Run);
    }
}
