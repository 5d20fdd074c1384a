using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>
/// A composite action in the place of the step that uses it: its steps become steps of the job under ids of their own, what it is given is
/// put into their expressions, and its outputs and its result are told by theirs.
/// </summary>
/// <param name="Action">The action.</param>
/// <param name="Folder">Its folder in the checkout.</param>
/// <param name="Id">Id of the step that uses it.</param>
/// <param name="Step">That step: its condition, its variables and so on.</param>
/// <param name="Given">What it is given, as templates.</param>
/// <param name="At">Where it is used.</param>
internal sealed record CompositeUse(CompositeAction Action, string Folder, string Id, PipelineStep Step, Dictionary<string, string> Given,
    SourcePosition At)
{
    /// <summary>Deepest nesting of actions that use actions.</summary>
    public const int MostNested = 10;

    private ImmutableArray<string> _inner = [];

    private string Entry => $"{Id}--enter";

    /// <summary>The steps that take its place.</summary>
    public ImmutableArray<PipelineStep> Inline(ImmutableArray<PipelineStep> steps, WorkflowForm form)
    {
        foreach (var (name, input) in Action.Inputs)
            if (input.Required && input.Default is null && !Given.ContainsKey(name))
                form.Diagnostics.Error(DiagnosticCodes.MissingField, At, $"the action needs the input {name}");
        var guarded = IfCondition.Parse(Step.If, ExpressionScope.Any).Condition is { ImpliesSuccess: false }
            && !string.IsNullOrWhiteSpace(Step.If)
            || steps.Any(step => step.If is not null && IfCondition.Parse(step.If, ExpressionScope.Any).Condition
                is { ImpliesSuccess: false });
        _inner = [.. steps.Select((step, index) => step.Id is null ? $"{Id}--{index + 1}" : $"{Id}--{step.Id}")];
        var rewrite = new ModelRewrite(Inside);
        var result = ImmutableArray.CreateBuilder<PipelineStep>();
        if (guarded)
            result.Add(new() { Id = Entry, Name = Step.Name ?? Action.Name, If = Step.If,
                Action = new StepAction.Run(":") { Shell = "sh" } });
        for (var i = 0; i < steps.Length; i++)
        {
            var step = rewrite.Step(steps[i]);
            if (step.If is { } condition && Mentions(condition, "secrets"))
                form.NotSupported(At, "a secret in the if of an action's step", "an input that says whether there is one");
            if (step.Action is StepAction.Run script && ScriptInjection.Source(script.Script) is { } source
                && (steps[i].Action as StepAction.Run is not { } written || ScriptInjection.Source(written.Script) is null))
                form.Diagnostics.Warning(WorkflowCodes.Injection, At,
                    $"{source} becomes part of a script of {Folder}: who chooses it would write commands",
                    "env in the action's step, and the variable in double quotes there");
            result.Add(step with
            {
                Id = _inner[i],
                Name = $"{Step.Name ?? (Action.Name.Length > 0 ? Action.Name : Folder)}: {step.Name ?? Short(step.Action)}",
                If = guarded ? Guarded(steps[i], step, i) : Both(Step.If, step.If),
                Env = Variables(step),
                ContinueOnError = Step.ContinueOnError ?? step.ContinueOnError,
                Timeout = step.Timeout ?? Step.Timeout,
            });
        }
        return result.ToImmutable();
    }

    /// <summary>What <c>steps.ID.outputs.NAME</c>, <c>.outcome</c> and <c>.conclusion</c> of an action's step become; null for all
    /// else.</summary>
    public static ExpressionNode? Replace(ExpressionNode node, IReadOnlyDictionary<string, CompositeUse> uses)
    {
        if (node is IndexNode { Name: { } output, Target: IndexNode { Name: { } member,
            Target: IndexNode { Name: { } id, Target: NameNode context } } }
            && IsNamed(context, "steps") && IsSame(member, "outputs") && uses.TryGetValue(id, out var use))
            return use.Output(output);
        return node is IndexNode { Name: { } ending, Target: IndexNode { Name: { } step, Target: NameNode steps } }
            && IsNamed(steps, "steps")
            && (IsSame(ending, "outcome") || IsSame(ending, "conclusion")) && uses.TryGetValue(step, out var used) ? used.Result() : null;
    }

    /// <summary>An expression's tree; the text is one of ours.</summary>
    public static ExpressionNode Parsed(string text)
        => Expression.Parse(text, ExpressionScope.Any, ExpressionLimits.Default with { Depth = 500, Length = 1_000_000 }).Expression?.Root
            ?? new LiteralNode(ExpressionValue.Null, 0);

    /// <summary>A template as one expression's tree.</summary>
    public static ExpressionNode Whole(string template)
        => Parsed(ExpressionTemplate.Parse(template, ExpressionScope.Any).Template?.AsExpression() ?? "null");

    /// <summary>Both conditions at once, with <c>success()</c> where neither asks.</summary>
    public static string? Both(string? outer, string? inner)
        => string.IsNullOrWhiteSpace(outer) ? inner : string.IsNullOrWhiteSpace(inner) ? outer
            : new LogicalNode(true, [Condition(outer), Condition(inner)], 0).ToString();

    /// <summary>A condition's tree, without what is implied.</summary>
    public static ExpressionNode Condition(string text)
        => IfCondition.Parse(text, ExpressionScope.Any).Condition?.Expression.Root ?? new LiteralNode(ExpressionValue.True, 0);

    public static bool IsNamed(ExpressionNode node, string context) => node is NameNode name && IsSame(name.Name, context);

    private static bool IsSame(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static bool Mentions(string condition, string context) => Condition(condition).Parts().Any(part => IsNamed(part, context));

    private ExpressionNode Output(string name)
        => Action.Outputs.TryGetValue(name, out var template) ? new ModelRewrite(Inside).Node(Whole(template))
            : new LiteralNode(ExpressionValue.Of(""), 0);

    private ExpressionNode Result()
    {
        var failed = Failed(_inner.Length);
        var ran = string.Join(" || ", _inner.Select(id => $"steps.{id}.conclusion == 'success'"));
        return Parsed($"({failed}) && 'failure' || ({(ran.Length == 0 ? "true" : ran)}) && 'success' || 'skipped'");
    }

    /// <summary>Whether one of the first steps failed.</summary>
    private string Failed(int before)
        => before == 0 ? "false" : string.Join(" || ", _inner.Take(before).Select(id => $"steps.{id}.conclusion == 'failure'"));

    /// <summary>Inside an action <c>success()</c> and <c>failure()</c> ask only of its own steps.</summary>
    private string Guarded(PipelineStep written, PipelineStep step, int index)
    {
        var failed = Parsed(Failed(index));
        var entered = Parsed($"steps.{Entry}.conclusion == 'success'");
        var own = new ModelRewrite(part => part switch
        {
            CallNode call when call.Is("failure") => failed,
            CallNode call when call.Is("success") => new NotNode(failed, 0),
            _ => null,
        });
        var asks = written.If is not null && IfCondition.Parse(written.If, ExpressionScope.Any).Condition is { ImpliesSuccess: false };
        var condition = step.If is null ? null : own.Node(Condition(step.If));
        ImmutableArray<ExpressionNode> all = asks ? [Parsed("always()"), entered, condition!]
            : condition is null ? [Parsed("!cancelled()"), entered, new NotNode(failed, 0)]
            : [Parsed("!cancelled()"), entered, new NotNode(failed, 0), condition];
        return new LogicalNode(true, all, 0).ToString();
    }

    private ImmutableSortedDictionary<string, string> Variables(PipelineStep step)
        => Step.Env.SetItem("GITHUB_ACTION_PATH", "${{ github.workspace }}/" + Folder).SetItems(step.Env);

    /// <summary>An expression of the action, as the job has to write it.</summary>
    private ExpressionNode? Inside(ExpressionNode node)
    {
        if (node is not IndexNode { Name: { } name, Target: NameNode context } index) return null;
        if (IsSame(context.Name, "inputs"))
            return Given.TryGetValue(name, out var given) ? Whole(given)
                : Action.Inputs.TryGetValue(name, out var input) && input.Default is { } preset ? Whole(preset)
                    : new LiteralNode(ExpressionValue.Of(""), 0);
        if (IsSame(context.Name, "steps")) return index with { Index = new LiteralNode(ExpressionValue.Of($"{Id}--{name}"), 0) };
        return IsSame(context.Name, "github") && IsSame(name, "action_path") ? Parsed($"format('{{0}}/{Folder}', github.workspace)") : null;
    }

    private static string Short(StepAction action) => action switch
    {
        // A template is not cut: half of one is none.
        StepAction.Run run => run.Script.Trim().Split('\n')[0] is var line && line.Length > 60
            && !line.Contains("${{", StringComparison.Ordinal) ? line[..59] + "…" : line,
        StepAction.Cache => "cache",
        StepAction.UploadArtifact => "upload",
        StepAction.DownloadArtifact => "download",
        _ => "checkout",
    };
}
