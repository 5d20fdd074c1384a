using System.Globalization;
using Fairway.Configuration;
using Fairway.Pipelines.Expressions;
using NodaTime;

namespace Fairway.Pipelines.Workflows;

/// <summary>Reads the jobs of one file, those that use another file aside.</summary>
internal sealed class WorkflowJobs(WorkflowForm form, Func<string, WorkflowFile?> files)
{
    /// <summary>GitHub's own, where no time is given.</summary>
    private static readonly Duration LongestJob = Duration.FromMinutes(360);

    private static readonly string[] Names =
    [
        "name", "needs", "permissions", "runs-on", "snapshot", "environment", "concurrency", "outputs", "env", "defaults", "if", "steps",
        "timeout-minutes", "strategy", "continue-on-error", "container", "services", "uses", "with", "secrets",
    ];

    private readonly WorkflowSteps _steps = new(form, files);
    private readonly WorkflowMatrix _matrix = new(form);
    private readonly WorkflowContainers _containers = new(form);

    /// <summary>Reads a job of steps; null when it cannot be read, which is reported.</summary>
    public PipelineJob? Read(MappingEntry entry)
    {
        if (form.Mapping(entry.Value, $"the job {entry.Name}", Names) is not { } mapping) return null;
        var job = new PipelineJob { Id = entry.Name, Timeout = LongestJob, Cache = new() { Enabled = false },
            OnInterrupt = InterruptedPolicy.Restart };
        foreach (var name in (string[])["with", "secrets"])
            if (mapping.Find(name) is { } only)
                form.Diagnostics.Error(DiagnosticCodes.UnknownField, only.Key.At, $"{name} belongs to a job that uses a workflow",
                    name == "with" ? "with in a step" : "env in a step");
        RunsOn(mapping, entry);
        job = Around(job, mapping);
        if (mapping.Find("env") is { } env) job = job with { Env = form.Templates(env.Value, ExpressionScopes.JobEnv, "env") };
        if (mapping.Find("defaults") is { } defaults) job = job with { Defaults = Defaults(defaults.Value, ExpressionScopes.JobDefaults) };
        if (mapping.Find("outputs") is { } outputs) job = job with { Outputs = form.Templates(outputs.Value, ExpressionScopes.JobOutputs,
            "outputs") };
        if (mapping.Find("timeout-minutes") is { } minutes) job = job with { Timeout = _steps.Minutes(minutes.Value, "timeout-minutes")
            ?? LongestJob };
        if (mapping.Find("continue-on-error") is { } goOn) job = job with { ContinueOnError = _steps.OrSwitch(goOn.Value,
            ExpressionScopes.JobContinueOnError, "continue-on-error") };
        if (mapping.Find("environment") is { } environment) Environment(environment.Value);
        if (mapping.Find("snapshot") is { } snapshot) form.NotSupported(snapshot.Key.At, "snapshot", null);
        if (mapping.Find("container") is { } container) job = _containers.Container(job, container.Value);
        if (mapping.Find("services") is { } services) job = job with { Services = _containers.Services(services.Value) };
        if (form.Required(mapping, "steps", $"the job {entry.Name}", entry.Key.At) is not { } steps) return job;
        job = job with { Steps = _steps.Read(steps, StepPlace.Job) };
        return _steps.Composites.Count == 0 ? job
            : job with { Outputs = new ModelRewrite(part => CompositeUse.Replace(part, _steps.Composites)).Templates(job.Outputs) };
    }

    /// <summary>What a job of steps and a job that uses a workflow both have.</summary>
    public PipelineJob Around(PipelineJob job, MappingNode mapping)
    {
        if (mapping.Find("name") is { } name) job = job with { Name = form.Template(name.Value, ExpressionScopes.JobName, "name") };
        if (mapping.Find("if") is { } condition) job = job with { If = form.Condition(condition.Value, ExpressionScopes.JobIf) };
        if (mapping.Find("needs") is { } needs) job = job with { Needs = [.. form.Texts(needs.Value, "needs").Select(need => need.Text)] };
        if (mapping.Find("strategy") is { } strategy) job = job with { Matrix = _matrix.Read(strategy.Value) };
        if (mapping.Find("concurrency") is { } concurrency) job = job with { Concurrency = Concurrency(concurrency.Value,
            ExpressionScopes.JobConcurrency) };
        if (mapping.Find("permissions") is { } permissions) Permissions(permissions.Value);
        return job;
    }

    /// <summary>A group by its name, or with what becomes of those that run and wait.</summary>
    public Concurrency? Concurrency(ConfigurationNode node, ExpressionScope scope)
    {
        if (node is ScalarNode) return form.Template(node, scope, "concurrency") is { Length: > 0 } name ? new(name) : null;
        if (form.Mapping(node, "concurrency", "group", "cancel-in-progress", "queue") is not { } mapping) return null;
        if (form.Required(mapping, "group", "concurrency", node.At) is not { } group
            || form.Template(group, scope, "group") is not { } text) return null;
        string? replaceIf = null;
        var (replaces, queue) = (false, mapping.Find("queue") is { } queued ? form.Text(queued.Value, "queue") : null);
        if (queue is not (null or "single" or "max"))
            form.Diagnostics.Error(DiagnosticCodes.UnknownWord, mapping.Find("queue")!.Value.At, $"queue is \"{queue}\"", "single or max",
                NearestName.Of(queue, ["single", "max"]));
        if (mapping.Find("cancel-in-progress") is { } cancel)
        {
            if (cancel.Value is ScalarNode { Value: var written } && written.Contains("${{", StringComparison.Ordinal)) replaceIf = form.Template(cancel.Value, scope, "cancel-in-progress");
            else replaces = form.Switch(cancel.Value, "cancel-in-progress") == true;
        }
        if (replaces && queue == "max")
            form.Diagnostics.Error(DiagnosticCodes.ChooseOne, mapping.Find("queue")!.Key.At,
                "queue: max waits and cancel-in-progress does not", "one of them");
        return new(text, replaces ? QueueMode.Replace : queue == "max" ? QueueMode.All : QueueMode.Latest) { ReplaceIf = replaceIf };
    }

    /// <summary><c>defaults.run</c>.</summary>
    public StepDefaults Defaults(ConfigurationNode node, ExpressionScope scope)
    {
        if (form.Mapping(node, "defaults", "run")?.Find("run") is not { } run
            || form.Mapping(run.Value, "run", "shell", "working-directory") is not { } mapping) return new();
        return new(mapping.Find("shell") is { } shell ? _steps.Shell(shell.Value) : null,
            mapping.Find("working-directory") is { } folder ? form.Template(folder.Value, scope, "working-directory") : null);
    }

    /// <summary>Rights of GitHub's token: there is none here.</summary>
    public void Permissions(ConfigurationNode node)
    {
        if (node is ScalarNode single)
        {
            if (single.Value is not ("read-all" or "write-all"))
                form.Diagnostics.Error(DiagnosticCodes.UnknownWord, node.At, $"permissions is {WorkflowForm.Shown(node)}",
                    "read-all, write-all or a mapping", NearestName.Of(single.Value, ["read-all", "write-all"]));
            else form.NoEffect(node.At, "permissions have no effect: jobs get no token of GitHub's");
            return;
        }
        if (form.Mapping(node, "permissions", "actions", "artifact-metadata", "attestations", "checks", "contents", "deployments",
            "discussions", "id-token", "issues",
            "models", "packages", "pages", "pull-requests", "repository-projects", "security-events",
                "statuses") is not { } mapping) return;
        foreach (var entry in mapping.Entries)
            if (form.Text(entry.Value, entry.Name) is { } right && right is not ("read" or "write" or "none"))
                form.Diagnostics.Error(DiagnosticCodes.UnknownWord, entry.Value.At, $"{entry.Name} is \"{right}\"", "read, write or none",
                    NearestName.Of(right, ["read", "write", "none"]));
        if (!mapping.Entries.IsEmpty) form.NoEffect(node.At, "permissions have no effect: jobs get no token of GitHub's");
    }

    private void RunsOn(MappingNode mapping, MappingEntry entry)
    {
        if (form.Required(mapping, "runs-on", $"the job {entry.Name}", entry.Key.At) is not { } node) return;
        var labels = node is MappingNode && form.Mapping(node, "runs-on", "group", "labels") is { } group
            ? group.Find("labels") is { } listed ? form.Texts(listed.Value, "labels") : [] : form.Texts(node, "runs-on");
        foreach (var (text, scalar) in labels)
        {
            form.Template(scalar, ExpressionScopes.JobRunsOn, "runs-on");
            if (text.StartsWith("windows", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("macos", StringComparison.OrdinalIgnoreCase))
                form.NoEffect(scalar.At, $"{text}: the job runs on this Linux machine all the same");
        }
        if (labels.IsEmpty && node is not MappingNode) form.Diagnostics.Error(DiagnosticCodes.MissingField, node.At, "runs-on is empty",
            "a label such as ubuntu-latest");
    }

    private void Environment(ConfigurationNode node)
    {
        if (node is MappingNode && form.Mapping(node, "environment", "name", "url", "deployment") is { } mapping)
        {
            if (mapping.Find("name") is { } name) form.Template(name.Value, ExpressionScopes.JobEnvironment, "name");
            if (mapping.Find("url") is { } url) form.Template(url.Value, ExpressionScopes.JobEnvironmentUrl, "url");
        }
        else form.Template(node, ExpressionScopes.JobEnvironment, "environment");
        form.NotSupported(node.At, "environment", "ship of a job in fairway.yaml, whose environments have gates, or no environment",
            "its approvals would not be asked for");
    }
}
