using System.Buffers;
using System.Text;
using System.Text.Json;
using Fairway.Kernel;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Workflows;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>The steps of one attempt, one after the other, with what each sees of those before it.</summary>
internal sealed class StepsRun(
    PipelinePorts ports, PipelineRun run, PipelineJob job, JobInstance instance, ISandboxSession session, ExpressionContext context,
    Dictionary<string, string> secrets, JobPlace place, SecretMask mask, IRunLogWriter log)
{
    private readonly List<StepResult> _results = [];
    private readonly List<KeyValuePair<string, ExpressionValue>> _steps = [];
    private readonly SortedDictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly List<string> _path = [];
    private readonly List<(StepAction.Cache Cache, string Key, ImmutableArray<string> Paths)> _toSave = [];
    private readonly ArrayBufferWriter<byte> _clean = new(64 * 1024);
    private readonly ArrayBufferWriter<byte> _raw = new(64 * 1024);
    private readonly SortedDictionary<string, string> _said = new(StringComparer.Ordinal);
    private CommandLines _commands = new(_ => null);
    private ImmutableArray<MadeArtifact> _artifacts = [];
    private int _step;
    private bool _failed;
    private string? _error;

    /// <summary>How they went.</summary>
    public ImmutableArray<StepResult> Results => [.. _results];

    /// <summary>What they uploaded.</summary>
    public ImmutableArray<MadeArtifact> Artifacts => _artifacts;

    /// <summary>Takes secrets out.</summary>
    public SecretMask Mask => mask;

    /// <summary>What the job's outputs see.</summary>
    public ExpressionContext Context => At(_variables);

    /// <summary>Runs them all; the reason of the first failure that counts, null when there is none.</summary>
    public async Task<Why?> RunAsync(CancellationToken stop)
    {
        Why? failed = null;
        foreach (var step in job.Scan is { } scan ? [ScanSteps.StepOf(scan, ports)] : job.Steps)
        {
            _step++;
            var began = ports.Clock.Now;
            var (env, seen, problem) = Environment(step);
            var name = problem is null ? NameOf(step, seen!) : step.Name ?? $"step {_step}";
            var (holds, unreadable) = problem is null ? RunContexts.If(step.If, seen!, ExpressionScopes.StepIf, $"if of {name}") : (true, problem);
            StepRun done;
            if (unreadable is not null) done = new(Outcome.Failure, null, unreadable, ImmutableSortedDictionary<string, string>.Empty);
            else if (!holds) done = new(Outcome.Skipped, null, null, ImmutableSortedDictionary<string, string>.Empty);
            else
            {
                Say(0, $"step {_step}: {mask.Conceal(name)}");
                done = await RunAsync(step, env!, seen!, stop);
            }
            var forgiven = done.Outcome != Outcome.Success && RunContexts.Forgives(step.ContinueOnError, seen ?? context, ExpressionScopes.StepText);
            if (done.Outcome is Outcome.Failure or Outcome.TimedOut && !forgiven)
            {
                failed ??= Why.Because("step-failed", "step {number} ({name}): {problem}", ("number", _step), ("name", name), ("problem", done.Why?.Sentence ?? "it failed"));
                _failed = true;
            }
            _results.Add(new(name, done.Outcome, ports.Clock.Now - began, done.Code, done.Why));
            if (step.Id is { } id)
                _steps.Add(new(id, ExpressionValue.Of(
                    new("outputs", ExpressionValue.OfTexts(done.Outputs)), new("outcome", ExpressionValue.Of(RunContexts.WordOf(done.Outcome))),
                    new("conclusion", ExpressionValue.Of(forgiven ? "success" : RunContexts.WordOf(done.Outcome))))));
        }
        return failed;
    }

    /// <summary>Saves folders under the keys that were not there; a sentence when that failed.</summary>
    public async Task<string?> SaveCachesAsync(CancellationToken stop)
    {
        foreach (var (_, key, paths) in _toSave)
        {
            var trees = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (root, folder) in Roots)
            {
                var (tree, fault) = await ports.Blobs.CollectAsync(folder, Under(root, paths), stop);
                if (tree is null) return $"cache {key} is not saved: {fault!.Message}";
                trees[root] = tree.Digest;
            }
            if (await ports.Blobs.SaveAsync("caches", CacheName(key), FairwayJson.Write(trees), stop) is { } unsaved) return $"cache {key} is not saved: {unsaved.Message}";
            var index = await LoadCacheIndexAsync(stop);
            index.Remove(key);
            index.Insert(0, key);
            await ports.Blobs.SaveAsync("caches", CacheName(""), FairwayJson.Write(index.Take(200)), stop);
        }
        return null;
    }

    private sealed record StepRun(Outcome Outcome, int? Code, Why? Why, ImmutableSortedDictionary<string, string> Outputs);

    private async Task<StepRun> RunAsync(PipelineStep step, ImmutableSortedDictionary<string, string> env, ExpressionContext seen, CancellationToken stop)
    {
        switch (step.Action)
        {
            case StepAction.Run script:
                return await RunScriptAsync(step, script, env, seen, stop);
            case StepAction.Cache cache:
                return await RestoreCacheAsync(cache, seen, stop);
            case StepAction.UploadArtifact upload:
                return await UploadAsync(upload, seen, stop);
            case StepAction.DownloadArtifact download:
                return await DownloadAsync(download, seen, stop);
            case StepAction.Container container:
                return await RunContainerAsync(step, container, env, seen, stop);
            case StepAction.Checkout:
                return Well();
            default:
                throw new System.Diagnostics.UnreachableException(step.Action.GetType().Name);
        }
    }

    private async Task<StepRun> RunScriptAsync(
        PipelineStep step, StepAction.Run script, ImmutableSortedDictionary<string, string> env, ExpressionContext seen, CancellationToken stop)
    {
        var (text, badScript) = RunContexts.Script(script.Script, seen);
        if (text is null) return Bad(badScript!);
        var (folder, badFolder) = RunContexts.Text(
            script.WorkingDirectory ?? job.Defaults.WorkingDirectory ?? run.Pipeline.Defaults.WorkingDirectory ?? "", seen, ExpressionScopes.StepText, "working directory");
        if (folder is null) return Bad(badFolder!);
        var shell = StepShell.Of(script.Shell ?? job.Defaults.Shell ?? run.Pipeline.Defaults.Shell);
        return await EndAsync(step, () => session.RunAsync(new(text, shell, folder, env, step.Timeout), Hear, stop));
    }

    private async Task<StepRun> RunContainerAsync(
        PipelineStep step, StepAction.Container container, ImmutableSortedDictionary<string, string> env, ExpressionContext seen, CancellationToken stop)
    {
        // The image's name was read before the job began, so that it is known which one it is.
        var (name, badName) = RunContexts.Text(container.Image, context, ExpressionScopes.JobContainer, "image");
        var (entrypoint, badEntrypoint) = container.Entrypoint is null ? (null, null) : RunContexts.Text(container.Entrypoint, seen, ExpressionScopes.StepText, "entrypoint");
        var (arguments, badArguments) = container.Arguments is null ? (null, null) : RunContexts.Text(container.Arguments, seen, ExpressionScopes.StepText, "args");
        if ((badName ?? badEntrypoint ?? badArguments) is { } bad) return Bad(bad);
        if (place.Images.FirstOrDefault(image => image.Reference == name!.Trim()) is not { } pinned) return Bad(Why.Because("image", "the step names no image"));
        var command = new SandboxContainer(pinned, entrypoint, arguments is null ? null : [.. ShellWords.Split(arguments)], env, step.Timeout);
        return await EndAsync(step, () => session.RunContainerAsync(command, Hear, stop));
    }

    private async Task<StepRun> EndAsync(PipelineStep step, Func<Task<SandboxExit>> run)
    {
        _said.Clear();
        _error = null;
        _commands = new(Command);
        var exit = await run();
        _commands.Flush(_raw);
        Conceal();
        mask.Flush(_clean);
        Drain();
        log.EndLine(_step);
        log.Flush();
        if (exit.Fault is { } fault) return new(Outcome.Failure, null, Why.Because("sandbox", "{problem}", ("problem", fault.Message)), Nothing);
        var (outputs, badOutput) = StepExchange.Read(exit.Output, "FAIRWAY_OUTPUT");
        var (variables, badVariables) = StepExchange.Read(exit.Variables, "FAIRWAY_ENV");
        foreach (var (name, value) in variables ?? Nothing)
        {
            if (StepExchange.Forbidden(name) is not { } forbidden)
            {
                if (VariableName.IsValid(name)) _variables[name] = value;
            }
            else if (forbidden.Refused) badVariables ??= Why.Because("forbidden-variable", "{problem}", ("problem", forbidden.Why));
            else Say(_step, forbidden.Why);
        }
        _path.InsertRange(0, exit.Path.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        if (exit.Summary.Trim() is { Length: > 0 } summary) Say(0, "summary: " + mask.Conceal(summary));
        var result = _said.ToImmutableSortedDictionary(StringComparer.Ordinal).SetItems(outputs ?? Nothing);
        if (exit.TimedOut) return new(Outcome.TimedOut, exit.Code, Why.Because("step-timed-out", "it took longer than {limit} s", ("limit", (long)step.Timeout!.Value.TotalSeconds)), result);
        if (exit.Code != 0) return new(Outcome.Failure, exit.Code, WhyExit(exit.Code!.Value, _error), result);
        return badOutput is not null ? Bad(badOutput) : badVariables is not null ? Bad(badVariables) : new(Outcome.Success, 0, null, result);
    }

    private static Why WhyExit(int code, string? error) => code switch
    {
        // What the script itself calls the error says more than a number.
        < 125 when error is not null => Why.Because("said-error", "{error} (exit code {code})", ("error", error), ("code", code)),
        125 => Why.Because("no-folder", "its working directory does not exist"),
        126 => Why.Because("exit", "exit code 126: a command could not be executed"),
        127 => Why.Because("exit", "exit code 127: a command was not found"),
        > 128 and < 160 => Why.Because("signal", "it was ended by {signal}", ("signal", Workloads.ExitStatus.FromShell(code).SignalName!)),
        _ => Why.Because("exit", "exit code {code}", ("code", code)),
    };

    private async Task<StepRun> UploadAsync(StepAction.UploadArtifact upload, ExpressionContext seen, CancellationToken stop)
    {
        var (name, bad) = RunContexts.Text(upload.Name, seen, ExpressionScopes.StepText, "artifact");
        if (name is null) return Bad(bad!);
        var (paths, problem) = Texts(upload.Paths, seen);
        if (problem is not null) return Bad(problem);
        var (made, failed) = await JobAttempt.CollectAsync(ports.Blobs, session.Workspace, name, [.. paths.Select(Relative)], upload.Optional, stop);
        if (made is not null) _artifacts = _artifacts.RemoveAll(known => known.Name == name).Add(made);
        return failed is null ? Well() : Bad(failed);
    }

    private async Task<StepRun> DownloadAsync(StepAction.DownloadArtifact download, ExpressionContext seen, CancellationToken stop)
    {
        var (name, badName) = download.Name is null ? (null, null) : RunContexts.Text(download.Name, seen, ExpressionScopes.StepText, "artifact");
        var (path, badPath) = RunContexts.Text(download.Path ?? "", seen, ExpressionScopes.StepText, "path");
        if ((badName ?? badPath) is { } bad) return Bad(bad);
        var made = run.Instances.Where(other => other.State.Instance.Id != instance.Id).SelectMany(other => other.State.Result?.Artifacts ?? [])
            .Where(artifact => name is null || artifact.Name == name).ToArray();
        if (made.Length == 0 && name is not null) return Bad(Why.Because("no-artifact", "no job before this one made an artifact {name}", ("name", name)));
        foreach (var artifact in made)
        {
            if (await ports.Blobs.FindTreeAsync(artifact.Digest, stop) is not { } tree) return Bad(Why.Because("artifact-gone", "artifact {name} is not here any more", ("name", artifact.Name)));
            var prefix = string.Join('/', new[] { Relative(path!), name is null ? artifact.Name : "" }.Where(part => part is not ("" or ".")));
            var moved = prefix.Length == 0 ? tree : new FileTree([.. tree.Entries.Select(entry => entry with { Path = $"{prefix}/{entry.Path}" })]);
            if (await ports.Blobs.RestoreAsync(moved, session.Workspace, stop) is { } fault) return Bad(Why.Because("artifact", "{problem}", ("problem", fault.Message)));
        }
        return Well();
    }

    private async Task<StepRun> RestoreCacheAsync(StepAction.Cache cache, ExpressionContext seen, CancellationToken stop)
    {
        var (key, bad) = RunContexts.Text(cache.Key, seen, ExpressionScopes.StepText, "key");
        if (key is null) return Bad(bad!);
        var (keys, badKeys) = Texts(cache.RestoreKeys, seen);
        var (paths, badPaths) = Texts(cache.Paths, seen);
        if ((badKeys ?? badPaths) is { } wrong) return Bad(wrong);
        var index = await LoadCacheIndexAsync(stop);
        var found = index.Contains(key, StringComparer.Ordinal) ? key
            : keys.Select(prefix => index.Find(known => known.StartsWith(prefix, StringComparison.Ordinal))).FirstOrDefault(known => known is not null);
        var restored = found is not null && await RestoreAsync(found, stop);
        if (found != key || !restored) _toSave.Add((cache, key, paths));
        Say(_step, restored ? $"cache {found} is restored" : $"there is no cache {key}");
        return new(Outcome.Success, null, null, Nothing.Add("cache-hit", restored && found == key ? "true" : "false"));
    }

    private async Task<bool> RestoreAsync(string key, CancellationToken stop)
    {
        if (await ports.Blobs.LoadAsync("caches", CacheName(key), stop) is not { } text) return false;
        var trees = JsonSerializer.Deserialize<Dictionary<string, string>>(text, FairwayJson.Options)!;
        foreach (var (root, folder) in Roots)
        {
            if (!trees.TryGetValue(root, out var digest) || await ports.Blobs.FindTreeAsync(digest, stop) is not { } tree) return false;
            if (await ports.Blobs.RestoreAsync(tree, folder, stop) is not null) return false;
        }
        return true;
    }

    private async Task<List<string>> LoadCacheIndexAsync(CancellationToken stop)
        => await ports.Blobs.LoadAsync("caches", CacheName(""), stop) is { } text ? JsonSerializer.Deserialize<List<string>>(text, FairwayJson.Options)! : [];

    private string CacheName(string key) => $"{run.Trigger.Repository}\n{key}";

    private (string Root, string Folder)[] Roots => [("workspace", session.Workspace), ("home", session.Home)];

    private static ImmutableArray<string> Under(string root, ImmutableArray<string> paths)
        => [.. paths.Where(path => path.StartsWith("~/", StringComparison.Ordinal) == (root == "home")).Select(path => root == "home" ? path[2..] : Relative(path))];

    // The workspace's own path is what scripts know; patterns are relative to it.
    private static string Relative(string path)
    {
        var isOut = path.StartsWith('!');
        var bare = isOut ? path[1..] : path;
        if (bare == SandboxPaths.Workspace) bare = ".";
        else if (bare.StartsWith(SandboxPaths.Workspace + "/", StringComparison.Ordinal)) bare = bare[(SandboxPaths.Workspace.Length + 1)..];
        if (bare.StartsWith("./", StringComparison.Ordinal)) bare = bare[2..];
        return (isOut ? "!" : "") + (bare is "." or "" ? "**" : bare);
    }

    private static (ImmutableArray<string> Texts, Why? Problem) Texts(ImmutableArray<string> templates, ExpressionContext seen)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var template in templates)
        {
            var (text, problem) = RunContexts.Text(template, seen, ExpressionScopes.StepText, "path");
            if (text is null) return ([], problem);
            texts.Add(text);
        }
        return (texts.ToImmutable(), null);
    }

    private (ImmutableSortedDictionary<string, string>? Env, ExpressionContext? Context, Why? Problem) Environment(PipelineStep step)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["CI"] = "true", ["FAIRWAY"] = "true" };
        foreach (var (name, value) in run.Trigger.Deployment?.Variables() ?? []) values[name] = value;
        foreach (var level in (ImmutableSortedDictionary<string, string>[])[run.Pipeline.Env, job.Env])
        {
            var seen = At(values);
            foreach (var (name, template) in level)
            {
                var (value, problem) = RunContexts.Text(template, seen, ExpressionScopes.JobEnv, $"env {name}");
                if (value is null) return (null, null, problem);
                values[name] = value;
            }
        }
        foreach (var (name, value) in secrets) values[name] = value;
        foreach (var (name, value) in _variables) values[name] = value;
        var before = At(values);
        foreach (var (name, template) in step.Env)
        {
            var (value, problem) = RunContexts.Text(template, before, ExpressionScopes.StepText, $"env {name}");
            if (value is null) return (null, null, problem);
            values[name] = value;
        }
        if (_path.Count > 0) values["PATH"] = string.Join(':', [.. _path, session.SearchPath]);
        return (values.ToImmutableSortedDictionary(StringComparer.Ordinal), At(values), null);
    }

    private ExpressionContext At(IEnumerable<KeyValuePair<string, string>> variables) => context
        .With("env", ExpressionValue.OfVariables(variables))
        .With("steps", ExpressionValue.Of(_steps))
        .With("job", ExpressionValue.Of(new("status", ExpressionValue.Of(_failed ? "failure" : "success")), new("services", Services)))
        .With("runner", ExpressionValue.OfTexts(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["os"] = "Linux", ["arch"] = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToUpperInvariant(), ["temp"] = "/tmp", ["name"] = "fairway",
        })) with { Status = new(!_failed, _failed, false), HashFiles = patterns => HashFiles(patterns) };

    // Each job has a network of its own, so a service's port is the same number inside and outside.
    private ExpressionValue Services => ExpressionValue.Of(place.Services.Select(service => KeyValuePair.Create(service.Name, ExpressionValue.Of(
        new KeyValuePair<string, ExpressionValue>("id", ExpressionValue.Of(service.Name)),
        new KeyValuePair<string, ExpressionValue>("ports", ExpressionValue.OfTexts(service.Ports.Distinct()
            .Select(port => port.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToDictionary(port => port, StringComparer.Ordinal)))))));

    private string HashFiles(ImmutableArray<string> patterns)
    {
        // Asked while an expression is evaluated, which waits for nothing: the files are on this machine.
        var (tree, fault) = ports.Blobs.CollectAsync(session.Workspace, [.. patterns.Select(Relative)], CancellationToken.None).GetAwaiter().GetResult();
        if (tree is null) throw new FormatException(fault!.Message);
        return tree.Entries.IsEmpty ? "" : tree.Digest[7..];
    }

    private static string NameOf(PipelineStep step, ExpressionContext seen)
    {
        var name = step.Name is { } template ? RunContexts.Text(template, seen, ExpressionScopes.StepText, "name").Text : null;
        return name ?? step.Action switch
        {
            StepAction.Run script => script.Script.Trim().Split('\n')[0] is var first && first.Length > 60 ? first[..59] + "…" : script.Script.Trim().Split('\n')[0],
            StepAction.Cache => "cache",
            StepAction.UploadArtifact upload => $"keep {upload.Name}",
            StepAction.Container container => container.Image,
            StepAction.DownloadArtifact download => $"get {download.Name ?? "all artifacts"}",
            _ => "checkout",
        };
    }

    private void Hear(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
        {
            log.Flush();
            return;
        }
        _commands.Write(piece, _raw);
        Conceal();
        Drain();
    }

    private void Conceal()
    {
        if (_raw.WrittenCount > 0) mask.Write(_raw.WrittenSpan, _clean);
        _raw.ResetWrittenCount();
    }

    /// <summary>What a script tells the runner by a line (<c>::error::…</c>); the text that is logged instead, null for the line itself.</summary>
    private string? Command(WorkflowCommand command)
    {
        switch (command.Name)
        {
            case "add-mask":
                mask.Add([command.Message]);
                return "***";
            // Anything that a script prints may hold such a line, so only who is used to it gets it.
            case "set-output" when run.Pipeline.Origin.StartsWith(".github/", StringComparison.Ordinal) && command.Property("name") is { Length: > 0 } name && _said.Count < StepExchange.MostNames:
                _said[name] = command.Message;
                return null;
            case "group" or "endgroup" or "debug":
                return command.Name == "endgroup" ? "" : $"{command.Name}: {command.Message}";
            case "error":
                if (command.Message.Length > 0) _error ??= PlainText.Of(command.Message);
                return command.Annotation;
            default:
                return command.Annotation;
        }
    }

    private void Drain()
    {
        if (_clean.WrittenCount > 0) log.Write(_step, _clean.WrittenSpan);
        _clean.ResetWrittenCount();
    }

    private void Say(int step, string text)
    {
        foreach (var line in text.Split('\n')) log.Write(step, Encoding.UTF8.GetBytes(line.TrimEnd() + "\n"));
        log.Flush();
    }

    private static ImmutableSortedDictionary<string, string> Nothing { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    private static StepRun Well() => new(Outcome.Success, null, null, Nothing);

    private static StepRun Bad(Why why) => new(Outcome.Failure, null, why, Nothing);
}
