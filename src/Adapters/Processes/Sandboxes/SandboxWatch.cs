using System.Diagnostics;
using System.Globalization;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>
/// Ends jobs that use more disk space than they may, jobs that would fill the machine, and, where there is no control group to do it, jobs that use more memory than
/// they may. One for all sandboxes of a folder; it looks as long as there is one. When is decided by <see cref="DiskRule"/>.
/// </summary>
/// <param name="folder">Where the sandboxes are.</param>
/// <param name="time">The clock.</param>
internal sealed class SandboxWatch(string folder, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
    private readonly Lock _lock = new();
    private readonly List<WatchedSandbox> _all = [];
    private bool _looks;

    /// <summary>Why no job may begin; null when there is room.</summary>
    public Fault? Refusal() => Room is { IsShort: true } room
        ? new(FaultKind.Exhausted, Blame.Platform, true, $"only {DiskSpace.Text(room.FreeBytes)} are free at {folder}, and no job begins with less than {DiskSpace.Text(room.ReservedBytes)}; make room")
        : null;

    /// <summary>Watches a sandbox until that is disposed.</summary>
    /// <param name="diskBytes">What its files may use.</param>
    /// <param name="measure">Command line of <c>du</c> or the like, which prints kibibytes and a name a line.</param>
    /// <param name="end">Ends everything in it.</param>
    public WatchedSandbox Add(long diskBytes, Func<Task<ImmutableArray<string>>> measure, Func<Task> end)
    {
        var watched = new WatchedSandbox(new(diskBytes, Room?.FreeBytes ?? 0, Now), measure, end, Remove);
        lock (_lock)
        {
            _all.Add(watched);
            if (_looks) return watched;
            _looks = true;
        }
        _ = Task.Run(LookAsync);
        return watched;
    }

    /// <summary>What <c>du</c> is asked: blocks that are used, not the lengths of files, each once, on this file system only.</summary>
    public static ImmutableArray<string> Measure(IEnumerable<string> folders) => ["du", "-s", "-k", "-x", "--", .. folders];

    private void Remove(WatchedSandbox watched)
    {
        lock (_lock) _all.Remove(watched);
    }

    private async Task LookAsync()
    {
        while (true)
        {
            WatchedSandbox[] all;
            lock (_lock)
            {
                all = [.. _all.Where(one => one.Why is null)];
                if (_all.Count == 0)
                {
                    _looks = false;
                    return;
                }
            }
            try
            {
                if (Room is { } room) await LookAsync(all, room);
                foreach (var one in all.Where(one => one.Why is null && one.MemoryBytes is not null)) await LookAtMemoryAsync(one);
            }
            // What nobody watches may fill the machine.
            catch (Exception error)
            {
                foreach (var one in all)
                    await one.EndAsync(new(FaultKind.Failed, Blame.Fairway, true, $"Fairway found an error of its own while it watched what the job uses: {error.GetType().Name}: {error.Message}"));
            }
            await Task.Delay(DiskRule.Look.ToTimeSpan(), time);
        }
    }

    private async Task LookAsync(WatchedSandbox[] all, DiskRoom room)
    {
        foreach (var one in all.Where(one => DiskRule.IsDue(one.Use, room, Now)))
        {
            var began = time.GetTimestamp();
            if (await MeasureAsync(one) is not { } used) continue;
            one.Use = one.Use with { UsedBytes = used, FreeBytes = room.FreeBytes, MeasuredAt = Now, Cost = Duration.FromTimeSpan(time.GetElapsedTime(began)) };
            if (DiskRule.IsOver(one.Use))
                await one.EndAsync(new(FaultKind.Exhausted, Blame.Release, false, $"the job used more than {DiskSpace.Text(one.Use.LimitBytes)} of disk space, and was ended; raise the job's disk"));
        }
        var left = all.Where(one => one.Why is null).ToArray();
        if (DiskRule.Largest([.. left.Select(one => one.Use)], room) is >= 0 and var largest)
            await left[largest].EndAsync(new(FaultKind.Exhausted, Blame.Platform, false,
                $"less than {DiskSpace.Text(room.ReservedBytes)} were free at {folder}, and the job, which used the most ({DiskSpace.Text(left[largest].Use.UsedBytes)}), was ended; make room"));
    }

    private static async Task LookAtMemoryAsync(WatchedSandbox one)
    {
        if (one.Keeper is { } keeper && ProcessTable.IsAlive(keeper) && SandboxMemory.UsedBelow(keeper.Pid) > one.MemoryBytes) await one.EndAsync(SandboxMemory.Exceeded);
    }

    // The folder is there only while a process has its sandbox in it; containers have theirs beside it.
    private DiskRoom? Room => DiskSpace.Of(folder) ?? DiskSpace.Of(Path.GetDirectoryName(folder)!);

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    // Names that a job made are never in its arguments, and what it prints of them is not read.
    private async Task<long?> MeasureAsync(WatchedSandbox one)
    {
        var command = await one.Measure();
        if (command.IsEmpty) return null;
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["LC_ALL"] = "C";
        using var limit = new CancellationTokenSource(Longest, time);
        try
        {
            using var program = Process.Start(start)!;
            try
            {
                var errors = program.StandardError.BaseStream.CopyToAsync(Stream.Null, limit.Token);
                var kibibytes = 0L;
                while (await program.StandardOutput.ReadLineAsync(limit.Token) is { } line)
                    if (long.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf('\t', StringComparison.Ordinal))), NumberStyles.None, CultureInfo.InvariantCulture, out var part)) kibibytes += part;
                await errors;
                await program.WaitForExitAsync(limit.Token);
                return kibibytes * 1024;
            }
            catch (OperationCanceledException)
            {
                program.Kill();
                return null; // Looked at again at the next turn; the room that is free is watched anyway.
            }
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException or InvalidOperationException)
        {
            return null; // No du, or no process to be had: the room that is free is watched anyway.
        }
    }
}

/// <summary>A sandbox that is watched.</summary>
internal sealed class WatchedSandbox(DiskUse use, Func<Task<ImmutableArray<string>>> measure, Func<Task> end, Action<WatchedSandbox> forget) : IDisposable
{
    private volatile Fault? _why;

    /// <summary>What is known of its disk space.</summary>
    public DiskUse Use { get; set; } = use;

    /// <summary>What it may use of memory; null where a control group sees to that.</summary>
    public long? MemoryBytes { get; private set; }

    /// <summary>The process that all of its processes descend from.</summary>
    public ProcessIdentity? Keeper { get; private set; }

    /// <summary>Why it was ended; null when it was not.</summary>
    public Fault? Why => _why;

    /// <summary>Counts the memory of what descends from a process.</summary>
    public void CountMemory(ProcessIdentity? keeper, long? most) => (Keeper, MemoryBytes) = (keeper, most);

    /// <summary>The command line that measures its files.</summary>
    public Task<ImmutableArray<string>> Measure() => measure();

    /// <summary>Ends it, once.</summary>
    public async Task EndAsync(Fault why)
    {
        if (_why is not null) return;
        _why = why;
        await end();
    }

    /// <inheritdoc/>
    public void Dispose() => forget(this);
}
