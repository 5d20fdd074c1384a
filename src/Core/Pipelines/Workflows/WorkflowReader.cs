using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>
/// Reads a GitHub Actions workflow into a pipeline. What cannot be done here is an error with its place and what to write instead, and all
/// of these come at once: a workflow that is read does what it says.
/// </summary>
public sealed class WorkflowReader
{
    /// <summary>Deepest chain of workflows that use each other.</summary>
    private const int MostNested = 10;

    private const int MostJobs = 256;

    private static readonly string[] Names = ["name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"];

    private readonly WorkflowForm _form;
    private readonly Func<string, WorkflowFile?> _files;

    private WorkflowReader(DiagnosticList diagnostics, Func<string, WorkflowFile?> files)
        => (_form, _files) = (new WorkflowForm(diagnostics), files);

    /// <summary>Reads a workflow with the actions and workflows of the same checkout that it uses.</summary>
    /// <param name="path">The file, relative to the checkout: <c>.github/workflows/ci.yml</c>.</param>
    /// <param name="files">A YAML file by its path relative to the checkout; null when there is none. It must not follow links out of
    /// it.</param>
    public static WorkflowReading Read(string path, Func<string, WorkflowFile?> files)
    {
        var diagnostics = new DiagnosticList();
        var reader = new WorkflowReader(diagnostics, files);
        if (files(path) is not { } file)
        {
            diagnostics.Error(DiagnosticCodes.Unreadable, new SourceFile(path, "", "").Start, "the file cannot be read");
            return new(null, diagnostics.Sorted(), []);
        }
        var document = reader.Document(file, [path]);
        if (document is null || diagnostics.HasErrors) return new(null, diagnostics.Sorted(), document?.Schedules ?? []);
        var pipeline = new Pipeline
        {
            Name = WorkflowNames.OfFile(path), Title = document.Title, Origin = path, On = document.On, Concurrency = document.Concurrency,
            // On GitHub a script without a shell runs with bash -e, and without -o pipefail.
            Defaults = document.Defaults with { Shell = document.Defaults.Shell ?? "bash -e {0}" },
            Env = document.Env, Jobs = [.. document.Jobs.Select(Switches(document.On).Job).Select(WorkflowSecrets.Named)],
        };
        return new(pipeline, diagnostics.Sorted(), document.Schedules);
    }

    private WorkflowDocument? Document(WorkflowFile file, ImmutableArray<string> chain)
    {
        foreach (var problem in file.Problems) _form.Diagnostics.Add(problem);
        if (file.Root is null || _form.Mapping(file.Root, "a workflow", Names) is not { } root) return null;
        var triggers = new WorkflowTriggers(_form);
        var jobs = new WorkflowJobs(_form, _files);
        var document = new WorkflowDocument();
        if (root.Find("name") is { } name) document = document with { Title = _form.Text(name.Value, "name") };
        if (root.Find("run-name") is { } runName) _form.Template(runName.Value, ExpressionScopes.RunName, "run-name");
        if (_form.Required(root, "on", "the workflow", root.At) is { } on)
            document = CallDeclaration.Read(document with { On = triggers.Read(on), Schedules = triggers.Schedules }, on, _form);
        if (root.Find("permissions") is { } permissions) jobs.Permissions(permissions.Value);
        if (root.Find("env") is { } env) document = document with { Env = _form.Templates(env.Value, ExpressionScopes.Env, "env") };
        if (root.Find("defaults") is { } defaults) document = document with { Defaults = jobs.Defaults(defaults.Value,
            ExpressionScopes.Env) };
        if (root.Find("concurrency") is { } concurrency) document = document with { Concurrency = jobs.Concurrency(concurrency.Value,
            ExpressionScopes.Concurrency) };
        if (_form.Required(root, "jobs", "the workflow", root.At) is not { } listed
            || _form.Mapping(listed, "jobs") is not { } mapping) return document;
        if (mapping.Entries.IsEmpty) _form.Diagnostics.Error(DiagnosticCodes.WrongKind, mapping.At, "jobs is empty", "at least one job");
        return Jobs(document, mapping, jobs, triggers.InputNames, chain);
    }

    private WorkflowDocument Jobs(WorkflowDocument document, MappingNode mapping, WorkflowJobs reader, HashSet<string> inputs,
        ImmutableArray<string> chain)
    {
        var read = ImmutableArray.CreateBuilder<PipelineJob>();
        var calls = new Dictionary<string, WorkflowCall>(StringComparer.Ordinal);
        var ids = new Dictionary<string, SourcePosition>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in mapping.Entries)
        {
            if (!WorkflowNames.IsId(entry.Name) || entry.Name.StartsWith("__", StringComparison.Ordinal))
                _form.Diagnostics.Error(DiagnosticCodes.BadName, entry.Key.At, $"\"{entry.Name}\" cannot be a job's id",
                    WorkflowNames.Rule + ", not beginning with __");
            if (!ids.TryAdd(entry.Name, entry.Key.At))
                _form.Diagnostics.Error(WorkflowCodes.SameId, entry.Key.At, $"another job has the id {entry.Name}", null, null,
                    new RelatedPlace(ids[entry.Name], "the first one"));
            if (entry.Value is MappingNode job && job.Find("uses") is { } uses)
            {
                if (WorkflowCall.Read(entry, job, uses, reader, _form, path
                    => Called(path, uses.Value.At, chain)) is not { } call) continue;
                calls[entry.Name] = call;
                read.AddRange(call.Jobs);
            }
            else if (reader.Read(entry) is { } plain) read.Add(plain);
            WorkflowReferences.Check(entry, mapping, inputs, _form);
        }
        if (read.Count > MostJobs) _form.Diagnostics.Error(DiagnosticCodes.TooComplex, mapping.At, $"there are {read.Count} jobs",
            $"at most {MostJobs}");
        WorkflowNeeds.Check(mapping, _form);
        if (calls.Count == 0) return document with { Jobs = read.ToImmutable() };
        // Variables and defaults of a file are those of its own jobs only.
        return document with
        {
            Jobs = [.. read.Select(job => ids.ContainsKey(job.Id) ? Own(document, job) : job).Select(job
                => WorkflowCall.Resolve(job, calls))],
            Outputs = document.Outputs.ToImmutableDictionary(pair => pair.Key, pair
                => WorkflowCall.ResolveOutput(pair.Value, calls), StringComparer.OrdinalIgnoreCase),
            Env = ImmutableSortedDictionary<string, string>.Empty, Defaults = new(),
        };
    }

    /// <summary>A job with what its file says for all.</summary>
    internal static PipelineJob Own(WorkflowDocument document, PipelineJob job) => job with
    {
        Env = document.Env.SetItems(job.Env),
        Defaults = new(job.Defaults.Shell ?? document.Defaults.Shell, job.Defaults.WorkingDirectory ?? document.Defaults.WorkingDirectory),
    };

    /// <summary>
    /// An input that is true or false is so in expressions too, where the run knows texts: <c>inputs.x</c> is <c>inputs.x == 'true'</c>.
    /// </summary>
    private static ModelRewrite Switches(PipelineTriggers on)
    {
        var names = on.Inputs.Where(input => input.Choices is ["true", "false"]).Select(input
            => input.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new(part => part is IndexNode { Name: { } name, Target: NameNode context } && CompositeUse.IsNamed(context, "inputs")
            && names.Contains(name)
            ? new ComparisonNode("==", part, new LiteralNode(ExpressionValue.Of("true"), 0), 0) : null);
    }

    private WorkflowDocument? Called(string path, SourcePosition at, ImmutableArray<string> chain)
    {
        if (chain.Contains(path, StringComparer.Ordinal) || chain.Length >= MostNested)
        {
            _form.Diagnostics.Error(WorkflowCodes.Cycle, at, chain.Contains(path, StringComparer.Ordinal) ? $"{path} uses itself"
                : $"workflows are nested deeper than {MostNested}");
            return null;
        }
        if (_files(path) is { } file) return Document(file, chain.Add(path));
        _form.Diagnostics.Error(DiagnosticCodes.Unreadable, at, $"there is no {path} in this repository");
        return null;
    }
}
