using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Api;

/// <summary>Environments: listed, compared, made for a time.</summary>
internal static class EnvironmentEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "environments", Permission.View, async call =>
        {
            call.OnlyQueries();
            var all = services.Configuration.Settings.Where(one => call.Caller.May(Permission.View, one.Name)).Select(one => Of(one, services)).ToList();
            all.AddRange(services.Ephemeral.All.Where(one => one.EndingSince is not null && call.Caller.May(Permission.View, one.Name)).Select(one => Of(new EnvironmentSettings(one.Name), services)));
            await call.WriteAsync(all, WireJson.Default.IReadOnlyListEnvironmentInfo);
        }, Reach.Somewhere).Says("The environments in the order of releases, and those made for a time.").Gives(() => WireJson.Default.IReadOnlyListEnvironmentInfo);
        routes.Map("GET", "environments/{environment}/differences", Permission.View, async call =>
        {
            call.OnlyQueries("to");
            var (left, right) = (call.Route("environment"), call.RequiredQuery("to"));
            call.Demand(Permission.View, right);
            await call.WriteAsync(Compare(services, left, right), WireJson.Default.ParityInfo);
        }).Says("What differs between two environments, and where that is written.").Asks("to", "The other environment.", required: true).Gives(() => WireJson.Default.ParityInfo);
        routes.Map("POST", "environments", Permission.Deploy, async call =>
        {
            call.OnlyQueries();
            var body = await call.ReadAsync(WireJson.Default.EnvironmentRequest);
            Limits.Reason(body.Reason);
            if (string.IsNullOrWhiteSpace(body.Name) || string.IsNullOrWhiteSpace(body.From))
                throw ApiException.Unprocessable("name-missing", "the environment's name, and the one it copies, are missing", "send name and from");
            // Whoever may ship to the environment it copies may ship to the copy.
            call.Demand(Permission.Deploy, body.From);
            var decision = await services.Ephemeral.CreateAsync(call.Caller.Standing, body.Name, body.From, AccessWire.Seconds(body.TtlSeconds), body.Reason, call.Aborted);
            await AnswerAsync(call, decision, (decision.Event as EnvironmentEvent.Created)?.Until, 201);
        }, Reach.Somewhere).Says("Makes an environment for a time, with the services of one of the file.").Takes(() => WireJson.Default.EnvironmentRequest)
            .Gives(() => WireJson.Default.EnvironmentAnswer, 201);
        routes.Map("DELETE", "environments/{name}", Permission.Deploy, async call =>
        {
            call.OnlyQueries("reason");
            var name = call.Route("name");
            var known = services.Ephemeral.All.FirstOrDefault(one => one.Name == name);
            if (known is null && !services.Configuration.Environments.Contains(name, StringComparer.Ordinal))
                throw ApiException.NotFound("unknown-environment", $"there is no environment {name}", "see which there are with `fairway environment list`");
            call.Demand(Permission.Deploy, known?.From ?? name);
            await AnswerAsync(call, await services.Ephemeral.EndAsync(call.Caller.Name, name, call.Query("reason"), call.Aborted), null, 200);
        }, Reach.Somewhere).Says("Tears an environment that was made for a time down.").Asks("reason", "In the caller's words.").Gives(() => WireJson.Default.EnvironmentAnswer);
    }

    private static Task AnswerAsync(ApiRequest call, EnvironmentDecision decision, Instant? until, int status)
    {
        if (decision.Refused is { } refused) throw new ApiException(AccessWire.Problem(new(refused, decision.Why)));
        return call.WriteAsync(new(RolloutWire.Of(decision.Why), RolloutWire.At(until)), WireJson.Default.EnvironmentAnswer, status);
    }

    private static EnvironmentInfo Of(EnvironmentSettings settings, ControlPlaneServices services)
    {
        var made = services.Ephemeral.All.FirstOrDefault(one => one.Name == settings.Name);
        return new(settings.Name, settings.After, RolloutWire.Name(settings.Promotion), RolloutWire.Name(settings.Queue), settings.Protected, Words(settings.Gates),
            [.. ServiceNames.Known(services).Where(key => key.Environment == settings.Name).Select(key => Serving(services, key))])
        {
            From = made?.From, Until = RolloutWire.At(made?.Until), Ending = made?.EndingSince is not null, By = made?.By,
        };
    }

    private static EnvironmentServiceInfo Serving(ControlPlaneServices services, ServiceKey key)
    {
        var release = services.Engine.Find(key)?.Current.State.StableRelease;
        return new(key.Service, release?.Digest, release?.Version);
    }

    private static string? Words(GateSettings? gates)
    {
        if (gates is null) return null;
        var words = new List<string>();
        foreach (var needed in gates.Approvals) words.Add($"{needed.Count} {Roles.NameOf(needed.Role)}{(needed.Count == 1 ? "" : "s")}");
        if (gates.Soak > Duration.Zero) words.Add($"soak {Configuration.DurationText.Format(gates.Soak)}");
        if (!gates.Freeze.IsEmpty) words.Add("freeze");
        if (!gates.Hours.IsEmpty) words.Add("hours");
        var list = gates.Checklist;
        if (new[] { list.Tests, list.Scans, list.Provenance, list.RollbackTarget, list.Healthy, list.Smoke, list.Migrations, list.Runbook, list.Alerts, list.Backup, list.Objectives, list.NeverRejected }.Any(weight => weight == CheckWeight.Required)) words.Add("checklist");
        return words.Count == 0 ? null : string.Join(", ", words);
    }

    private static ParityInfo Compare(ControlPlaneServices services, string left, string right)
    {
        var differences = Parity.Between(Side(services, left), Side(services, right));
        return new(left, right, [.. differences.Select(one => new ParityDifferenceInfo(one.Service, one.Part, one.Name, one.Left, one.Right, Place(services, left, one), Place(services, right, one)))]);
    }

    private static ParitySide Side(ControlPlaneServices services, string environment)
    {
        if (services.Configuration.Settings.FirstOrDefault(one => one.Name == environment) is not { } settings)
            throw ApiException.NotFound("unknown-environment", $"there is no environment {AccessNames.Tame(environment, 80)}", $"known: {string.Join(", ", services.Configuration.Environments)}");
        ImmutableArray<ServiceSpec> specs = [.. services.Configuration.Services.Where(spec => spec.Key.Environment == environment)];
        var serving = specs.Select(spec => (spec.Key.Service, Release: services.Engine.Find(spec.Key)?.Current.State.StableRelease)).Where(row => row.Release is not null)
            .ToImmutableSortedDictionary(row => row.Service, row => (row.Release!.Version, row.Release.Digest), StringComparer.Ordinal);
        return new(settings, specs, serving);
    }

    private static string? Place(ControlPlaneServices services, string environment, ParityDifference difference)
    {
        if (difference.Part == "version") return null;
        var from = services.Ephemeral.All.FirstOrDefault(one => one.Name == environment)?.From ?? environment;
        return difference.Service is { } service ? services.Configuration.Place(from, service, difference.Part == "service" ? "" : difference.Name)
            : services.Configuration.Place(from, "", $"environments.{from}.{difference.Name}");
    }
}
