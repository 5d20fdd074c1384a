using Fairway.Environments;
using Fairway.Gates;
using Fairway.Groups;
using Fairway.Notifications;
using Fairway.Policy;
using Fairway.Rollouts;

namespace Fairway.Configuration;

/// <summary>What is read from the root, before services are merged with their environments' overrides.</summary>
internal sealed record ConfigurationParts
{
    public EdgeSettings Edge { get; init; } = new();

    public MetricsSettings? Metrics { get; init; }

    public NotificationSettings? Notifications { get; init; }

    public AccessSettings? Access { get; init; }

    public ImmutableArray<KeyValuePair<string, ConfigurationNode>> Pipelines { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, PolicyRule>> Policies { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, ConfiguredFreeze>> Freezes { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, GroupSettings>> Groups { get; init; } = [];

    public Source.SourceSettings? Source { get; init; }

    public ImmutableArray<KeyValuePair<string, ConfigurationNode>> Services { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, EnvironmentParts>> Environments { get; init; } = [];
}

/// <summary>What is read of an environment.</summary>
internal sealed record EnvironmentParts
{
    public EnvironmentSettings Settings { get; init; } = new("");

    public ImmutableArray<KeyValuePair<string, ConfigurationNode>> Services { get; init; } = [];
}

/// <summary>
/// Every field of <c>fairway.yaml</c>, declared once: reading, errors, JSON Schema and the manual's reference follow. A new section is a
/// field of <see cref="Root"/> and a record beside the others in this folder.
/// </summary>
internal static class ConfigurationDeclaration
{
    /// <summary>Files that are read as well.</summary>
    public static ListShape<(string Pattern, SourcePosition At)> Includes { get; } = new(new IncludeShape(), orOne: true);

    /// <summary>A service.</summary>
    public static RecordShape<Rollouts.ServiceSpec> Service { get; } = ServiceDeclaration.Declare();

    /// <summary>The file.</summary>
    public static RecordShape<ConfigurationParts> Root { get; } = DeclareRoot();

    private static RecordShape<ConfigurationParts> DeclareRoot() => new RecordShape<ConfigurationParts>("File",
        "The top level of `fairway.yaml`. Names that begin with `x-` are yours, for anchors and notes.", new()) { Open = true,
            Extensions = true }
        .Optional("include", Includes,
            "Further files, relative to this one, that are read as if they stood here: names or patterns with `*`, `?` and `**`. A "
                + "service may be in any of them, but only in one.",
            "none", (parts, _) => parts).Like("services/*.yaml")
        .Optional("edge", new DeferredShape<EdgeSettings>(EdgeDeclaration.Declare), "Where and how the edge listens for requests.", null,
            (parts, edge) => parts with { Edge = edge })
        .Optional("metrics", new DeferredShape<MetricsSettings>(MetricsDeclaration.Declare), "Where metrics of your own are asked for.", "none",
            (parts, metrics) => parts with { Metrics = metrics }).Not("prometheus", "monitoring")
        .Optional("notifications", new DeferredShape<NotificationSettings>(NotificationDeclaration.Declare), "Who is told of what happens to services.", "nobody",
            (parts, notifications) => parts with { Notifications = notifications }).Not("notify", "notification", "subscriptions")
        .Optional("access", new DeferredShape<AccessSettings>(AccessDeclaration.Declare), "Who may call.", "this machine's user, tokens and login links",
            (parts, access) => parts with { Access = access }).Not("auth", "security", "users")
        .Optional("pipelines", new MapShape<ConfigurationNode>("pipelines by name", NameRules.Services, new TreeShape("a pipeline", "pipeline")) { Open = true },
            "What is done with commits, by name. Each is written like `.fairway/pipeline.yaml`, whose schema `fairway schema --pipeline` prints; `${NAME}` belongs to its scripts and stays.", "none",
            (parts, pipelines) => parts with { Pipelines = pipelines }).Not("pipeline", "ci", "workflows", "builds")
        .Optional("policies", new DeferredShape<ImmutableArray<KeyValuePair<string, PolicyRule>>>(PolicyDeclaration.Declare), "Rules about what may be shipped, by name.", "none",
            (parts, policies) => parts with { Policies = policies }).Not("policy", "rules", "gates")
        .Optional("source", SourceDeclaration.Declare(), "Repositories that are pushed to or fetched, and what their commits and versions are like.", "none",
            (parts, source) => parts with { Source = source }).Not("git", "repositories", "scm")
        .Optional("environments", new MapShape<EnvironmentParts>("environments by name", NameRules.Services,
            EnvironmentDeclaration.Declare(Service)) { Open = true, Empty = () => new(), AtLeast = 1 },
            "The environments, each with what differs there. The first is the default of commands.", "one, `production`",
            (parts, environments) => parts with { Environments = environments }).Not("envs", "stages")
        .Optional("freezes", FreezeDeclaration.Declare(), "Times with dates in which nothing ships.", "none",
            (parts, freezes) => parts with { Freezes = freezes }).Not("freeze", "blackouts")
        .Optional("groups", GroupDeclaration.Declare(), "Services that are shipped as one, by the group's name.", "none",
            (parts, groups) => parts with { Groups = groups }).Not("releaseGroups", "bundles")
        .Required("services", new MapShape<ConfigurationNode>("services by name", NameRules.Services,
            new PartialShape<Rollouts.ServiceSpec>(Service, isOverride: false)) { Open = true, AtLeast = 1 },
            "What is shipped, by name.", (parts, services) => parts with { Services = services }).Not("apps", "applications");
}
