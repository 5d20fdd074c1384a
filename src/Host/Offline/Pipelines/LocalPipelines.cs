using System.Security.Cryptography;
using System.Text;
using Fairway.Adapters.Blobs;
using Fairway.Adapters.Processes;
using Fairway.Adapters.Processes.Containers;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Adapters.RunFiles;
using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Runtime;

namespace Fairway.Offline;

/// <summary>
/// Pipelines of a checkout, without a control plane. What they keep is in the user's cache folder, never in the checkout, so it is never committed.
/// </summary>
internal sealed class LocalPipelines
{
    /// <summary>The file that is one pipeline.</summary>
    public const string OwnFile = Serve.CheckoutPipelines.OwnFile;

    private LocalPipelines(string checkout, string state, TimeProvider time)
    {
        Checkout = checkout;
        Runs = new(Path.Combine(state, "runs"));
        Logs = new(Path.Combine(state, "runs"), time);
        State = state;
    }

    /// <summary>The checkout's root.</summary>
    public string Checkout { get; }

    /// <summary>What is kept of it.</summary>
    public string State { get; }

    /// <summary>Runs.</summary>
    public RunFolder Runs { get; }

    /// <summary>Logs.</summary>
    public RunLogs Logs { get; }

    /// <summary>Of the checkout around a folder.</summary>
    public static LocalPipelines Find(CliContext context)
    {
        var checkout = Above(context.Folder, OwnFile) ?? Above(context.Folder, YamlConfiguration.DefaultName) ?? Above(context.Folder, ".git") ?? context.Folder;
        var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given) ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var name = $"{Path.GetFileName(checkout)}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(checkout)))[..12]}";
        return new(checkout, Path.Combine(caches, "fairway", "pipelines", name), context.Time);
    }

    /// <summary>The pipelines, or their mistakes.</summary>
    /// <param name="file">Only those of this file; null is the checkout's.</param>
    public (ImmutableArray<Pipeline> Pipelines, ImmutableArray<Diagnostic> Diagnostics) Read(string? file)
    {
        if (file is null && WorkflowFiles() is { IsEmpty: false } workflows)
            return Serve.CheckoutPipelines.ReadWorkflows(Checkout, workflows);
        if (file is not null && Path.GetRelativePath(Checkout, file) is var inside && inside.StartsWith(Serve.CheckoutPipelines.Workflows + "/", StringComparison.Ordinal))
            return Serve.CheckoutPipelines.ReadWorkflows(Checkout, [inside]);
        if (file is null && Serve.CheckoutPipelines.ReadOwn(Checkout, Path.GetRelativePath(Environment.CurrentDirectory, Checkout) is var near && !near.StartsWith("..", StringComparison.Ordinal)
            ? near == "." ? "" : near : Checkout) is { } own) return own;
        file ??= Path.Combine(Checkout, YamlConfiguration.DefaultName);
        var shown = Path.GetRelativePath(Environment.CurrentDirectory, file) is var relative && !relative.StartsWith("..", StringComparison.Ordinal) ? relative : file;
        if (Path.GetFileName(file) == YamlConfiguration.DefaultName)
        {
            var loaded = YamlConfiguration.Load(shown, Environment.GetEnvironmentVariable);
            return (loaded.Diagnostics.Any(one => one.Severity == DiagnosticSeverity.Error) ? [] : loaded.Pipelines, loaded.Diagnostics);
        }
        var (pipeline, diagnostics) = YamlConfiguration.LoadPipeline(shown, PipelineReader.MainName);
        return (pipeline is null ? [] : [pipeline], diagnostics);
    }

    /// <summary>The one pipeline that is meant.</summary>
    /// <exception cref="FairwayException">There are mistakes, there is none, or several and none is named.</exception>
    public Pipeline Choose(string? file, string? name)
    {
        var (pipelines, diagnostics) = Read(file);
        if (pipelines.IsEmpty && !diagnostics.IsEmpty)
            throw new FairwayException("pipeline-broken", "the pipeline has mistakes", "see `fairway pipeline validate`", 400, [.. diagnostics.Select(one => $"{one.At}: {one.Sentence}")]);
        if (pipelines.IsEmpty) throw new FairwayException("no-pipeline", "there is no pipeline here", $"write {OwnFile}, or `pipelines:` in fairway.yaml", 404);
        if (name is null)
            return pipelines is [var only] ? only : pipelines.FirstOrDefault(one => one.Name == PipelineReader.MainName)
                ?? throw new FairwayException("which-pipeline", $"there are several pipelines: {string.Join(", ", pipelines.Select(one => one.Name))}", "name one", 400);
        return pipelines.FirstOrDefault(one => one.Name == name)
            ?? throw new FairwayException("no-pipeline", $"there is no pipeline {name}", $"there are {string.Join(", ", pipelines.Select(one => one.Name))}", 404);
    }

    /// <summary>Opens what runs need.</summary>
    /// <exception cref="FairwayException">It cannot be opened.</exception>
    public PipelinePorts Open(CliContext context)
    {
        var blobs = Opened(BlobFolder.Open(Path.Combine(State, "blobs"), context.Time));
        var sandbox = Opened(ProcessSandbox.Open(Path.Combine(State, "sandboxes"), context.Time));
        var containers = Opened(PodmanSandbox.Open(Path.Combine(State, "containers"), sandbox, context.Time));
        return new()
        {
            Journal = Runs, Blobs = blobs, Logs = Logs, Sandboxes = [sandbox, containers], Secrets = secrets => SecretSource.Resolve(secrets), Clock = new EngineClock(context.Time),
            Program = Serve.ControlPlaneOptions.OwnProgram(),
            Vulnerabilities = () => Environment.GetEnvironmentVariable("FAIRWAY_OSV") is { Length: > 0 } path ? Path.GetFullPath(path) : null,
        };
    }

    /// <summary>Whether nobody tidied up here for a day; whoever asks does it.</summary>
    public bool IsTimeToTidy(TimeProvider time)
    {
        var mark = new FileInfo(Path.Combine(State, "tidied"));
        if (mark.Exists && time.GetUtcNow().UtcDateTime - mark.LastWriteTimeUtc < TimeSpan.FromDays(1)) return false;
        File.WriteAllText(mark.FullName, "");
        return true;
    }

    /// <summary>Where contents are kept, for reading.</summary>
    public IPipelineBlobs Blobs(CliContext context) => Opened(BlobFolder.Open(Path.Combine(State, "blobs"), context.Time));

    /// <summary>A run by its id, its beginning, or <c>latest</c>.</summary>
    /// <exception cref="FairwayException">There is none, or several begin so.</exception>
    public async Task<PipelineRun> FindAsync(string id, CancellationToken cancellation)
    {
        var all = await Runs.ListAsync(null, 10_000, cancellation);
        if (all.IsEmpty) throw new FairwayException("no-run", "there was no run here yet", "see `fairway pipeline run`", 404);
        if (id == "latest") return all.MaxBy(run => run.Id, StringComparer.Ordinal)!;
        var found = all.Where(run => run.Id.StartsWith(id, StringComparison.Ordinal) || $"{run.Pipeline.Name}/{run.Id}" == id).ToArray();
        return found is [var one] ? one : throw new FairwayException(
            "no-run", found.Length == 0 ? $"there is no run {id}" : $"{found.Length} runs begin with {id}", "see `fairway pipeline list`", 404);
    }

    /// <summary>GitHub's workflows, where the checkout has no pipeline of its own.</summary>
    private ImmutableArray<string> WorkflowFiles()
        => File.Exists(Path.Combine(Checkout, OwnFile)) || Directory.Exists(Path.Combine(Checkout, Serve.CheckoutPipelines.OwnFolder)) || File.Exists(Path.Combine(Checkout, YamlConfiguration.DefaultName)) ? []
            : Serve.CheckoutPipelines.WorkflowFiles(Checkout);

    private static string? Above(string folder, string name)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (Path.Exists(Path.Combine(at.FullName, name))) return at.FullName;
        return null;
    }

    private static T Opened<T>((T? Part, Fault? Fault) opened) where T : class
        => opened.Part ?? throw new FairwayException("pipelines-" + opened.Fault!.Kind.ToString().ToLowerInvariant(), opened.Fault.Message);
}
