using System.Globalization;
using System.Text;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>An open sandbox of processes.</summary>
internal sealed class ProcessSession(string folder, int keeper, SandboxChannel channel, Cgroup? group, string marker, string? notice, TimeProvider time) : ISandboxSession
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BeginsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);
    private bool _over;
    private bool _closed;

    /// <inheritdoc/>
    public string Workspace { get; } = Path.Combine(folder, "workspace");

    /// <inheritdoc/>
    public string Home { get; } = Path.Combine(folder, "home");

    /// <inheritdoc/>
    public string? Notice { get; private set; } = notice;

    /// <summary>Waits until it takes commands, and starts its services; says why not.</summary>
    public async Task<Fault?> BeginAsync(ImmutableArray<JobService> services, CancellationToken cancellation)
    {
        var said = new StringBuilder();
        var began = time.GetTimestamp();
        var ready = await Task.Factory.StartNew(
            () =>
            {
                while (channel.TakeLine() is null)
                {
                    if (!channel.Pump(piece => Hear(said, piece), Look) && IsOver()) return false;
                    if (time.GetElapsedTime(began) > BeginsWithin || cancellation.IsCancellationRequested) return false;
                }
                return true;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        cancellation.ThrowIfCancellationRequested();
        if (!ready)
        {
            return new(FaultKind.Forbidden, Blame.Platform, false, $"no sandbox could be made: {(said.Length == 0 ? "it did not begin" : said.ToString().Trim().ReplaceLineEndings("; "))}; "
                + "it needs unprivileged user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces) and util-linux");
        }
        if (File.Exists(Path.Combine(folder, "uncontained"))) Notice = Notice is null ? Cgroups.Uncontained : $"{Notice}; {Cgroups.Uncontained}";
        foreach (var service in services)
        {
            if (service.Image is not null)
            {
                return new(FaultKind.Invalid, Blame.Configuration, false,
                    $"service {service.Name} is a container image, which is not run; give the service a command");
            }
            var log = new StringBuilder();
            var exit = await RunAsync(ServiceScript.Of(service), piece => Hear(log, piece), cancellation);
            if (exit.Code == 0) continue;
            return exit.Fault ?? new(FaultKind.Failed, Blame.Release, false, $"service {service.Name} did not get ready: {log.ToString().Trim().ReplaceLineEndings("; ")}");
        }
        return null;
    }

    /// <inheritdoc/>
    public async Task<SandboxExit> RunAsync(SandboxCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        var working = command.WorkingDirectory.StartsWith('/') ? command.WorkingDirectory : $"{SandboxPaths.Workspace}/{command.WorkingDirectory}";
        if (command.Script.Contains('\0', StringComparison.Ordinal) || command.Environment.Values.Any(value => value.Contains('\0', StringComparison.Ordinal)))
            return Refused("a script or a variable holds a NUL character, which no program can be given");
        if (command.Environment.Keys.FirstOrDefault(name => !VariableName.IsValid(name)) is { } bad)
            return Refused($"'{bad}' cannot name a variable");
        if (_closed) return Gone();
        var began = time.GetTimestamp();
        var text = SandboxScripts.Command(new(command.Script, command.Shell, working, command.Environment, command.Timeout));
        if (!await channel.SendAsync(text, IsOver, time, cancellation)) return Gone();
        var head = await Task.Factory.StartNew(() => PumpUntilEnd(output, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        cancellation.ThrowIfCancellationRequested();
        if (head is not { } told) return Gone();
        var timedOut = told.Code is 124 or 137 && command.Timeout is { } limit && time.GetElapsedTime(began) >= limit.ToTimeSpan();
        return new(told.Code, timedOut, null) { Output = told.Files[0], Variables = told.Files[1], Path = told.Files[2], Summary = told.Files[3] };
    }

    /// <inheritdoc/>
    public async Task StopAsync(Duration grace)
    {
        if (IsOver()) return;
        // The first process of a namespace takes no signal that it does not expect, so it and its keeper outlive this.
        var inside = Strays.Marked(marker).Where(mark => mark.Key == marker).SelectMany(mark => mark.Select(entry => entry.Pid)).ToList();
        foreach (var pid in inside.Where(pid => pid != keeper)) Posix.Kill(pid, Posix.SigTerm);
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < grace.ToTimeSpan() && inside.Any(IsAtWork)) await Task.Delay(Look, time);
        Close();
        await EndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Close();
        await EndAsync();
        group?.Remove();
        SandboxFiles.Delete(folder);
    }

    private static SandboxExit Refused(string why) => new(null, false, new(FaultKind.Invalid, Blame.Configuration, false, why));

    private SandboxExit Gone() => new(null, false, group?.OutOfMemoryKills() > 0
        ? new(FaultKind.Exhausted, Blame.Release, false, "the job used more memory than its sandbox may, and was ended; raise the job's memory")
        : new(FaultKind.Failed, Blame.Platform, true, "the sandbox ended by itself"));

    // A job's own process, neither one that only waits for others nor one that is gone.
    private static bool IsAtWork(int pid) => ProcessTable.Find(pid) is { IsZombie: false } && ReadName(pid) is not ("sh" or "unshare" or "");

    private static string ReadName(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/comm").Trim();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Hear(StringBuilder said, ReadOnlySpan<byte> piece)
    {
        if (said.Length < 4000) said.Append(Encoding.UTF8.GetString(piece[..Math.Min(piece.Length, 4000)]));
    }

    private (int Code, string[] Files)? PumpUntilEnd(Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        string? line = null;
        while (true)
        {
            if (cancellation.IsCancellationRequested) return null;
            var any = channel.Pump(output, Look);
            if (!any) output([]);
            line ??= channel.TakeLine();
            if (line is not null)
            {
                var numbers = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray();
                // Whatever runs inside can write here too; it only harms its own result.
                if (numbers.Length != 5 || numbers.Any(number => number is < 0 or > SandboxScripts.LargestExchange)) return (1, ["", "", "", ""]);
                if (channel.TakeBytes(numbers.Skip(1).Sum()) is { } bytes)
                {
                    // What was written before the end is there by now.
                    while (channel.Pump(output, TimeSpan.Zero)) continue;
                    return (numbers[0], Files(bytes, numbers));
                }
            }
            if (!any && IsOver()) return null;
        }
    }

    private static string[] Files(byte[] bytes, int[] numbers)
    {
        var files = new string[4];
        for (var (i, at) = (0, 0); i < 4; at += numbers[++i]) files[i] = Encoding.UTF8.GetString(bytes, at, numbers[i + 1]);
        return files;
    }

    private bool IsOver() => _over = _over || ChildProcess.TryFetch(keeper) is not null;

    private void Close()
    {
        _closed = true;
        channel.Dispose();
    }

    private async Task EndAsync()
    {
        var began = time.GetTimestamp();
        while (!IsOver() && time.GetElapsedTime(began) < EndsWithin) await Task.Delay(TimeSpan.FromMilliseconds(2), time);
        if (!IsOver()) Posix.Kill(-keeper, Posix.SigKill);
        foreach (var pid in group?.Processes() ?? []) Posix.Kill(pid, Posix.SigKill);
        while (group is not null && group.Processes().Any() && time.GetElapsedTime(began) < EndsWithin * 2) await Task.Delay(TimeSpan.FromMilliseconds(2), time);
    }
}
