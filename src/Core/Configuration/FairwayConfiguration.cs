using Fairway.Rollouts;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Catalog;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Notifications;
using Fairway.Policy;

namespace Fairway.Configuration;

/// <summary>What <c>fairway.yaml</c> and its includes say, checked as a whole and resolved for each environment.</summary>
public sealed class FairwayConfiguration
{
    private readonly ImmutableDictionary<ServiceKey, ResolvedService> _resolved;

    internal FairwayConfiguration(EdgeSettings edge, ImmutableArray<string> environments, ImmutableArray<ResolvedService> services,
        SourceMap sources)
    {
        Edge = edge;
        Environments = environments;
        Services = [.. services.Select(service => service.Spec.Key.Service).Distinct(StringComparer.Ordinal)];
        Sources = sources;
        _resolved = services.ToImmutableDictionary(service => service.Spec.Key);
        All = [.. services.Select(service => service.Spec)];
    }

    /// <summary>Where and how the edge listens.</summary>
    public EdgeSettings Edge { get; }

    /// <summary>Where metrics are asked for; null is nowhere.</summary>
    public MetricsSettings? Metrics { get; init; }

    /// <summary>Who is told of what; null is nobody.</summary>
    public NotificationSettings? Notifications { get; init; }

    /// <summary>Who may call besides those known here; null is nobody.</summary>
    public AccessSettings? Access { get; init; }

    /// <summary>Rules about what may be shipped, in the order of the file.</summary>
    public ImmutableArray<PolicyRule> Policies { get; init; } = [];

    /// <summary>The environments' order, gates and modes, in the order of the file.</summary>
    public ImmutableArray<EnvironmentSettings> Settings { get; init; } = [];

    /// <summary>Freezes with dates.</summary>
    public ImmutableArray<ConfiguredFreeze> Freezes { get; init; } = [];

    /// <summary>Services that are shipped as one.</summary>
    public ImmutableArray<Groups.GroupSettings> Groups { get; init; } = [];

    /// <summary>Repositories; null is none.</summary>
    public Source.SourceSettings? Source { get; init; }

    /// <summary>Environments' names in the order of the file; the first is the default of commands. Never empty.</summary>
    public ImmutableArray<string> Environments { get; }

    /// <summary>Services' names in the order of the file. Never empty.</summary>
    public ImmutableArray<string> Services { get; }

    /// <summary>Every service in every environment, by environment and then by service in the order of the file.</summary>
    public ImmutableArray<ServiceSpec> All { get; }

    /// <summary>Where the parts outside services stand, by path such as <c>edge.https</c>.</summary>
    public SourceMap Sources { get; }

    /// <summary>
    /// <c>sha256:</c> and 64 hex digits over what the configuration means: the same for any layout, order of names, comments, spelling
    /// (<c>60s</c>, <c>1m</c>) and division into files.
    /// </summary>
    // Made when it is asked for: a control plane that starts does not need it.
    public string Digest => field ??= "sha256:"
        + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical(ToJson())!.ToJsonString(FairwayJson.Options))));

    /// <summary>A service in an environment; null when there is no such service or environment.</summary>
    public ServiceSpec? Resolve(string environment, string service) => _resolved.GetValueOrDefault(new(environment, service))?.Spec;

    /// <summary>
    /// Where a part of a service stands, by path such as <c>rollout.steps[2].weight</c>; of the nearest part around it when it is not
    /// written; null when there is no such service or environment.
    /// </summary>
    public SourcePosition? Find(string environment, string service, string path = "")
        => _resolved.GetValueOrDefault(new(environment, service)) is { } resolved ? resolved.Sources.Find(path) ?? resolved.NameAt : null;

    /// <summary>The whole model as JSON, in the shapes of <see cref="FairwayJson"/>: for people, comparisons and the digest.</summary>
    public JsonObject ToJson()
    {
        var whole = new JsonObject { ["edge"] = JsonNode.Parse(FairwayJson.Write(Edge)) };
        if (Metrics is not null) whole["metrics"] = JsonNode.Parse(FairwayJson.Write(Metrics));
        if (Notifications is not null) whole["notifications"] = Describe(Notifications);
        if (Access is not null) whole["access"] = JsonNode.Parse(FairwayJson.Write(Access));
        if (!Policies.IsEmpty) whole["policies"] = JsonNode.Parse(FairwayJson.Write(Policies));
        var ordered = Settings.Where(one => !one.IsPlain).ToArray();
        if (ordered.Length > 0)
            whole["gates"] = new JsonObject(ordered.Select(one => KeyValuePair.Create(one.Name, JsonNode.Parse(FairwayJson.Write(one)))));
        if (!Freezes.IsEmpty) whole["freezes"] = JsonNode.Parse(FairwayJson.Write(Freezes));
        if (!Groups.IsEmpty) whole["groups"] = JsonNode.Parse(FairwayJson.Write(Groups));
        if (Source is not null) whole["source"] = JsonNode.Parse(FairwayJson.Write(Source));
        whole["environments"] = new JsonObject(Environments.Select(environment => KeyValuePair.Create<string, JsonNode?>(environment,
            new JsonObject(
            All.Where(spec => spec.Key.Environment == environment)
                .Select(spec => KeyValuePair.Create(spec.Key.Service, JsonNode.Parse(FairwayJson.Write(spec))))))));
        return whole;
    }

    // An address may be a secret; the id, made of it, is none.
    private static JsonObject Describe(NotificationSettings settings) => new()
    {
        ["mail"] = settings.Mail is { } mail ? JsonNode.Parse(FairwayJson.Write(mail)) : null,
        ["subscriptions"] = new JsonArray([.. settings.Subscriptions.Select(one => JsonNode.Parse(FairwayJson.Write(
            one with { Address = ConfiguredSubscription.Conceal(one.Channel, one.Address) })) is JsonObject shown ? Named(shown, one.Id) : null)]),
    };

    private static JsonObject Named(JsonObject shown, string id)
    {
        shown["id"] = id;
        return shown;
    }

    private static JsonNode? Canonical(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Canonical(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Canonical)]),
        _ => node?.DeepClone(),
    };

    /// <summary>A service in an environment, with the places of its parts.</summary>
    internal sealed record ResolvedService(ServiceSpec Spec, SourcePosition NameAt, SourceMap Sources);
}
