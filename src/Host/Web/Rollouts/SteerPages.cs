using Fairway.Access;
using Fairway.Api;
using Fairway.Catalog;
using Fairway.Rollouts;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>Words given in the browser: asked once more, with a reason, and then the same command as everywhere.</summary>
internal static class SteerPages
{
    private const string Pattern = "/services/{environment}/{service}/steer/{command}";

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer)
    {
        routes.MapPage("GET", Pattern, Permission.Steer, call =>
        {
            var (key, word) = Read(call, services);
            call.Demand(Steering.Needs(word.Command), key.Environment);
            return PageWriter.WriteAsync<SteerPage>(call.Http, ModelOf(call, services, writer, key, word, call.Query("target"), null, null));
        });
        routes.MapPage("POST", Pattern, Permission.Steer, call => GiveAsync(call, services, writer));
    }

    private static async Task GiveAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var (key, word) = Read(call, services);
        call.Demand(Steering.Needs(word.Command), key.Environment);
        var form = await call.FormAsync();
        var (reason, target) = (form["reason"].ToString().Trim(), form["target"].ToString());
        Limits.Reason(reason);
        if (reason.Length == 0 && Steering.NeedsReason(word.Command))
        {
            await RefuseAsync("Say why: it is kept with the decision.", StatusCodes.Status422UnprocessableEntity);
            return;
        }
        var digest = target.Length == 0 ? null : (await ReleaseEndpoints.FindAsync(services, key.Service, target, call.Aborted)).Digest;
        var reply = await services.Engine.AskAsync(key, new RolloutObservation.Commanded(word.Command, call.Caller.As(reason), digest), call.Aborted);
        if (reply.Refused is not null) await RefuseAsync(reply.Why.Sentence, StatusCodes.Status409Conflict);
        else await PageWriter.SeeOther(call, (reply.Rollout?.Id ?? services.Engine.Find(key)?.Current.State.Rollout?.Id) is { } id ? $"/rollouts/{id}" : $"/services/{key}");

        Task RefuseAsync(string why, int status) => PageWriter.WriteAsync<SteerPage>(call.Http, ModelOf(call, services, writer, key, word, target, reason, why), status);
    }

    private static (ServiceKey Key, SteeringWord Word) Read(ApiRequest call, ControlPlaneServices services)
    {
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        foreach (var command in Steering.All)
            if (Steering.Word(command) is var word && word.Name == call.Route("command")) return (key, word);
        throw ApiException.NotFound("unknown-command", $"there is no {call.Http.Request.Path}");
    }

    private static SteerPageModel ModelOf(
        ApiRequest call, ControlPlaneServices services, PageWriter writer, ServiceKey key, SteeringWord word, string? target, string? reason, string? refused)
    {
        var state = services.Engine.Find(key)?.Current.State;
        var release = word.Command == RolloutCommand.Unreject ? null : state?.Active?.Release ?? state?.StableRelease;
        var digest = release?.Digest ?? target;
        var version = release?.Version ?? state?.Past.Concat([state.Rollout?.Release!]).LastOrDefault(past => past?.Digest == digest)?.Version ?? (digest is null ? "" : Say.Digest(digest));
        return new(
            writer.Frame(call, $"{word.Label} {version}", "overview"), key.ToString(), word, version, digest, ServiceView.Of(services, key, false, false).Why,
            Steering.NeedsReason(word.Command), reason, refused, state?.Rollout is { } rollout ? $"/rollouts/{rollout.Id}" : $"/services/{key}");
    }
}
