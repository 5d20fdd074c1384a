using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fairway.Kernel;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>What a call of Podman answered.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Output">What it printed, at most <see cref="PodmanProgram.LargestAnswer"/> letters.</param>
/// <param name="Error">What it complained of, likewise.</param>
internal sealed record PodmanAnswer(int Code, string Output, string Error)
{
    /// <summary>The last thing that it complained of, in one line.</summary>
    public string Complaint => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last]
        ? last.StartsWith("Error: ", StringComparison.Ordinal) ? last[7..] : last : string.Create(CultureInfo.InvariantCulture, $"exit code {Code}");
}

/// <summary>
/// The program <c>podman</c>. It is driven itself, not its API: there is nothing to start, to keep running and to secure beside it, and it works the same for root
/// and for any other user. Values of variables reach it by its environment, so none is ever an argument.
/// </summary>
internal sealed class PodmanProgram(TimeProvider time)
{
    /// <summary>Most letters of an answer that are kept.</summary>
    public const int LargestAnswer = 4 * 1024 * 1024;

    private static readonly string[] Prefixes = ["XDG_", "DBUS_", "LD_", "GO", "CONTAINER", "PODMAN_", "_", "STORAGE_", "LISTEN_"];
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(2);

    /// <summary>Arguments that go before those of every call.</summary>
    public ImmutableArray<string> Leading { get; init; } = [];

    /// <summary>Where it is; null when it is not installed.</summary>
    public static string? Find() => SearchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Where(folder => folder[0] == '/')
        .Select(folder => Path.Combine(folder, "podman")).FirstOrDefault(file => File.Exists(file) && Posix.Access(file, Posix.ExecuteAccess) == 0);

    /// <summary>Whether another program is installed.</summary>
    public static bool Has(string program) => SearchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>The environment that it gets: what says where it keeps things and how it reaches registries, and nothing else of ours.</summary>
    /// <param name="values">Variables of a container, which it takes over by name.</param>
    public static Dictionary<string, string> Variables(IEnumerable<KeyValuePair<string, string>> values)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = SearchPath };
        foreach (var name in (ReadOnlySpan<string>)
            ["HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "DBUS_SESSION_BUS_ADDRESS", "REGISTRY_AUTH_FILE", "CONTAINERS_CONF",
                "CONTAINERS_STORAGE_CONF", "CONTAINERS_REGISTRIES_CONF", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"])
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) variables[name] = value;
        foreach (var (name, value) in values)
            if (!IsOwn(name)) variables[name] = value;
        return variables;
    }

    /// <summary>Whether a variable says something to Podman itself: one of a container that is called so is given as an argument, for it is a place or a switch.</summary>
    public static bool IsOwn(string name) => name is "PATH" or "HOME" or "TMPDIR" or "REGISTRY_AUTH_FILE" or "NOTIFY_SOCKET"
        || Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Calls it.</summary>
    /// <param name="arguments">Arguments; never a secret.</param>
    /// <param name="values">Variables of a container.</param>
    /// <param name="limit">Longest time; null is two minutes.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<(PodmanAnswer? Answer, Fault? Fault)> RunAsync(
        IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? values, TimeSpan? limit, CancellationToken cancellation)
    {
        if (Find() is not { } file) return (null, new(FaultKind.NotFound, Blame.Platform, false, "podman is not installed any more"));
        var start = new ProcessStartInfo(file, [.. Leading, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        foreach (var (name, value) in Variables(values ?? [])) start.Environment[name] = value;
        using var tooLong = new CancellationTokenSource(limit ?? Usual, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLong.Token, cancellation);
        Process podman;
        try
        {
            podman = Process.Start(start)!;
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return (null, new(FaultKind.Failed, Blame.Platform, false, $"{file} cannot be started: {error.Message}"));
        }
        using (podman)
        {
            try
            {
                podman.StandardInput.Close();
                var (output, error) = (ReadAsync(podman.StandardOutput, either.Token), ReadAsync(podman.StandardError, either.Token));
                await podman.WaitForExitAsync(either.Token);
                return (new(podman.ExitCode, await output, await error), null);
            }
            catch (OperationCanceledException)
            {
                Kill(podman);
                cancellation.ThrowIfCancellationRequested();
                return (null, new(FaultKind.Timeout, Blame.Platform, true,
                    string.Create(CultureInfo.InvariantCulture, $"podman {start.ArgumentList[Leading.Length]} took longer than {(limit ?? Usual).TotalSeconds:0} s")));
            }
        }
    }

    private static string SearchPath => InstanceLauncher.MachineBasics().First(pair => pair.Key == "PATH").Value;

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var piece = new char[8192];
        for (var read = await reader.ReadAsync(piece, cancellation); read > 0; read = await reader.ReadAsync(piece, cancellation))
            if (text.Length < LargestAnswer) text.Append(piece, 0, Math.Min(read, LargestAnswer - text.Length));
        return text.ToString();
    }

    private static void Kill(Process podman)
    {
        try
        {
            podman.Kill(entireProcessTree: true);
        }
        catch (Exception ended) when (ended is InvalidOperationException or Win32Exception)
        {
            return;
        }
    }
}
