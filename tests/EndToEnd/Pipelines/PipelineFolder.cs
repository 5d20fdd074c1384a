using System.Diagnostics;
using System.Text.Json;

namespace Fairway.Pipelines;

/// <summary>A checkout with a pipeline, and the real program run in it; what it keeps is in a cache folder of its own.</summary>
internal sealed class PipelineFolder : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("fairway-cache-").FullName;

    public PipelineFolder(string pipeline)
    {
        Write(".fairway/pipeline.yaml", pipeline);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("fairway-checkout-").FullName;

    /// <summary>What is kept of this checkout; it must have been run.</summary>
    public string State => Directory.GetDirectories(Path.Combine(_cache, "fairway", "pipelines"))[0];

    /// <summary>Events of the newest run, by their type.</summary>
    public string[] Events
    {
        get
        {
            var runs = Directory.Exists(Path.Combine(_cache, "fairway")) && Directory.Exists(Path.Combine(State, "runs"))
                ? Directory.GetFiles(Path.Combine(State, "runs"), "events.jsonl", SearchOption.AllDirectories) : [];
            return runs.Order(StringComparer.Ordinal).LastOrDefault() is { } newest ? [.. File.ReadAllLines(newest)] : [];
        }
    }

    public string Write(string file, string content)
    {
        var path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), arguments)
        {
            WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["XDG_CACHE_HOME"] = _cache;
        start.Environment["FAIRWAY_DATA"] = Path.Combine(Folder, ".fairway", "none");
        return Process.Start(start)!;
    }

    public async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var program = Start(arguments);
        program.StandardInput.Close();
        var errors = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync() + await errors;
        await program.WaitForExitAsync();
        return (program.ExitCode, output);
    }

    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (_, output) = await RunAsync([.. arguments, "--json"]);
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>Kills it as the kernel does; nothing of it runs on.</summary>
    public static async Task KillAsync(Process program)
    {
        program.Kill();
        await program.WaitForExitAsync();
    }

    /// <summary>Whether nothing is left of any sandbox of this checkout: no files, no process.</summary>
    public Task UntilNothingIsLeftAsync() => Hammer.Until.TrueAsync(
        () => Task.FromResult(!Sandboxes.Any() && !Processes().Any()), () => $"nothing is left; there is {string.Join(", ", Sandboxes.Concat(Processes()))}");

    /// <summary>Waits until so many sandboxes are there.</summary>
    public Task UntilSandboxesAsync(int count) => Hammer.Until.TrueAsync(() => Task.FromResult(Sandboxes.Count() == count), () => $"{count} sandboxes; there are {string.Join(", ", Sandboxes)}");

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        Directory.Delete(_cache, recursive: true);
    }

    private IEnumerable<string> Sandboxes => SandboxesOf(Path.Combine(State, "sandboxes"));

    /// <summary>Folders of sandboxes that are there, for those whose state is in a folder.</summary>
    public static IEnumerable<string> SandboxesOf(string state)
    {
        var place = SandboxesPlace(state);
        return Directory.Exists(place) ? Directory.EnumerateDirectories(place) : [];
    }

    // The marker of a sandbox is in the environment of everything that it runs.
    private IEnumerable<string> Processes() => ProcessesOf(Path.Combine(State, "sandboxes"));

    public static IEnumerable<string> ProcessesOf(string state)
    {
        var place = SandboxesPlace(state);
        var space = "p" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(place)))[..8] + ".sandbox.";
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            var found = false;
            try
            {
                found = File.ReadAllText(process + "/environ").Contains(space, StringComparison.Ordinal);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (found) yield return process;
        }
    }

    private static string SandboxesPlace(string state) => Environment.UserName != "root" ? state
        : Path.Combine("/var/tmp/fairway-sandboxes", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(state)))[..12]);
}
