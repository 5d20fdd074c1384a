using System.Globalization;
using System.Text;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>An open sandbox of processes.</summary>
internal sealed class ProcessSession(
    string folder, int keeper, SandboxChannel channel, Cgroup? group, string marker, string searchPath, string? notice, TimeProvider time) : ISandboxSession
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);
    private readonly CommandLoop _loop = new(channel, time);
    private bool _over;
    private bool _closed;

    /// <inheritdoc/>
    public string Workspace { get; } = Path.Combine(folder, "workspace");

    /// <inheritdoc/>
    public string Home { get; } = Path.Combine(folder, "home");

    /// <inheritdoc/>
    public string SearchPath => searchPath;

    /// <inheritdoc/>
    public string? Notice { get; private set; } = notice;

    /// <summary>Ends it when it uses too much.</summary>
    public required WatchedSandbox Watched { get; init; }

    /// <summary>Waits until it takes commands, and starts its services; says why not.</summary>
    public async Task<Fault?> BeginAsync(
        int processes, IEnumerable<KeyValuePair<string, string>> environment, ImmutableArray<JobService> services, CancellationToken cancellation)
    {
        var said = new StringBuilder();
        var ready = await _loop.BeginAsync(processes, environment, IsOver, said, cancellation);
        if (!ready)
        {
            return new(FaultKind.Forbidden, Blame.Platform, false, $"no sandbox could be made: {(said.Length == 0 ? "it did not begin" : said.ToString().Trim().ReplaceLineEndings("; "))}; "
                + "it needs unprivileged user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces) and util-linux");
        }
        if (File.Exists(Path.Combine(folder, "uncontained"))) Notice = Notice is null ? Cgroups.Uncontained : $"{Notice}; {Cgroups.Uncontained}";
        foreach (var service in services)
            if (await CommandLoop.StartAsync(service, RunAsync, cancellation) is { } fault) return fault;
        return null;
    }

    /// <inheritdoc/>
    public async Task<SandboxExit> RunAsync(SandboxCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        if (_closed) return Gone();
        var killed = group?.OutOfMemoryKills() ?? 0;
        if (await _loop.RunAsync(IsOver, command, output, cancellation) is not { } exit) return Gone();
        // The kernel chose one process; what the command made of that is no reason that helps anybody.
        return exit is { Code: not 0, TimedOut: false } && group?.OutOfMemoryKills() > killed ? exit with { Code = null, Fault = SandboxMemory.Exceeded } : exit;
    }

    /// <inheritdoc/>
    public Task<SandboxExit> RunContainerAsync(SandboxContainer container, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
        => Task.FromResult(CommandLoop.Refused("this sandbox runs no containers"));

    /// <inheritdoc/>
    public async Task StopAsync(Duration grace)
    {
        if (IsOver()) return;
        if (grace > Duration.Zero) await AskToEndAsync(grace);
        Close();
        await EndAsync();
    }

    private async Task AskToEndAsync(Duration grace)
    {
        // The first process of a namespace takes no signal that it does not expect, so it and its keeper outlive this.
        var inside = Strays.Marked(marker).Where(mark => mark.Key == marker).SelectMany(mark => mark.Select(entry => entry.Pid)).ToList();
        foreach (var pid in inside.Where(pid => pid != keeper)) Posix.Kill(pid, Posix.SigTerm);
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < grace.ToTimeSpan() && inside.Any(IsAtWork)) await Task.Delay(Look, time);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Close();
        await EndAsync();
        Watched.Dispose();
        group?.Remove();
        SandboxFiles.Delete(folder);
    }

    private SandboxExit Gone() => new(null, false, Watched.Why
        ?? (group?.OutOfMemoryKills() > 0 ? SandboxMemory.Exceeded : new(FaultKind.Failed, Blame.Platform, true, "the sandbox ended by itself")));

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

    private bool IsOver() => _over = _over || ChildProcess.TryFetch(keeper) is not null;

    private void Close()
    {
        _closed = true;
        channel.Dispose();
    }

    private async Task EndAsync()
    {
        var began = time.GetTimestamp();
        while (!IsOver() && time.GetElapsedTime(began) < EndsWithin) await Task.Delay(Step, time);
        if (!IsOver()) Posix.Kill(-keeper, Posix.SigKill);
        foreach (var pid in group?.Processes() ?? []) Posix.Kill(pid, Posix.SigKill);
        while (group is not null && group.Processes().Any() && time.GetElapsedTime(began) < EndsWithin * 2) await Task.Delay(Step, time);
    }
}
