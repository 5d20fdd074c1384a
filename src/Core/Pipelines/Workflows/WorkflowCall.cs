using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>
/// A job that uses a workflow of the same repository: the jobs of that file take its place as <c>CALLER__JOB</c>, with what they are given
/// put into their expressions.
/// </summary>
/// <param name="Id">Id of the job that uses it.</param>
/// <param name="Jobs">The jobs that take its place.</param>
/// <param name="Outputs">Its outputs, as templates over these jobs.</param>
internal sealed record WorkflowCall(string Id, ImmutableArray<PipelineJob> Jobs, ImmutableDictionary<string, string> Outputs)
{
    private static readonly string[] Names = ["name", "uses", "with", "secrets", "needs", "if", "permissions", "strategy", "concurrency"];

    /// <summary>Reads it; null when it cannot be used, which is reported.</summary>
    public static WorkflowCall? Read(MappingEntry entry, MappingNode job, MappingEntry uses, WorkflowJobs reader, WorkflowForm form,
        Func<string, WorkflowDocument?> called)
    {
        form.Mapping(job, $"the job {entry.Name}, which uses a workflow,", Names);
        if (form.Text(uses.Value, "uses") is not { } written) return null;
        if (!written.StartsWith("./", StringComparison.Ordinal) && !written.StartsWith("$/", StringComparison.Ordinal))
        {
            form.NotSupported(uses.Value.At, $"{written}, a workflow of another repository,", "a copy of it in .github/workflows here");
            return null;
        }
        foreach (var name in (string[])["strategy", "concurrency"])
            if (job.Find(name) is { } late) form.NotSupported(late.Key.At, $"{name} of a job that uses a workflow",
                $"{name} in that workflow's jobs");
        if (WorkflowPaths.Normal(written[2..]) is not { } path)
        {
            form.Diagnostics.Error(DiagnosticCodes.BadValue, uses.Value.At, $"{written} leads out of the checkout",
                "a file of this repository");
            return null;
        }
        if (called(path) is not { } document) return null;
        if (!document.IsCallable)
            form.Diagnostics.Error(DiagnosticCodes.MissingField, uses.Value.At, $"{path} does not say that other workflows may use it",
                "on: workflow_call there");
        var around = reader.Around(new PipelineJob { Id = entry.Name }, job);
        var inputs = Inputs(job, document, uses.Value.At, form);
        var secrets = Secrets(job, form);
        return Inline(entry.Name, around, document, inputs, secrets);
    }

    /// <summary>A job whose needs and expressions name jobs that use a workflow: they become the jobs that took their place.</summary>
    public static PipelineJob Resolve(PipelineJob job, IReadOnlyDictionary<string, WorkflowCall> calls)
    {
        var rewritten = new ModelRewrite(part => Replace(part, "needs", calls)).Job(job);
        return rewritten with { Needs = rewritten.Needs is { } needs ? [.. needs.SelectMany(need => calls.TryGetValue(need, out var call)
            ? call.Jobs.Select(inner => inner.Id) : [need])] : null };
    }

    /// <summary>The same for an output of the workflow, which names jobs by <c>jobs.ID</c>.</summary>
    public static string ResolveOutput(string template, IReadOnlyDictionary<string, WorkflowCall> calls)
        => new ModelRewrite(part => Replace(part, "jobs", calls)).Template(template);

    private static WorkflowCall Inline(string id, PipelineJob around, WorkflowDocument document, IReadOnlyDictionary<string,
        ExpressionNode> inputs,
        IReadOnlyDictionary<string, ExpressionNode>? secrets)
    {
        var rewrite = new ModelRewrite(part => Inside(part, id, inputs, secrets));
        var jobs = document.Jobs.Select(job =>
        {
            var inner = rewrite.Job(WorkflowReader.Own(document, job));
            ImmutableArray<string> own = [.. (job.Needs ?? []).Select(need => $"{id}__{need}")];
            return inner with
            {
                Id = $"{id}__{job.Id}",
                Name = $"{around.Name ?? id} / {inner.Name ?? job.Id}",
                Needs = [.. own, .. around.Needs ?? []],
                If = Condition(around, inner.If, own),
            };
        });
        return new(id, [.. jobs], document.Outputs.ToImmutableDictionary(pair => pair.Key, pair
            => rewrite.Template(pair.Value), StringComparer.OrdinalIgnoreCase));
    }

    private static string? Condition(PipelineJob around, string? inner, ImmutableArray<string> own)
    {
        var (outerAsks, innerAsks) = (Asks(around.If), Asks(inner));
        if (outerAsks == innerAsks) return CompositeUse.Both(around.If, inner);
        var all = ImmutableArray.CreateBuilder<ExpressionNode>();
        var asked = outerAsks ? own : around.Needs ?? [];
        if (!asked.IsEmpty) all.Add(CompositeUse.Parsed($"success({string.Join(", ", asked.Select(ExpressionText.Quote))})"));
        foreach (var condition in (string?[])[around.If, inner])
            if (!string.IsNullOrWhiteSpace(condition)) all.Add(CompositeUse.Condition(condition));
        return all.Count == 1 ? all[0].ToString() : new LogicalNode(true, all.ToImmutable(), 0).ToString();
    }

    private static bool Asks(string? condition)
        => !string.IsNullOrWhiteSpace(condition) && IfCondition.Parse(condition, ExpressionScope.Any).Condition
            is { ImpliesSuccess: false };

    private static ExpressionNode? Inside(ExpressionNode node, string id, IReadOnlyDictionary<string, ExpressionNode> inputs,
        IReadOnlyDictionary<string, ExpressionNode>? secrets)
    {
        if (node is CallNode call && (call.Is("success") || call.Is("failure")) && !call.Arguments.IsEmpty)
            return call with { Arguments = [.. call.Arguments.Select(argument => argument is LiteralNode { Value: StringValue name }
                ? Named($"{id}__{name.Value}") : argument)] };
        if (node is not IndexNode { Name: { } member, Target: NameNode context } index) return null;
        if (CompositeUse.IsNamed(context, "inputs")) return inputs.GetValueOrDefault(member, Named(""));
        if (CompositeUse.IsNamed(context, "secrets") && secrets is not null) return secrets.GetValueOrDefault(member, Named(""));
        if (CompositeUse.IsNamed(context, "needs")) return index with { Index = Named($"{id}__{member}") };
        return CompositeUse.IsNamed(context, "jobs") ? index with { Target = new NameNode("needs", 0), Index = Named($"{id}__{member}") }
            : null;
    }

    private static ExpressionNode? Replace(ExpressionNode node, string context, IReadOnlyDictionary<string, WorkflowCall> calls)
    {
        if (node is CallNode function && (function.Is("success") || function.Is("failure")) && !function.Arguments.IsEmpty)
            return function with { Arguments = [.. function.Arguments.SelectMany(argument
                => argument is LiteralNode { Value: StringValue name } && calls.TryGetValue(name.Value, out var used)
                ? used.Jobs.Select(job => (ExpressionNode)Named(job.Id)) : [argument])] };
        if (node is IndexNode { Name: { } output, Target: IndexNode { Name: "outputs",
            Target: IndexNode { Name: { } id, Target: NameNode needs } } }
            && CompositeUse.IsNamed(needs, context) && calls.TryGetValue(id, out var call))
            return call.Outputs.TryGetValue(output, out var template) ? CompositeUse.Whole(template) : Named("");
        if (node is not IndexNode { Name: "result", Target: IndexNode { Name: { } whole, Target: NameNode named } }
            || !CompositeUse.IsNamed(named, context)
            || !calls.TryGetValue(whole, out var result)) return null;
        return CompositeUse.Parsed($"({Any(result, "failure")}) && 'failure' || ({Any(result, "cancelled")}) && 'cancelled' || ({Any(result, "success")}) && 'success' || 'skipped'");
    }

    private static string Any(WorkflowCall call, string result) => string.Join(" || ",
        call.Jobs.Select(job => $"needs.{job.Id}.result == '{result}'"));

    private static LiteralNode Named(string text) => new(ExpressionValue.Of(text), 0);

    private static Dictionary<string, ExpressionNode> Inputs(MappingNode job, WorkflowDocument document, SourcePosition at,
        WorkflowForm form)
    {
        var nodes = new Dictionary<string, ExpressionNode>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, input) in document.Inputs)
            nodes[name] = Typed(input.Default ?? input.Type switch { "boolean" => "false", "number" => "0", _ => "" }, input.Type);
        var given = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (job.Find("with") is { Value: { IsNull: false } with } && form.Mapping(with, "with") is { } mapping)
            foreach (var entry in mapping.Entries)
            {
                if (form.Template(entry.Value, ExpressionScopes.JobWith, entry.Name) is not { } text) continue;
                if (!document.Inputs.TryGetValue(entry.Name, out var input))
                    form.Diagnostics.Error(DiagnosticCodes.UnknownField, entry.Key.At, $"the workflow has no input {entry.Name}",
                        document.Inputs.IsEmpty ? null : "one of " + string.Join(", ", document.Inputs.Keys.Order(StringComparer.Ordinal)),
                            NearestName.Of(entry.Name, document.Inputs.Keys));
                else if (!text.Contains("${{", StringComparison.Ordinal)
                    && (input.Type == "boolean" && text is not ("true" or "false") || input.Type == "number"
                        && double.IsNaN(ExpressionNumbers.Parse(text))))
                    form.Diagnostics.Error(DiagnosticCodes.BadValue, entry.Value.At, $"{entry.Name} is \"{text}\"", input.Type == "boolean"
                        ? "true or false" : "a number");
                else (nodes[entry.Name], _) = (Typed(text, input.Type), given.Add(entry.Name));
            }
        foreach (var (name, input) in document.Inputs)
            if (input.Required && !given.Contains(name)) form.Diagnostics.Error(DiagnosticCodes.MissingField, at,
                $"the workflow needs the input {name}");
        return nodes;
    }

    private static ExpressionNode Typed(string text, string type)
        => text.Contains("${{", StringComparison.Ordinal) || type == "string" ? CompositeUse.Whole(text)
            : new LiteralNode(type == "boolean" ? ExpressionValue.Of(text == "true")
                : ExpressionValue.Of(ExpressionNumbers.Parse(text)), 0);

    /// <summary>The secrets that are given by name; null when all are.</summary>
    private static Dictionary<string, ExpressionNode>? Secrets(MappingNode job, WorkflowForm form)
    {
        if (job.Find("secrets") is not { } entry) return new(StringComparer.OrdinalIgnoreCase);
        if (entry.Value is ScalarNode { Value: "inherit" }) return null;
        return form.Templates(entry.Value, ExpressionScopes.JobCallSecrets, "secrets")
            .ToDictionary(pair => pair.Key, pair => CompositeUse.Whole(pair.Value), StringComparer.OrdinalIgnoreCase);
    }
}
