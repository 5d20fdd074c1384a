using Fairway.Access;
using Fairway.Api;
using Fairway.Catalog;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>A gate in the browser: what it says of the release that waits, and a yes to it.</summary>
internal static class GatePages
{
    private const string Pattern = "/services/{environment}/{service}/gate";

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer)
    {
        routes.MapPage("GET", Pattern, Permission.View, call => WriteAsync(call, services, writer, null));
        routes.MapPage("POST", Pattern, Permission.View, call => ApproveAsync(call, services, writer));
    }

    private static async Task ApproveAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var form = await call.FormAsync();
        var reason = form["reason"].ToString().Trim();
        Limits.Reason(reason);
        // The release that the page showed, whatever waits there by now.
        var request = await GateEndpoints.RequestAsync(call, services, form["release"].ToString(), orNext: false);
        var reply = await services.GateDesk.ApproveAsync(call.Caller.Standing, request, reason, call.Aborted);
        if (reply.Refused is not null) await WriteAsync(call, services, writer, reply.Why.Sentence);
        else await PageWriter.SeeOther(call, $"/services/{request.Key}");
    }

    private static async Task WriteAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer, string? refused)
    {
        var key = new ServiceKey(call.Route("environment"), call.Route("service"));
        var request = await GateEndpoints.RequestAsync(call, services, null, orNext: true);
        var verdict = await services.Gates.AskAsync(request, call.Aborted);
        var barred = await services.GateDesk.WhyNotApproveAsync(call.Caller.Standing, request, call.Aborted);
        var model = new GatePageModel(writer.Frame(call, $"Gate of {key}", "overview"), key.ToString(), GateWire.Of(verdict), barred?.Sentence, refused);
        await PageWriter.WriteAsync<GatePage>(call.Http, model, refused is null ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden);
    }
}
