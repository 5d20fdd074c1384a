using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Environments;
using Fairway.Groups;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Release groups: listed, shipped, explained, taken back.</summary>
internal static class GroupEndpoints
{
    private const int MostRecords = 10_000;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "groups", Permission.View, async call =>
        {
            call.OnlyQueries();
            var runs = services.Groups.All.Where(run => call.Caller.May(Permission.View, run.Environment)).ToArray();
            var names = services.Configuration.Groups.Select(group => group.Name).Concat(runs.Select(run => run.Name)).Distinct(StringComparer.Ordinal);
            await call.WriteAsync([.. names.Select(name => Of(name, runs, services))], WireJson.Default.IReadOnlyListGroupInfo);
        }, Reach.Somewhere).Says("The release groups, with the last run of each in every environment.").Gives(() => WireJson.Default.IReadOnlyListGroupInfo);
        routes.Map("GET", "groups/{group}/runs/{environment}", Permission.View, async call =>
        {
            call.OnlyQueries();
            var run = Find(services, call.Route("environment"), call.Route("group"));
            await call.WriteAsync(new(Of(run, services), await RecordsAsync(run, services, call.Aborted)), WireJson.Default.GroupExplainInfo);
        }).Says("A group's last run in an environment, with every decision about it.").Gives(() => WireJson.Default.GroupExplainInfo);
        routes.Map("POST", "groups/{group}/runs", Permission.Deploy, call => ShipAsync(call, services), Reach.Somewhere)
            .Says("Ships a group: all its gates are asked at once, and nothing ships when one denies.").Takes(() => WireJson.Default.GroupShipRequest).Gives(() => WireJson.Default.GroupAnswer, 202);
        routes.Map("POST", "groups/{group}/commands", Permission.Steer, call => CommandAsync(call, services), Reach.Somewhere)
            .Says("Ends a group's run, or takes a completed one back.").Takes(() => WireJson.Default.GroupCommandRequest).Gives(() => WireJson.Default.GroupAnswer);
    }

    private static async Task ShipAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.GroupShipRequest);
        Limits.Reason(body.Reason);
        if (string.IsNullOrWhiteSpace(body.To)) throw ApiException.Unprocessable("environment-missing", "the environment it goes to is missing", "send to");
        if (body is { From: not null, Releases: not null }) throw ApiException.Unprocessable("from-and-releases", "from and releases exclude each other", "send one of them");
        var group = Configured(services, call.Route("group"), body.To);
        call.Demand(Permission.Deploy, body.To);
        var by = call.Caller.As(body.Reason);
        var (from, releases) = body.Releases is { } named ? (null, await NamedAsync(services, group, named, call.Aborted)) : await PromotedAsync(services, group, body.To, body.From, call.Aborted);
        foreach (var (service, release) in releases)
            if (services.Verify is { } verify && await verify(new(body.To, service), release, call.Aborted) is { } untrusted)
                throw new ApiException(new("Refused", 409, "provenance-refused", untrusted.Message, "build it by a pipeline of this control plane, which signs it", Refused: true));
        var shipped = group.Services.Where(releases.ContainsKey).ToArray();
        var members = shipped.Select(service => new GroupMember(service, services.Ephemeral.For(releases[service], body.To),
            services.Engine.Find(new(body.To, service))?.Current.State.StableRelease?.Version, Before(group, service, shipped))).ToImmutableArray();
        var reply = await services.Groups.ShipAsync(new(group.Name, body.To, from, members, by), call.Aborted);
        await call.WriteAsync(Answer(reply, services), WireJson.Default.GroupAnswer, 202);
    }

    private static async Task CommandAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.GroupCommandRequest);
        Limits.Reason(body.Reason);
        if (string.IsNullOrWhiteSpace(body.Environment)) throw ApiException.Unprocessable("environment-missing", "the environment is missing", "send environment");
        call.Demand(Permission.Steer, body.Environment);
        var run = Find(services, body.Environment, call.Route("group"));
        var by = call.Caller.As(body.Reason);
        var reply = body.Command switch
        {
            "abort" => await services.Groups.AbortAsync(run.Environment, run.Name, by, call.Aborted),
            "rollback" => await services.Groups.RollBackAsync(run.Environment, run.Name, by, call.Aborted),
            _ => throw ApiException.Unprocessable("unknown-command", $"there is no command \"{AccessNames.Tame(body.Command, 40)}\"", "known: abort, rollback"),
        };
        await call.WriteAsync(Answer(reply, services), WireJson.Default.GroupAnswer);
    }

    // What a caller promotes is what serves where it comes from; all that is missing is said at once.
    private static async Task<(string? From, Dictionary<string, Release> Releases)> PromotedAsync(
        ControlPlaneServices services, GroupSettings group, string to, string? from, CancellationToken cancellation)
    {
        from ??= PromotionEndpoints.Only(services, to);
        if (!services.Configuration.Environments.Contains(from, StringComparer.Ordinal))
            throw ApiException.NotFound("unknown-environment", $"there is no environment {AccessNames.Tame(from, 80)}", $"known: {string.Join(", ", services.Configuration.Environments)}");
        var releases = new Dictionary<string, Release>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var service in group.Services)
        {
            var (release, refused) = await services.Promotions.FindAsync(service, from, to, null, cancellation);
            if (refused is null) releases[service] = release!;
            else missing.Add($"{service}: {refused.Sentence}");
        }
        if (missing.Count > 0) throw new ApiException(new("Refused", 409, "group-incomplete", $"nothing ships: {string.Join("; ", missing)}", null, missing, Refused: true));
        return (from, releases);
    }

    private static async Task<Dictionary<string, Release>> NamedAsync(ControlPlaneServices services, GroupSettings group, IReadOnlyDictionary<string, string> named, CancellationToken cancellation)
    {
        if (named.Count == 0) throw ApiException.Unprocessable("releases-missing", "no release is named", "name at least one, by its service");
        var releases = new Dictionary<string, Release>(StringComparer.Ordinal);
        foreach (var (service, text) in named)
        {
            if (!group.Services.Contains(service, StringComparer.Ordinal)) throw ApiException.Unprocessable("not-in-group", $"{AccessNames.Tame(service, 80)} is not in the group {group.Name}", $"its services: {string.Join(", ", group.Services)}");
            releases[service] = await ReleaseEndpoints.FindAsync(services, service, text ?? "", cancellation);
        }
        return releases;
    }

    // A service that is left out keeps its place in the order: what came before it comes before what came after it.
    private static ImmutableArray<string> Before(GroupSettings group, string service, string[] shipped)
        => [.. group.Before(service).SelectMany(before => shipped.Contains(before, StringComparer.Ordinal) ? [before] : Before(group, before, shipped)).Distinct(StringComparer.Ordinal)];

    private static GroupSettings Configured(ControlPlaneServices services, string name, string environment)
    {
        services.Configuration.Reload();
        if (services.Configuration.Groups.FirstOrDefault(group => group.Name == name) is not { } found)
            throw ApiException.NotFound("unknown-group", $"there is no group {AccessNames.Tame(name, 80)}", services.Configuration.Groups.IsEmpty ? "declare it under groups in fairway.yaml"
                : $"known: {string.Join(", ", services.Configuration.Groups.Select(group => group.Name))}");
        // Refuses a file with mistakes, and services that are not there.
        foreach (var service in found.Services) ServiceNames.Configured(services, environment, service);
        return found;
    }

    private static GroupRun Find(ControlPlaneServices services, string environment, string name) => services.Groups.Find(environment, name)
        ?? throw ApiException.NotFound("unknown-group-run", $"the group {AccessNames.Tame(name, 80)} was never shipped to {AccessNames.Tame(environment, 80)}", "see which there are with `fairway group list`");

    private static GroupAnswer Answer(GroupReply reply, ControlPlaneServices services)
    {
        if (reply.Refused is not { } refused) return new(reply.Run is { } run ? Of(run, services) : null, RolloutWire.Of(reply.Why), [.. reply.Gates.Select(GateWire.Of)]);
        throw new ApiException(new(refused == Refusal.Refused ? "Refused" : "Conflict", 409, reply.Why.Code, reply.Why.Sentence, null,
            [.. reply.Gates.SelectMany(verdict => verdict.Rules.Where(rule => rule.Stops).Select(rule => $"{verdict.Key.Service}: {rule.Rule}: {rule.Why.Sentence}"))], RolloutWire.Of(reply.Why),
            Refused: refused == Refusal.Refused));
    }

    private static GroupInfo Of(string name, GroupRun[] runs, ControlPlaneServices services)
        => new(name, services.Configuration.Groups.FirstOrDefault(group => group.Name == name)?.Services ?? [], [.. runs.Where(run => run.Name == name).Select(run => Of(run, services))]);

    private static GroupRunInfo Of(GroupRun run, ControlPlaneServices services) => new(
        run.Id, run.Name, run.Environment, run.Number, run.From, RolloutWire.Name(run.Phase), !run.IsActive, [.. run.Members.Zip(services.Groups.See(run), Of)], run.By.Name, run.By.Reason,
        RolloutWire.At(run.StartedAt), RolloutWire.At(run.EndedAt), RolloutWire.Of(run.Why));

    private static GroupPartInfo Of(GroupMember member, SeenPart seen) => new(
        member.Service, member.Release.Digest, member.Release.Version, member.Before, member.After, RolloutWire.Name(member.Phase), member.Rollout ?? seen.Rollout,
        member.Why is { } why ? RolloutWire.Of(why) : null, RolloutWire.Name(seen.Sight));

    private static async Task<IReadOnlyList<GroupDecisionInfo>> RecordsAsync(GroupRun run, ControlPlaneServices services, CancellationToken cancellation)
    {
        var found = new List<GroupDecisionInfo>();
        for (long after = 0; ;)
        {
            var page = await services.Ledger.ReadStreamAsync(GroupEvent.StreamOf(run.Environment, run.Name), after, 500, cancellation);
            foreach (var record in page)
            {
                after = record.Version;
                if (GroupEvent.Read(record) is not { } happened) continue;
                if (happened is GroupEvent.Started) found.Clear();
                if (found.Count < MostRecords)
                    found.Add(new(record.Seq, RolloutWire.At(record.At), record.Actor, record.Type, (happened as GroupEvent.Moved)?.Service, RolloutWire.Of(happened.Why)));
            }
            if (page.Length < 500) return found;
        }
    }
}
