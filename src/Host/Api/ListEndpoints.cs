using Fairway.Access;
using Fairway.Client.Wire;
using NodaTime.Text;

namespace Fairway.Api;

/// <summary>Pages over what is many: instances of all services.</summary>
internal static class ListEndpoints
{
    private const int MostRows = 500;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "instances", Permission.View, call => InstancesAsync(call, services), Reach.Somewhere)
            .Says("Instances of all services, by environment and service.").Asks("environment", "Only this environment.").Asks("service", "Only this service.")
            .Asks("phase", "Only in this phase, such as ready.").Pages(MostRows, 100).Gives(() => WireJson.Default.InstancePage);
    }

    private static Task InstancesAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("environment", "service", "phase", "cursor", "limit");
        var (environment, service, phase, after) = (call.Query("environment"), call.Query("service"), call.Query("phase"), call.Query("cursor"));
        if (after is not null && after.Count(letter => letter == '/') != 2) throw ApiException.BadRequest("cursor-invalid", "the cursor is not one that a page ended with", "begin again without a cursor");
        var limit = (int)call.Query("limit", 100, 1, MostRows);
        var wire = new ServiceWire(services);
        var rows = new List<InstanceRow>();
        foreach (var key in ServiceNames.Known(services))
        {
            if (!call.Caller.May(Permission.View, key.Environment) || (environment is not null && key.Environment != environment) || (service is not null && key.Service != service)) continue;
            // Services are in the order of their keys: what was shown is passed over without a look.
            if (after is not null && string.CompareOrdinal(key.ToString(), after[..after.LastIndexOf('/')]) < 0) continue;
            foreach (var instance in wire.Describe(key).Instances.OrderBy(one => one.Id, StringComparer.Ordinal))
                if ((phase is null || instance.Phase == phase) && (after is null || string.CompareOrdinal($"{key}/{instance.Id}", after) > 0))
                    rows.Add(new(key.Environment, key.Service, instance));
            if (rows.Count > limit) break;
        }
        var page = rows.Take(limit).ToArray();
        return call.WriteAsync(
            new(page, rows.Count > limit ? $"{page[^1].Environment}/{page[^1].Service}/{page[^1].Instance.Id}" : null), WireJson.Default.InstancePage);
    }

    /// <summary>A moment in a query.</summary>
    public static NodaTime.Instant? Moment(ApiRequest call, string name) => call.Query(name) is not { } text ? null
        : OffsetDateTimePattern.ExtendedIso.Parse(text) is { Success: true } parsed ? parsed.Value.ToInstant()
        : throw ApiException.BadRequest("query-invalid", $"?{name}={text} is not a moment", "write it as 2026-01-31T23:59:59Z");
}
