using Fairway.Configuration;
using Fairway.Pipelines.Expressions;
using NodaTime;

namespace Fairway.Pipelines.Workflows;

/// <summary>Where steps stand: in a job or in a composite action.</summary>
/// <param name="Text">What their texts may name.</param>
/// <param name="If">What their conditions may name.</param>
/// <param name="InAction">Whether it is an action: scripts must name their shell there.</param>
/// <param name="Chain">Folders of the actions that are being read, the outermost first.</param>
internal sealed record StepPlace(ExpressionScope Text, ExpressionScope If, bool InAction, ImmutableArray<string> Chain)
{
    public static StepPlace Job { get; } = new(ExpressionScopes.StepText, ExpressionScopes.StepIf, false, []);
}

/// <summary>Reads <c>steps</c>.</summary>
internal sealed class WorkflowSteps(WorkflowForm form, Func<string, WorkflowFile?> files)
{
    private const int MostSteps = 1000;

    private static readonly string[] RunNames = ["id", "if", "name", "run", "shell", "working-directory", "env", "continue-on-error",
        "timeout-minutes"];
    private static readonly string[] UsesNames = ["id", "if", "name", "uses", "with", "env", "continue-on-error", "timeout-minutes"];
    private static readonly string[] NotHere = ["background", "wait", "wait-all", "cancel", "parallel"];

    private readonly WorkflowActions _actions = new(form);
    private int _count;

    /// <summary>Composite actions of the last list that was read, by the ids of the steps that use them.</summary>
    public Dictionary<string, CompositeUse> Composites { get; private set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the steps of a job or an action.</summary>
    public ImmutableArray<PipelineStep> Read(ConfigurationNode node, StepPlace place)
    {
        if (node is not SequenceNode list)
        {
            form.WrongKind(node, "steps", "a list of steps");
            return [];
        }
        if (list.Items.IsEmpty) form.Diagnostics.Error(DiagnosticCodes.WrongKind, node.At, "steps is empty", "at least one step");
        var composites = Composites = new(StringComparer.OrdinalIgnoreCase);
        var steps = ImmutableArray.CreateBuilder<PipelineStep>();
        var ids = new Dictionary<string, SourcePosition>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < list.Items.Length; i++)
        {
            if (form.Mapping(list.Items[i], "a step") is not { } mapping) continue;
            var read = Step(mapping, i, place, ids, composites);
            // What stands before may be a composite action whose results this step asks for.
            steps.AddRange(composites.Count == 0 ? read : read.Select(new ModelRewrite(part
                => CompositeUse.Replace(part, composites)).Step));
            if (++_count > MostSteps)
            {
                form.Diagnostics.Error(DiagnosticCodes.TooComplex, list.Items[i].At, $"there are more than {MostSteps} steps");
                break;
            }
        }
        Composites = composites;
        return steps.ToImmutable();
    }

    private ImmutableArray<PipelineStep> Step(MappingNode mapping, int index, StepPlace place, Dictionary<string, SourcePosition> ids,
        Dictionary<string, CompositeUse> composites)
    {
        foreach (var name in NotHere)
            if (mapping.Find(name) is { } late)
            {
                form.NotSupported(late.Key.At, name, "jobs of their own, or & and wait in one run", "steps run one after the other");
                return [];
            }
        var (run, uses) = (mapping.Find("run"), mapping.Find("uses"));
        if (run is null == uses is null)
        {
            if (run is not null) form.Diagnostics.Error(DiagnosticCodes.ChooseOne, uses!.Key.At, "a step has both run and uses",
                "one of them");
            else form.Diagnostics.Error(DiagnosticCodes.MissingField, mapping.At, "a step has neither run nor uses");
            return [];
        }
        form.Mapping(mapping, run is not null ? "a step with run" : "a step with uses", run is not null ? RunNames : UsesNames);
        var step = Around(mapping, place, ids);
        if (run is not null) return Run(mapping, run, step, place) is { } action ? [step with { Action = action }] : [];
        return Uses(mapping, uses!, step, index, place, composites);
    }

    /// <summary>What every step has.</summary>
    private PipelineStep Around(MappingNode mapping, StepPlace place, Dictionary<string, SourcePosition> ids)
    {
        var step = new PipelineStep { Action = new StepAction.Checkout() };
        if (mapping.Find("id") is { } id && form.Text(id.Value, "id") is { } name)
        {
            if (!WorkflowNames.IsId(name) || name.StartsWith("__", StringComparison.Ordinal))
                form.Diagnostics.Error(DiagnosticCodes.BadName, id.Value.At, $"\"{name}\" cannot be a step's id",
                    WorkflowNames.Rule + ", not beginning with __");
            else if (!ids.TryAdd(name, id.Value.At))
                form.Diagnostics.Error(WorkflowCodes.SameId, id.Value.At, $"another step has the id {name}", null, null,
                    new RelatedPlace(ids[name], "the first one"));
            step = step with { Id = name };
        }
        if (mapping.Find("name") is { } title) step = step with { Name = form.Template(title.Value, place.Text, "name") };
        if (mapping.Find("if") is { } condition) step = step with { If = form.Condition(condition.Value, place.If) };
        if (mapping.Find("env") is { } env) step = step with { Env = form.Templates(env.Value, place.Text, "env") };
        if (mapping.Find("continue-on-error") is { } goOn) step = step with { ContinueOnError = OrSwitch(goOn.Value, place.Text,
            "continue-on-error") };
        if (mapping.Find("timeout-minutes") is { } minutes) step = step with { Timeout = Minutes(minutes.Value, "timeout-minutes") };
        return step;
    }

    /// <summary><c>true</c>, <c>false</c> or an expression.</summary>
    public string? OrSwitch(ConfigurationNode node, ExpressionScope scope, string what)
        => node is ScalarNode { Value: var text } && text.Contains("${{", StringComparison.Ordinal) ? form.Template(node, scope, what)
            : form.Switch(node, what) is { } value ? value ? "true" : null : null;

    /// <summary>A time that is written out; an expression is not known before the run.</summary>
    public Duration? Minutes(ConfigurationNode node, string what)
    {
        if (node is ScalarNode { Value: var text } && text.Contains("${{", StringComparison.Ordinal))
        {
            form.NotSupported(node.At, $"an expression for {what}", "a number of minutes");
            return null;
        }
        if (node is ScalarNode scalar
            && WorkflowScalar.Value(scalar) is NumberValue { Value: > 0 and <= 50_000 and var minutes }) return Duration.FromMinutes(minutes);
        form.Diagnostics.Error(DiagnosticCodes.BadValue, node.At, $"{what} is {WorkflowForm.Shown(node)}",
            "a number of minutes above 0, at most 50000");
        return null;
    }

    private StepAction.Run? Run(MappingNode mapping, MappingEntry entry, PipelineStep step, StepPlace place)
    {
        if (form.Template(entry.Value, place.Text, "run") is not { } script) return null;
        if (script.Trim().Length == 0) form.Diagnostics.Error(DiagnosticCodes.BadValue, entry.Key.At, "run is empty", "a command");
        if (entry.Value is ScalarNode scalar) ScriptInjection.Check(scalar, step.Env, form);
        var run = new StepAction.Run(script);
        if (mapping.Find("shell") is { } shell) run = run with { Shell = Shell(shell.Value) };
        else if (place.InAction) form.Diagnostics.Error(DiagnosticCodes.MissingField, entry.Key.At,
            "a step of an action has run but no shell", "shell: bash");
        if (mapping.Find("working-directory") is { } folder) run = run with { WorkingDirectory = form.Template(folder.Value, place.Text,
            "working-directory") };
        return run;
    }

    /// <summary>A shell by its name, or a command line.</summary>
    public string? Shell(ConfigurationNode node)
    {
        if (form.Text(node, "shell") is not { } shell) return null;
        if (shell.Contains("${{", StringComparison.Ordinal)) form.NotSupported(node.At, "an expression for shell", "the shell itself");
        else if (shell is "cmd" or "powershell") form.NotSupported(node.At, $"the shell {shell}", shell == "cmd" ? "bash or sh" : "pwsh");
        else if (shell is not ("bash" or "sh" or "python" or "pwsh") && !shell.Contains("{0}", StringComparison.Ordinal))
            form.Diagnostics.Error(DiagnosticCodes.UnknownWord, node.At, $"shell is \"{shell}\"",
                "bash, sh, python, pwsh, or a command line with {0} for the script's file",
                NearestName.Of(shell, ["bash", "sh", "python", "pwsh"]));
        return shell;
    }

    private ImmutableArray<PipelineStep> Uses(MappingNode mapping, MappingEntry entry, PipelineStep step, int index, StepPlace place,
        Dictionary<string, CompositeUse> composites)
    {
        if (form.Text(entry.Value, "uses") is not { } uses) return [];
        var given = new Dictionary<string, (string Text, ConfigurationNode Node)>(StringComparer.OrdinalIgnoreCase);
        if (mapping.Find("with") is { } with && !with.Value.IsNull && form.Mapping(with.Value, "with") is { } inputs)
            foreach (var input in inputs.Entries)
                if (form.Template(input.Value, place.Text, input.Name) is { } text) given[input.Name] = (text, input.Value);
        if (uses.StartsWith("./", StringComparison.Ordinal) || uses.StartsWith("$/", StringComparison.Ordinal))
            return Local(uses, entry, step, index, place, given, composites);
        return _actions.Read(uses, entry.Value.At, given) is { } action ? [action(step)] : [];
    }

    private ImmutableArray<PipelineStep> Local(string uses, MappingEntry entry, PipelineStep step, int index, StepPlace place,
        Dictionary<string, (string Text, ConfigurationNode Node)> given, Dictionary<string, CompositeUse> composites)
    {
        var at = entry.Value.At;
        if (WorkflowPaths.Normal(uses[2..]) is not { } folder)
        {
            form.Diagnostics.Error(DiagnosticCodes.BadValue, at, $"{uses} leads out of the checkout", "a folder of this repository");
            return [];
        }
        if (place.Chain.Contains(folder, StringComparer.Ordinal) || place.Chain.Length >= CompositeUse.MostNested)
        {
            form.Diagnostics.Error(WorkflowCodes.Cycle, at, place.Chain.Contains(folder, StringComparer.Ordinal) ? $"{uses} uses itself"
                : $"actions are nested deeper than {CompositeUse.MostNested}");
            return [];
        }
        var file = files(folder.Length == 0 ? "action.yml" : $"{folder}/action.yml")
            ?? files(folder.Length == 0 ? "action.yaml" : $"{folder}/action.yaml");
        if (file is null)
        {
            form.Diagnostics.Error(DiagnosticCodes.Unreadable, at, $"{uses} has neither action.yml nor action.yaml",
                "the folder of an action in this repository");
            return [];
        }
        foreach (var problem in file.Problems) form.Diagnostics.Add(problem);
        if (file.Root is null || CompositeAction.Read(file, at, form) is not { } action) return [];
        var inner = new StepPlace(ExpressionScopes.ActionText, ExpressionScopes.ActionIf, true, place.Chain.Add(folder));
        var steps = Read(action.Steps, inner);
        var use = new CompositeUse(action, folder, step.Id ?? $"action--{index + 1}", step,
            given.ToDictionary(pair => pair.Key, pair => pair.Value.Text, StringComparer.OrdinalIgnoreCase), at);
        Composites = composites;
        composites[use.Id] = use;
        foreach (var (name, value) in given)
            if (!action.Inputs.ContainsKey(name))
                form.Diagnostics.Error(DiagnosticCodes.UnknownField, value.Node.At, $"{uses} has no input {name}",
                    action.Inputs.Count == 0 ? null : "one of " + string.Join(", ", action.Inputs.Keys.Order(StringComparer.Ordinal)),
                        NearestName.Of(name, action.Inputs.Keys));
        return use.Inline(steps, form);
    }
}
