using Fairway.Environments;
using Fairway.Gates;
using Fairway.Rollouts;

namespace Fairway.Configuration;

/// <summary>An entry of <c>environments</c>: its place in the order, its gate, and what differs there.</summary>
internal static class EnvironmentDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<EnvironmentParts> Declare(RecordShape<ServiceSpec> service) => new RecordShape<EnvironmentParts>("Environment",
            "One environment: where its releases come from, what must hold before they ship there, and what differs.", new()) { Open = true }
        .Optional("after", new ListShape<string>(Scalars.Word("an environment's name", "name"), orOne: true),
            "Environments in which a release must have completed before it ships here.", "none: anything ships here",
            (parts, value) => parts with { Settings = parts.Settings with { After = value } }).Not("from", "upstream", "dependsOn", "needs")
        .Optional("gates", GateDeclaration.Declare(), "What must hold before a release ships here.", "nothing",
            (parts, value) => parts with { Settings = parts.Settings with { Gates = value } }).Not("gate", "protection", "rules")
        .Field("promotion", Scalars.OneOf(("manual", PromotionMode.Manual), ("auto", PromotionMode.Auto)),
            "Who takes a release here once it has completed in the environments before: a person, or Fairway when the gate opens.", parts => parts.Settings.Promotion,
            (parts, value) => parts with { Settings = parts.Settings with { Promotion = value } }).Not("autoPromote", "autoPromotion")
        .Field("queue", Scalars.OneOf(("newest", QueueMode.Newest), ("oldest", QueueMode.Oldest), ("all", QueueMode.All)),
            "Requests while another is under way. `newest`: the newest takes the place of what waits and supersedes what is on its way. `oldest`: what came first is finished, one "
                + "waits, further ones are refused. `all`: each has its turn, at most 100.", parts => parts.Settings.Queue,
            (parts, value) => parts with { Settings = parts.Settings with { Queue = value } }).Not("concurrency", "processMode", "queueMode")
        .Field("protected", Scalars.Switch, "Whether `fairway environment create` refuses the name, and no environment may be made from it.", parts => parts.Settings.Protected,
            (parts, value) => parts with { Settings = parts.Settings with { Protected = value } })
        .Optional("services", new MapShape<ConfigurationNode>("overrides by the service's name", NameRules.Services,
            new PartialShape<ServiceSpec>(service, isOverride: true)) { Open = true },
            "Fields of services that differ here. Mappings are merged name by name, anything else is replaced; an empty value "
                + "takes the base's away.", "no difference",
            (parts, services) => parts with { Services = services });

    /// <summary>Names in <c>after</c> that nothing has, circles, and rules that need an environment before.</summary>
    public static void Check(ImmutableArray<KeyValuePair<string, EnvironmentParts>> environments, SourceMap sources, DiagnosticList diagnostics)
    {
        var after = environments.ToDictionary(pair => pair.Key, pair => pair.Value.Settings.After, StringComparer.Ordinal);
        foreach (var (name, parts) in environments)
        {
            var path = $"environments.{name}";
            foreach (var other in parts.Settings.After.Where(other => !after.ContainsKey(other)))
                if (sources.Find(path + ".after") is { } at)
                    diagnostics.Error(DiagnosticCodes.UnknownEnvironment, at, $"{name} comes after {other}, which is not an environment", $"one of {string.Join(", ", after.Keys)}",
                        NearestName.Of(other, after.Keys));
            if (Reaches(name, name, after, []) && sources.Find(path + ".after") is { } circle)
                diagnostics.Error(DiagnosticCodes.EnvironmentOrder, circle, $"{name} comes after itself", "an order without a circle");
            if (!parts.Settings.After.IsEmpty) continue;
            if (parts.Settings.Gates is { } gates && gates.Soak > NodaTime.Duration.Zero && sources.Find(path + ".gates.soak") is { } soak)
                diagnostics.Error(DiagnosticCodes.EnvironmentOrder, soak, $"{name} comes after no environment that a release could soak in", "after beside it");
            if (parts.Settings.Gates?.Checklist.Smoke is CheckWeight.Required && sources.Find(path + ".gates.checklist.smoke") is { } smoke)
                diagnostics.Error(DiagnosticCodes.EnvironmentOrder, smoke, $"{name} comes after no environment whose smoke command could pass", "after beside it");
            if (parts.Settings.Promotion == PromotionMode.Auto && sources.Find(path + ".promotion") is { } auto)
                diagnostics.Error(DiagnosticCodes.EnvironmentOrder, auto, $"{name} comes after no environment that Fairway could promote from", "after beside it");
        }
    }

    private static bool Reaches(string from, string to, Dictionary<string, ImmutableArray<string>> after, HashSet<string> seen)
        => after.TryGetValue(from, out var before) && before.Any(one => one == to || (seen.Add(one) && Reaches(one, to, after, seen)));
}
