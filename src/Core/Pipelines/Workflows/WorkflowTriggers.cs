using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>Reads <c>on</c>.</summary>
internal sealed class WorkflowTriggers(WorkflowForm form)
{
    /// <summary>GitHub's events; only some of them happen here.</summary>
    private static readonly string[] Events =
    [
        "branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status", "discussion",
        "discussion_comment", "fork", "gollum", "image_version", "issue_comment", "issues", "label", "merge_group", "milestone",
            "page_build",
        "public", "pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_target", "push", "registry_package",
        "release", "repository_dispatch", "schedule", "status", "watch", "workflow_call", "workflow_dispatch", "workflow_run",
    ];

    private static readonly string[] RequestTypes = ["opened", "synchronize", "reopened"];

    private readonly ImmutableArray<WorkflowSchedule>.Builder _schedules = ImmutableArray.CreateBuilder<WorkflowSchedule>();

    /// <summary>The times of <c>schedule</c>.</summary>
    public ImmutableArray<WorkflowSchedule> Schedules => _schedules.ToImmutable();

    /// <summary>Inputs of <c>workflow_dispatch</c> and <c>workflow_call</c>, for expressions.</summary>
    public HashSet<string> InputNames { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the triggers.</summary>
    public PipelineTriggers Read(ConfigurationNode node)
    {
        var triggers = new PipelineTriggers { Push = null };
        if (node is MappingNode mapping)
        {
            foreach (var entry in mapping.Entries) triggers = Event(triggers, entry.Name, entry.Key.At, entry.Value);
            if (mapping.Entries.IsEmpty) form.WrongKind(node, "on", "an event such as push");
            return triggers;
        }
        var names = form.Texts(node, "on");
        if (names.IsEmpty && node is not MappingNode) form.Diagnostics.Error(DiagnosticCodes.MissingField, node.At, "on names no event",
            "an event such as push");
        foreach (var (name, scalar) in names)
            triggers = Event(triggers, name, scalar.At, new ScalarNode(scalar.At, "", "", plain: true));
        return triggers;
    }

    private PipelineTriggers Event(PipelineTriggers triggers, string name, SourcePosition at, ConfigurationNode node)
    {
        switch (name)
        {
            case "push":
                return triggers with { Push = Filter(node, "push", tags: true) };
            case "pull_request":
                return triggers with { PullRequest = Filter(node, "pull_request", tags: false) };
            case "workflow_dispatch":
                return triggers with { Inputs = Inputs(node) };
            case "workflow_call":
                if (!node.IsNull && form.Mapping(node, "workflow_call", "inputs", "outputs", "secrets")?.Find("inputs")
                    is { Value: MappingNode inputs })
                    foreach (var input in inputs.Entries) InputNames.Add(input.Name);
                return triggers;
            case "schedule":
                Schedule(node);
                return triggers;
            case "pull_request_target":
                form.NoEffect(at, "pull_request_target starts nothing here: it runs the base's workflow with secrets for code from outside");
                return triggers;
            default:
                if (Events.Contains(name)) form.NoEffect(at, $"{name} starts nothing here; push, pull_request and workflow_dispatch do");
                else
                    form.Diagnostics.Error(DiagnosticCodes.UnknownWord, at, $"{name} is no event", "one of GitHub's events, such as push",
                        NearestName.Of(name, Events));
                return triggers;
        }
    }

    private PushFilter Filter(ConfigurationNode node, string what, bool tags)
    {
        if (node.IsNull) return new();
        if (form.Mapping(node, what, tags ? ["branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore"]
            : ["types", "branches", "branches-ignore", "paths", "paths-ignore"]) is not { } mapping) return new();
        foreach (var name in (string[])["branches", "tags", "paths"])
            if (mapping.Find(name) is { } only && mapping.Find(name + "-ignore") is { } ignored)
                form.Diagnostics.Error(DiagnosticCodes.ChooseOne, ignored.Key.At, $"{what} has both {name} and {name}-ignore",
                    $"one of them; in {name}, \"!\" before a pattern takes out", null, new RelatedPlace(only.Key.At, $"{name} is here"));
        if (mapping.Find("types") is { } types)
            foreach (var (type, scalar) in form.Texts(types.Value, "types"))
                if (!RequestTypes.Contains(type)) form.NoEffect(scalar.At,
                    $"the type {type} starts nothing here; opened, synchronize and reopened do");
        return new PushFilter
        {
            Branches = Patterns(mapping, "branches"), BranchesIgnore = Patterns(mapping, "branches-ignore"),
            Tags = Patterns(mapping, "tags"), TagsIgnore = Patterns(mapping, "tags-ignore"),
            Paths = Patterns(mapping, "paths"), PathsIgnore = Patterns(mapping, "paths-ignore"),
        };
    }

    private ImmutableArray<string> Patterns(MappingNode mapping, string name)
    {
        if (mapping.Find(name) is not { } entry) return [];
        var patterns = form.Texts(entry.Value, name);
        var positive = false;
        foreach (var (text, node) in patterns)
        {
            var (pattern, problem) = FilterPattern.Parse(text);
            if (problem is { } wrong)
                form.Diagnostics.Error(DiagnosticCodes.BadValue, WorkflowPlaces.Of(node, wrong.Offset, 1), $"{name}: {wrong.What}");
            positive |= pattern is { Negated: false };
            if (pattern is { Negated: true } && name.EndsWith("-ignore", StringComparison.Ordinal))
                form.Diagnostics.Error(DiagnosticCodes.BadValue, node.At, $"{name} cannot take patterns out with !",
                    $"{name[..^7]} with such patterns");
        }
        if (!patterns.IsEmpty && !positive && !name.EndsWith("-ignore", StringComparison.Ordinal))
            form.Diagnostics.Error(DiagnosticCodes.BadValue, entry.Key.At, $"{name} only takes out, so nothing is left",
                $"a pattern without ! before, or {name}-ignore");
        return [.. patterns.Select(pattern => pattern.Text)];
    }

    private ImmutableArray<RunInput> Inputs(ConfigurationNode node)
    {
        if (node.IsNull || form.Mapping(node, "workflow_dispatch", "inputs")?.Find("inputs") is not { } entry
            || entry.Value.IsNull) return [];
        if (form.Mapping(entry.Value, "inputs") is not { } mapping) return [];
        var inputs = ImmutableArray.CreateBuilder<RunInput>();
        foreach (var input in mapping.Entries)
        {
            InputNames.Add(input.Name);
            if (!WorkflowNames.IsId(input.Name)) form.Diagnostics.Error(DiagnosticCodes.BadName, input.Key.At,
                $"{input.Name} cannot name an input", WorkflowNames.Rule);
            if (input.Value.IsNull)
            {
                inputs.Add(new(input.Name));
                continue;
            }
            if (form.Mapping(input.Value, input.Name, "description", "required", "default", "type", "options",
                "deprecationMessage") is not { } fields) continue;
            var type = fields.Find("type") is { } typed ? form.Text(typed.Value, "type") : "string";
            if (type is not (null or "string" or "boolean" or "choice" or "number" or "environment"))
                form.Diagnostics.Error(DiagnosticCodes.UnknownWord, fields.Find("type")!.Value.At, $"type is \"{type}\"",
                    "string, boolean, choice, number or environment",
                        NearestName.Of(type, ["string", "boolean", "choice", "number", "environment"]));
            var options = fields.Find("options") is { } listed ? form.Texts(listed.Value, "options").Select(option
                => option.Text).ToImmutableArray() : [];
            if (type == "choice" && options.IsEmpty) form.Diagnostics.Error(DiagnosticCodes.MissingField, input.Key.At,
                $"{input.Name} has no options", "a list of options");
            var preset = fields.Find("default") is { } given ? form.Text(given.Value, "default") : type == "boolean" ? "false" : null;
            if (type == "choice" && preset is not null && !options.IsEmpty && !options.Contains(preset, StringComparer.Ordinal))
                form.Diagnostics.Error(DiagnosticCodes.UnknownWord, fields.Find("default")!.Value.At, $"default is \"{preset}\"",
                    "one of the options", NearestName.Of(preset, options));
            inputs.Add(new(input.Name, fields.Find("description") is { } about ? form.Text(about.Value, "description") : null, preset,
                fields.Find("required") is { } must && form.Switch(must.Value, "required") == true) { Choices = type == "boolean"
                    ? ["true", "false"] : options });
        }
        return inputs.ToImmutable();
    }

    private void Schedule(ConfigurationNode node)
    {
        if (node is not SequenceNode list)
        {
            form.WrongKind(node, "schedule", "a list of - cron: '…'");
            return;
        }
        foreach (var item in list.Items)
        {
            if (form.Mapping(item, "schedule", "cron", "timezone") is not { } fields) continue;
            if (form.Required(fields, "cron", "schedule", item.At) is not { } cron || form.Text(cron, "cron") is not { } text) continue;
            if (CronFields.Problem(text) is { } problem) form.Diagnostics.Error(DiagnosticCodes.BadValue, cron.At, $"cron {problem}",
                "five fields such as '30 5 * * 1-5'");
            else _schedules.Add(new(text, fields.Find("timezone") is { } zone ? form.Text(zone.Value, "timezone") : null, cron.At));
            form.NoEffect(cron.At, "schedule starts nothing here; let cron or a systemd timer call fairway pipeline run");
        }
    }
}
