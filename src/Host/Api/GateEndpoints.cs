using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Gates;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Api;

/// <summary>Gates: asked, approved, overridden; and freezes.</summary>
internal static class GateEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "gates/{environment}/{service}", Permission.View, async call =>
        {
            call.OnlyQueries("release");
            var request = await RequestAsync(call, services, call.Query("release"), orNext: true);
            await call.WriteAsync(GateWire.Of(await services.Gates.AskAsync(request, call.Aborted)), WireJson.Default.GateVerdictInfo);
        }).Says("What the gate would say of a release now, rule by rule; nothing is changed.")
            .Asks("release", "Its digest, or the beginning of it; by default what waits there, or what would come next.").Gives(() => WireJson.Default.GateVerdictInfo);
        routes.Map("POST", "gates/{environment}/{service}/approvals", Permission.View, async call =>
        {
            call.OnlyQueries();
            var body = await call.ReadAsync(WireJson.Default.ApprovalRequest);
            Limits.Reason(body.Reason);
            var request = await RequestAsync(call, services, body.Release, orNext: false);
            var by = call.Caller.Standing;
            await AnswerAsync(call, services, request, body.Withdraw
                ? await services.GateDesk.WithdrawAsync(by, request, body.Reason, call.Aborted)
                : await services.GateDesk.ApproveAsync(by, request, body.Reason, call.Aborted));
        }).Says("Approves a release for the environment, or takes that back. Who may is said by the environment's gate.")
            .Takes(() => WireJson.Default.ApprovalRequest).Gives(() => WireJson.Default.GateWordAnswer);
        routes.Map("POST", "gates/{environment}/{service}/overrides", Permission.View, async call =>
        {
            call.OnlyQueries();
            var body = await call.ReadAsync(WireJson.Default.OverrideRequest);
            Limits.Reason(body.Reason);
            if (!body.Confirm) NeedReason(body.Reason);
            call.Demand(body.Confirm ? Permission.Approve : Permission.Deploy, call.Route("environment"));
            var request = await RequestAsync(call, services, body.Release, orNext: !body.Confirm);
            await AnswerAsync(call, services, request, await services.GateDesk.OverrideAsync(call.Caller.Standing, request, body.Confirm, body.Reason, call.Aborted));
        }).Says("Proposes that the gate's rules be set aside for a release, or confirms another person's proposal.")
            .Takes(() => WireJson.Default.OverrideRequest).Gives(() => WireJson.Default.GateWordAnswer);
        MapFreezes(routes, services);
    }

    private static void NeedReason(string? reason)
    {
        if (string.IsNullOrWhiteSpace(reason)) throw ApiException.Unprocessable("reason-missing", "say why: others will read it", "send a reason");
    }

    private static void MapFreezes(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "freezes", Permission.View, async call =>
        {
            call.OnlyQueries();
            var now = services.Clock.Now;
            var all = (await services.Gates.FreezesAsync(call.Aborted)).Where(freeze => !(freeze.Until <= now) && MaySee(call, freeze)).OrderBy(freeze => freeze.From);
            await call.WriteAsync([.. all.Select(freeze => GateWire.Of(freeze, now))], WireJson.Default.IReadOnlyListFreezeInfo);
        }, Reach.Somewhere).Says("Freezes in force and to come, of the file and of people.").Gives(() => WireJson.Default.IReadOnlyListFreezeInfo);
        routes.Map("POST", "freezes", Permission.Deploy, async call =>
        {
            call.OnlyQueries();
            var body = await call.ReadAsync(WireJson.Default.FreezeRequest);
            Limits.Reason(body.Reason);
            NeedReason(body.Reason);
            var (environments, names) = (Known(body.Environments, services.Configuration.Environments, "environment"),
                Known(body.Services, [.. services.Configuration.Services.Select(spec => spec.Key.Service).Distinct(StringComparer.Ordinal)], "service"));
            DemandAll(call, environments);
            var (reply, freeze) = await services.GateDesk.AddFreezeAsync(
                call.Caller.Standing, environments, names, Moment(body.From), Moment(body.Until), body.Reason, call.Aborted);
            Done(reply);
            await call.WriteAsync(GateWire.Of(freeze!, services.Clock.Now), WireJson.Default.FreezeInfo, 201);
        }, Reach.Somewhere).Says("Sets a freeze.").Takes(() => WireJson.Default.FreezeRequest).Gives(() => WireJson.Default.FreezeInfo, 201);
        routes.Map("DELETE", "freezes/{id}", Permission.Deploy, async call =>
        {
            call.OnlyQueries("reason");
            var id = call.Route("id");
            var freeze = (await services.Gates.FreezesAsync(call.Aborted)).FirstOrDefault(one => one.Id == id)
                ?? throw ApiException.NotFound("unknown-freeze", $"there is no freeze {id}", "see which there are with `fairway freeze list`");
            DemandAll(call, freeze.Environments);
            if (await services.GateDesk.EndFreezeAsync(call.Caller.Standing, id, call.Query("reason"), call.Aborted) is not { } ended)
                throw ApiException.Unprocessable("freeze-of-the-file", $"{id} is a freeze of {services.Configuration.File}", "take it out of the file");
            await call.WriteAsync(RolloutWire.Of(ended.Reply.Why), WireJson.Default.WhyInfo);
        }, Reach.Somewhere).Says("Ends a freeze that a person set.").Asks("reason", "In the caller's words.").Gives(() => WireJson.Default.WhyInfo);
    }

    /// <summary>The question that an address, and perhaps a digest, stand for.</summary>
    /// <param name="call">The call.</param>
    /// <param name="services">Everything.</param>
    /// <param name="digest">As written; null is what waits there.</param>
    /// <param name="orNext">Where nothing waits: what serves in the environment before, or the newest release.</param>
    public static async Task<GateRequest> RequestAsync(ApiRequest call, ControlPlaneServices services, string? digest, bool orNext)
    {
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var state = services.Engine.Find(key)?.Current.State;
        var release = digest is not null ? await ReleaseEndpoints.FindAsync(services, key.Service, digest, call.Aborted)
            : state?.Queued?.Release ?? state?.Active?.Release ?? (orNext ? await NextAsync(call, services, key) : null);
        if (release is null)
            throw ApiException.Unprocessable("which-release", $"nothing waits for the gate of {key.Environment}", "name the release with --release");
        // Who asked for it is known only once somebody has.
        var asked = state?.Queued is { } queued && queued.Release.Digest == release.Digest ? queued.By
            : state?.Active is { } active && active.Release.Digest == release.Digest ? active.By : null;
        return GateQuestions.Of(key, release, asked, GateMoment.DryRun);
    }

    private static async Task<Release?> NextAsync(ApiRequest call, ControlPlaneServices services, ServiceKey key)
    {
        foreach (var environment in Environments.EnvironmentOrder.Before(services.Configuration.Settings, key.Environment))
            if (services.Engine.Find(new(environment, key.Service))?.Current.State.StableRelease is { } serving) return serving;
        return (await services.Releases.ListAsync(key.Service, call.Aborted)).FirstOrDefault();
    }

    private static async Task AnswerAsync(ApiRequest call, ControlPlaneServices services, GateRequest request, GateReply reply)
    {
        Done(reply);
        var verdict = await services.Gates.AskAsync(request, call.Aborted);
        await call.WriteAsync(new(RolloutWire.Of(reply.Why), GateWire.Of(verdict)), WireJson.Default.GateWordAnswer);
    }

    private static void Done(GateReply reply)
    {
        if (reply.Refused is { } refused) throw new ApiException(AccessWire.Problem(new(refused, reply.Why)));
    }

    private static bool MaySee(ApiRequest call, Freeze freeze)
        => freeze.Environments.IsEmpty || freeze.Environments.Any(environment => call.Caller.May(Permission.View, environment));

    private static void DemandAll(ApiRequest call, ImmutableArray<string> environments)
    {
        if (environments.IsEmpty) call.Demand(Permission.Deploy, null);
        foreach (var environment in environments) call.Demand(Permission.Deploy, environment);
    }

    private static ImmutableArray<string> Known(IReadOnlyList<string>? named, ImmutableArray<string> known, string what)
    {
        foreach (var name in named ?? [])
            if (!known.Contains(name, StringComparer.Ordinal))
                throw ApiException.NotFound("unknown-" + what, $"there is no {what} {AccessNames.Tame(name, 80)}", $"known: {string.Join(", ", known)}");
        return [.. (named ?? []).Distinct(StringComparer.Ordinal)];
    }

    private static Instant? Moment(DateTimeOffset? at) => at is { } given ? Instant.FromDateTimeOffset(given) : null;
}
