using Fairway.Catalog;
using Fairway.Rollouts;
using Fairway.Traffic;

namespace Fairway.Configuration;

/// <summary>
/// Turns the trees of <c>fairway.yaml</c> and its includes into the configuration they describe. Pure: files are read elsewhere.
/// </summary>
public static class ConfigurationReader
{
    /// <summary>What a file includes, as written and with the place of each; mistakes are reported.</summary>
    /// <param name="file">The file's tree, with <c>${NAME}</c> replaced.</param>
    /// <param name="diagnostics">Where mistakes go.</param>
    public static ImmutableArray<(string Pattern, SourcePosition At)> Includes(MappingNode file, DiagnosticList diagnostics)
    {
        if (file.Find("include") is not { Value.IsNull: false } include) return [];
        var binder = new Binder(diagnostics, partial: false);
        binder.Bind(ConfigurationDeclaration.Includes, include.Value, "include", include.Key.At, out var includes);
        return includes;
    }

    /// <summary>
    /// Reads the configuration. All mistakes go to <paramref name="diagnostics"/>; with an error there, the result is null.
    /// </summary>
    /// <param name="files">The files' trees, the main one first, with <c>${NAME}</c> replaced.</param>
    /// <param name="complete">Whether every file could be read to its end; if not, nothing is said to be missing.</param>
    /// <param name="diagnostics">Where mistakes go.</param>
    public static FairwayConfiguration? Read(ImmutableArray<MappingNode> files, bool complete, DiagnosticList diagnostics)
    {
        if (files.IsEmpty) return null;
        var root = files[0].Without("include");
        foreach (var file in files.AsSpan()[1..]) root = ConfigurationDeclaration.Root.Unite(root, file.Without("include"), diagnostics);

        var binder = new Binder(diagnostics, partial: !complete);
        ConfigurationDeclaration.Root.TryBind(root, binder, out var parts);
        if (!complete) return null;

        var environments = parts.Environments.IsEmpty ? [new("production", new())] : parts.Environments;
        var resolved = ImmutableArray.CreateBuilder<FairwayConfiguration.ResolvedService>();
        var routed = new List<RouteChecks.Routed>();
        foreach (var (environment, overrides) in environments)
        {
            ReportUnknown(environment, overrides, parts.Services, binder.Sources, diagnostics);
            foreach (var (name, node) in parts.Services)
            {
                var whole = overrides.Services.FirstOrDefault(service => service.Key == name).Value is { } over
                    ? ConfigurationDeclaration.Service.Merge(node, over) : node;
                var nameAt = (root.Find("services")?.Value as MappingNode)?.Find(name)?.Key.At ?? node.At;
                var service = new Binder(diagnostics, partial: false);
                var ok = service.BindWhole(ConfigurationDeclaration.Service, whole, name, nameAt, out var spec);
                var written = (whole as MappingNode)?.Find("routes") is { Value.IsNull: false };
                if (!written && parts.Services.Length == 1)
                    spec = spec with { Routes = [new RouteMatch(null, "/", ImmutableSortedDictionary<string, string>.Empty)] };
                resolved.Add(new(spec with { Key = new ServiceKey(environment, name), Queue = Of(overrides.Settings.Queue) }, nameAt, service.Sources));
                routed.Add(new(environment, name, nameAt, spec.Routes, written || !ok, service.Sources));
            }
        }
        RouteChecks.Check(routed, diagnostics);
        EnvironmentDeclaration.Check(parts.Environments, binder.Sources, diagnostics);
        FreezeDeclaration.Check(parts.Freezes, [.. parts.Services.Select(pair => pair.Key)], [.. environments.Select(pair => pair.Key)], binder.Sources, diagnostics);
        GroupDeclaration.Check(parts.Groups, [.. parts.Services.Select(pair => pair.Key)], binder.Sources, diagnostics);
        if (parts.Notifications is { } notifications)
            NotificationDeclaration.Check(notifications, [.. parts.Services.Select(pair => pair.Key)], [.. environments.Select(pair => pair.Key)], binder.Sources, diagnostics);
        PolicyDeclaration.Check(parts.Policies, root.Find("policies")?.Value as MappingNode, [.. parts.Services.Select(pair => pair.Key)],
            [.. environments.Select(pair => pair.Key)], diagnostics);
        return diagnostics.HasErrors ? null : new FairwayConfiguration(parts.Edge, [.. environments.Select(pair => pair.Key)],
            resolved.ToImmutable(), binder.Sources) { Metrics = parts.Metrics, Notifications = parts.Notifications, Access = parts.Access, Source = parts.Source,
            Policies = [.. parts.Policies.Select(pair => pair.Value with { Name = pair.Key })],
            Settings = [.. environments.Select(pair => pair.Value.Settings with { Name = pair.Key })],
            Groups = [.. parts.Groups.Select(pair => pair.Value with { Name = pair.Key })],
            Freezes = [.. parts.Freezes.Select(pair => pair.Value with { Name = pair.Key })],
        };
    }

    private static QueueMode? Of(QueueMode mode) => mode == QueueMode.Newest ? null : mode;

    /// <summary>Reads just the fields of <c>rollout.judge</c>; null when one of them is wrong.</summary>
    /// <param name="file">The file's tree, with <c>${NAME}</c> replaced.</param>
    /// <param name="diagnostics">Where mistakes go.</param>
    public static JudgeSettings? ReadJudge(MappingNode file, DiagnosticList diagnostics)
    {
        new Binder(diagnostics, partial: false).BindWhole(JudgeDeclaration.Whole(), file, "the policy", file.At, out var settings);
        return diagnostics.HasErrors ? null : settings;
    }

    private static void ReportUnknown(
        string environment, EnvironmentParts overrides, ImmutableArray<KeyValuePair<string, ConfigurationNode>> services,
            SourceMap sources, DiagnosticList diagnostics)
    {
        foreach (var (name, node) in overrides.Services)
        {
            if (services.Any(service => service.Key == name)) continue;
            diagnostics.Error(DiagnosticCodes.UnknownService, sources.Find($"environments.{environment}.services.{name}") ?? node.At,
                $"{environment} overrides {name}, which is not a service",
                services.IsEmpty ? "a service declared under services"
                    : $"one of {string.Join(", ", services.Select(service => service.Key))}",
                    NearestName.Of(name, services.Select(service => service.Key)));
        }
    }
}
