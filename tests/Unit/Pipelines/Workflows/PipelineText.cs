using System.Globalization;
using System.Text;

namespace Fairway.Pipelines.Workflows;

/// <summary>Writes a pipeline for snapshots: what differs from the defaults, one fact a line.</summary>
internal static class PipelineText
{
    public static string Write(Pipeline pipeline)
    {
        var text = new StringBuilder();
        Line(text, 0, "pipeline", pipeline.Name);
        Line(text, 0, "title", pipeline.Title);
        Filter(text, "push", pipeline.On.Push);
        Filter(text, "pull request", pipeline.On.PullRequest);
        foreach (var input in pipeline.On.Inputs)
            Line(text, 0, "input", $"{input.Name}{(input.Required ? " required" : "")} = {input.Default ?? "nothing"} of [{string.Join(", ", input.Choices)}] {input.Description}");
        Line(text, 0, "concurrency", Group(pipeline.Concurrency));
        Line(text, 0, "shell", pipeline.Defaults.Shell);
        Line(text, 0, "folder", pipeline.Defaults.WorkingDirectory);
        Each(text, 0, "env", pipeline.Env);
        foreach (var job in pipeline.Jobs) Job(text, job);
        return text.ToString();
    }

    private static void Job(StringBuilder text, PipelineJob job)
    {
        text.Append('\n');
        Line(text, 0, "job", job.Id);
        Line(text, 1, "name", job.Name);
        Line(text, 1, "needs", job.Needs is { } needs ? string.Join(", ", needs) : null);
        Line(text, 1, "if", job.If);
        if (job.Matrix is { } matrix) Matrix(text, matrix);
        Each(text, 1, "env", job.Env);
        Each(text, 1, "secret", job.Secrets);
        Line(text, 1, "shell", job.Defaults.Shell);
        Line(text, 1, "folder", job.Defaults.WorkingDirectory);
        Line(text, 1, "image", job.Sandbox.Image);
        Line(text, 1, "container", Settings(job.Sandbox.Container, job.Sandbox.MemoryBytes, job.Sandbox.Cpus, job.Sandbox.Processes));
        Line(text, 1, "minutes", job.Timeout.TotalMinutes == 360 ? null : job.Timeout.TotalMinutes.ToString(CultureInfo.InvariantCulture));
        Line(text, 1, "continue-on-error", job.ContinueOnError);
        Line(text, 1, "concurrency", Group(job.Concurrency));
        Each(text, 1, "output", job.Outputs);
        foreach (var service in job.Services)
        {
            Line(text, 1, "service", $"{service.Name} {service.Image} ports [{string.Join(", ", service.Ports)}] ready [{string.Join(" | ", service.Ready)}] command [{string.Join(" | ", service.Command)}]");
            Line(text, 2, "container", Settings(service.Container, service.MemoryBytes, null, new SandboxPolicy().Processes));
            Each(text, 2, "env", service.Env);
        }
        foreach (var step in job.Steps) Step(text, step);
    }

    private static string? Settings(ContainerSettings settings, long? memory, double? cpus, int processes)
    {
        var facts = new[]
        {
            settings.ReadOnly ? "read-only" : null, settings.Tmpfs.IsEmpty ? null : "tmpfs " + string.Join(",", settings.Tmpfs),
            settings.SharedMemoryBytes is { } shared ? $"shm {shared}" : null, memory is { } bytes ? $"memory {bytes}" : null,
            cpus is { } cores ? string.Create(CultureInfo.InvariantCulture, $"cpus {cores}") : null, processes != new SandboxPolicy().Processes ? $"processes {processes}" : null,
        };
        return facts.OfType<string>().ToArray() is { Length: > 0 } some ? string.Join(" ", some) : null;
    }

    private static void Step(StringBuilder text, PipelineStep step)
    {
        Line(text, 1, "step", step.Id ?? "-");
        Line(text, 2, "name", step.Name);
        Line(text, 2, "if", step.If);
        Each(text, 2, "env", step.Env);
        Line(text, 2, "continue-on-error", step.ContinueOnError);
        Line(text, 2, "minutes", step.Timeout?.TotalMinutes.ToString(CultureInfo.InvariantCulture));
        switch (step.Action)
        {
            case StepAction.Run run:
                Line(text, 2, "run", run.Script.Contains("FAIRWAY_WANTED", StringComparison.Ordinal) ? "(checks the tool)" : run.Script.Trim().Replace("\n", "\\n", StringComparison.Ordinal));
                Line(text, 2, "shell", run.Shell);
                Line(text, 2, "folder", run.WorkingDirectory);
                break;
            case StepAction.Cache cache:
                Line(text, 2, "cache", $"{cache.Key} or [{string.Join(", ", cache.RestoreKeys)}] of [{string.Join(", ", cache.Paths)}]");
                break;
            case StepAction.UploadArtifact upload:
                Line(text, 2, "upload", $"{upload.Name}{(upload.Optional ? "?" : "")} of [{string.Join(", ", upload.Paths)}]");
                break;
            case StepAction.DownloadArtifact download:
                Line(text, 2, "download", $"{download.Name ?? "all"} to {download.Path ?? "."}");
                break;
            case StepAction.Container container:
                Line(text, 2, "container", $"{container.Image} entrypoint [{container.Entrypoint}] args [{container.Arguments}]");
                break;
            default:
                Line(text, 2, "checkout", "here");
                break;
        }
    }

    private static void Matrix(StringBuilder text, JobMatrix matrix)
    {
        Line(text, 1, "matrix", matrix.Expression ?? $"fail-fast {matrix.FailFast}, at once {matrix.MaxParallel?.ToString(CultureInfo.InvariantCulture) ?? "all"}");
        foreach (var axis in matrix.Axes) Line(text, 2, axis.Name, axis.Expression ?? string.Join(", ", axis.Values.Select(value => value.Json)));
        foreach (var row in matrix.Include) Line(text, 2, "include", Row(row));
        foreach (var row in matrix.Exclude) Line(text, 2, "exclude", Row(row));
        Line(text, 2, "include", matrix.IncludeExpression);
        Line(text, 2, "exclude", matrix.ExcludeExpression);
    }

    private static string Row(ImmutableSortedDictionary<string, MatrixValue> row) => string.Join(", ", row.Select(pair => $"{pair.Key} = {pair.Value.Json}"));

    private static string? Group(Concurrency? group) => group is null ? null : $"{group.Group} ({group.Queue})";

    private static void Filter(StringBuilder text, string name, PushFilter? filter)
    {
        if (filter is null) return;
        (string Name, ImmutableArray<string> Patterns)[] lists = [("branches", filter.Branches), ("branches-ignore", filter.BranchesIgnore), ("tags", filter.Tags),
            ("tags-ignore", filter.TagsIgnore), ("paths", filter.Paths), ("paths-ignore", filter.PathsIgnore)];
        Line(text, 0, $"on {name}", string.Join("; ", lists.Where(list => !list.Patterns.IsEmpty).Select(list => $"{list.Name} {string.Join(" ", list.Patterns)}")) is { Length: > 0 } all ? all : "any");
    }

    private static void Each(StringBuilder text, int level, string name, ImmutableSortedDictionary<string, string> values)
    {
        foreach (var (key, value) in values) Line(text, level, name, $"{key} = {value}");
    }

    private static void Line(StringBuilder text, int level, string name, string? value)
    {
        if (value is not null) text.Append(' ', 2 * level).Append(name).Append(": ").Append(value).Append('\n');
    }
}
