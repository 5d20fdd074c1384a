using System.Globalization;
using System.Text;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>A step that is a container: Podman in the foreground, its output into the sandbox's pipe.</summary>
internal sealed class ContainerStep(PodmanProgram podman, PodmanArguments arguments, SandboxChannel channel, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs it to its end.</summary>
    public async Task<SandboxExit> RunAsync(
        SandboxContainer container, SandboxPolicy policy, string? holder, string workspace, string home, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        var files = Exchange();
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = SandboxPaths.Home, ["GITHUB_WORKSPACE"] = "/github/workspace" };
        foreach (var (name, file) in ProcessSandbox.ExchangeNames) variables[name] = $"{SandboxPaths.Exchange}/{file}";
        foreach (var (name, value) in container.Environment) variables[name] = value;
        var call = arguments.RunStep(
            container.Image.Id, container.Entrypoint, container.Arguments ?? [], policy, holder, workspace, home,
            files.Select(file => (file.Path, $"{SandboxPaths.Exchange}/{file.Name}")), variables);
        var pipe = Path.Combine(arguments.Folder, "output");
        var spawn = new SpawnRequest(PodmanProgram.Find() ?? "/usr/bin/podman", ["podman", .. podman.Leading, .. call], PodmanProgram.Variables(variables), "/", pipe, pipe);
        var began = time.GetTimestamp();
        var (pid, error) = ProcessSpawner.Spawn(spawn);
        if (error != 0) return new(null, false, ProcessSpawner.FaultOf(error, spawn) with { Who = Blame.Platform });
        var late = false;
        var status = await Task.Factory.StartNew(
            () =>
            {
                while (!cancellation.IsCancellationRequested)
                {
                    var any = channel.Pump(output, Look);
                    if (!any) output([]);
                    if (!any && ChildProcess.TryFetch(pid) is { } ended)
                    {
                        while (channel.Pump(output, TimeSpan.Zero)) continue;
                        return ended;
                    }
                    late |= container.Timeout is { } limit && time.GetElapsedTime(began) >= limit.ToTimeSpan();
                    if (late) break;
                }
                return null;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await podman.RunAsync(PodmanArguments.Remove([arguments.Step]), null, null, CancellationToken.None);
        if (status is null) status = await ChildProcess.WaitAsync(pid, time, CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (late) return new(137, true, null);
        return new(status.Code ?? 128 + (status.Signal ?? 0), false, null)
        {
            Output = Read(files[0].Path), Variables = Read(files[1].Path), Path = Read(files[2].Path), Summary = Read(files[3].Path),
        };
    }

    // Each is mounted by itself, so a container can write into it and can put nothing else in its place.
    private ImmutableArray<(string Name, string Path)> Exchange()
    {
        var files = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var name in (string[])["output", "env", "path", "summary"])
        {
            var path = Path.Combine(arguments.Folder, "exchange-" + name);
            File.WriteAllText(path, "");
            PodmanSandbox.Give(path, arguments.Machine);
            files.Add((name, path));
        }
        return files.ToImmutable();
    }

    private static string Read(string path)
    {
        using var stream = File.OpenRead(path);
        var bytes = new byte[Math.Min(stream.Length, SandboxScripts.LargestExchange)];
        return Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }
}
