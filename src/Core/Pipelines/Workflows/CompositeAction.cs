using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>An input of a composite action.</summary>
/// <param name="Default">When it is not given; null is the empty text.</param>
/// <param name="Required">Whether it must be given.</param>
internal sealed record ActionInput(string? Default, bool Required);

/// <summary>A composite action of the checkout.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Outputs">Its outputs, as templates over its steps.</param>
/// <param name="Steps">Its steps, not read yet.</param>
internal sealed record CompositeAction(string Name, ImmutableDictionary<string, ActionInput> Inputs, ImmutableDictionary<string,
    string> Outputs, ConfigurationNode Steps)
{
    /// <summary>Reads an action's file; null when it cannot be used, which is reported.</summary>
    public static CompositeAction? Read(WorkflowFile file, SourcePosition user, WorkflowForm form)
    {
        var root = file.Root!;
        if (form.Mapping(root, "an action", "name", "author", "description", "inputs", "outputs", "runs",
            "branding") is not { } mapping) return null;
        if (form.Required(mapping, "runs", "the action", root.At) is not { } runs || form.Mapping(runs, "runs") is not { } how) return null;
        var usingWord = form.Required(how, "using", "runs", runs.At) is { } written ? form.Text(written, "using") : null;
        if (usingWord is null) return null;
        if (usingWord != "composite")
        {
            form.NotSupported(user, $"an action that runs with {usingWord}", "a composite action, or its command in run");
            return null;
        }
        form.Mapping(runs, "runs of a composite action", "using", "steps");
        if (form.Required(how, "steps", "runs", runs.At) is not { } steps) return null;
        return new(mapping.Find("name") is { } name ? form.Text(name.Value, "name") ?? ""
            : "", InputsOf(mapping, form), OutputsOf(mapping, form), steps);
    }

    private static ImmutableDictionary<string, ActionInput> InputsOf(MappingNode mapping, WorkflowForm form)
    {
        var inputs = ImmutableDictionary.CreateBuilder<string, ActionInput>(StringComparer.OrdinalIgnoreCase);
        if (mapping.Find("inputs") is { Value: { IsNull: false } listed } && form.Mapping(listed, "inputs") is { } names)
            foreach (var entry in names.Entries)
            {
                if (entry.Value.IsNull) inputs[entry.Name] = new(null, false);
                else if (form.Mapping(entry.Value, entry.Name, "description", "required", "default", "deprecationMessage", "type")
                    is { } fields)
                    inputs[entry.Name] = new(fields.Find("default") is { } preset
                        ? form.Template(preset.Value, ExpressionScopes.ActionText, "default") : null,
                        fields.Find("required") is { } must && form.Switch(must.Value, "required") == true);
            }
        return inputs.ToImmutable();
    }

    private static ImmutableDictionary<string, string> OutputsOf(MappingNode mapping, WorkflowForm form)
    {
        var outputs = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        if (mapping.Find("outputs") is { Value: { IsNull: false } listed } && form.Mapping(listed, "outputs") is { } names)
            foreach (var entry in names.Entries)
                if (form.Mapping(entry.Value, entry.Name, "description", "value") is { } fields
                    && form.Required(fields, "value", entry.Name, entry.Key.At) is { } value
                    && form.Template(value, ExpressionScopes.ActionText, "value") is { } text) outputs[entry.Name] = text;
        return outputs.ToImmutable();
    }
}
