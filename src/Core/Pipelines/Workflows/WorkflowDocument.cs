using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>An input of a workflow that other workflows use.</summary>
/// <param name="Type"><c>boolean</c>, <c>number</c> or <c>string</c>.</param>
/// <param name="Default">When it is not given; null is the type's own.</param>
/// <param name="Required">Whether it must be given.</param>
internal sealed record CallInput(string Type, string? Default, bool Required);

/// <summary>What one file holds: jobs that use other files are replaced by the jobs of these.</summary>
internal sealed record WorkflowDocument
{
    public string? Title { get; init; }

    public PipelineTriggers On { get; init; } = new();

    public ImmutableArray<WorkflowSchedule> Schedules { get; init; } = [];

    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public StepDefaults Defaults { get; init; } = new();

    public Concurrency? Concurrency { get; init; }

    public ImmutableArray<PipelineJob> Jobs { get; init; } = [];

    /// <summary>Whether other workflows may use it.</summary>
    public bool IsCallable { get; init; }

    public ImmutableDictionary<string, CallInput> Inputs { get; init; } = ImmutableDictionary<string, CallInput>.Empty;

    /// <summary>Outputs for a workflow that uses it, as templates over its jobs.</summary>
    public ImmutableDictionary<string, string> Outputs { get; init; } = ImmutableDictionary<string, string>.Empty;
}

/// <summary>Reads <c>on.workflow_call</c>.</summary>
internal static class CallDeclaration
{
    private static readonly string[] Types = ["boolean", "number", "string"];

    public static WorkflowDocument Read(WorkflowDocument document, ConfigurationNode on, WorkflowForm form)
    {
        var node = on switch
        {
            MappingNode mapping => mapping.Find("workflow_call")?.Value,
            SequenceNode list => list.Items.FirstOrDefault(item => item is ScalarNode { Value: "workflow_call" }),
            ScalarNode { Value: "workflow_call" } single => single,
            _ => null,
        };
        if (node is null) return document;
        document = document with { IsCallable = true };
        if (node is not MappingNode call) return document;
        var inputs = ImmutableDictionary.CreateBuilder<string, CallInput>(StringComparer.OrdinalIgnoreCase);
        if (call.Find("inputs") is { Value: MappingNode declared })
            foreach (var entry in declared.Entries)
                if (Input(entry, form) is { } input) inputs[entry.Name] = input;
        var outputs = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        if (call.Find("outputs") is { Value: MappingNode values })
            foreach (var entry in values.Entries)
                if (form.Mapping(entry.Value, entry.Name, "description", "value") is { } fields
                    && form.Required(fields, "value", entry.Name, entry.Key.At) is { } value
                    && form.Template(value, ExpressionScopes.CallOutput, "value") is { } text) outputs[entry.Name] = text;
        return document with { Inputs = inputs.ToImmutable(), Outputs = outputs.ToImmutable() };
    }

    private static CallInput? Input(MappingEntry entry, WorkflowForm form)
    {
        if (form.Mapping(entry.Value, entry.Name, "description", "required", "default", "type",
            "deprecationMessage") is not { } fields) return null;
        var type = form.Required(fields, "type", $"the input {entry.Name}", entry.Key.At) is { } written ? form.Text(written, "type")
            : null;
        if (type is not null && !Types.Contains(type))
            form.Diagnostics.Error(DiagnosticCodes.UnknownWord, fields.Find("type")!.Value.At, $"type is \"{type}\"",
                "boolean, number or string", NearestName.Of(type, Types));
        return new(type ?? "string", fields.Find("default") is { } preset
            ? form.Template(preset.Value, ExpressionScopes.CallInputDefault, "default") : null,
            fields.Find("required") is { } must && form.Switch(must.Value, "required") == true);
    }
}
