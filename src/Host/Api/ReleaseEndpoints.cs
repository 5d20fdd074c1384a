using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>Releases: stored from a tar stream, listed.</summary>
internal static class ReleaseEndpoints
{
    private const int MostRows = 500;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("POST", "releases", Permission.Deploy, call => CreateAsync(call, services), Reach.Somewhere)
            .Says("Stores a folder's files, packed by tar, as a release with the service's present workload; 200 instead of 201 when it was there.")
            .Asks("service", "Whose.", required: true).Asks("version", "Its name for people.").Asks("environment", "Whose configuration is frozen.")
            .TakesBytes("application/x-tar", isEndless: true).Gives(() => WireJson.Default.ReleaseInfo, 201);
        routes.Map("GET", "releases", Permission.View, async call =>
        {
            call.OnlyQueries("service", "cursor", "limit");
            var releases = await services.Releases.ListAsync(call.RequiredQuery("service"), call.Aborted);
            await call.WriteTaggedAsync<IReadOnlyList<ReleaseInfo>>([.. Page(call, releases).Select(release => Of(release, created: false))], WireJson.Default.IReadOnlyListReleaseInfo);
        }, Reach.Somewhere).Says("A service's releases, the newest first. A Link header with rel=\"next\" leads to the next page.").Asks("service", "Whose.", required: true)
            .Pages(MostRows, MostRows).Gives(() => WireJson.Default.IReadOnlyListReleaseInfo).IsTagged();
    }

    /// <summary>The one release whose digest begins as a caller wrote.</summary>
    public static async Task<Release> FindAsync(ControlPlaneServices services, string service, string text, CancellationToken cancellation)
    {
        var digest = ReleaseDigest.Parse(text)
            ?? throw ApiException.Unprocessable("digest-invalid", $"\"{text}\" is not a release's digest", $"write at least {ReleaseDigest.ShortestPrefix} of its hex digits, in lower case");
        var found = await services.Releases.FindAllAsync(service, digest, cancellation);
        return found.Length switch
        {
            1 => found[0],
            0 => throw ApiException.NotFound("unknown-release", $"{service} has no release {text}", "see which there are with `fairway releases`, or deploy a folder with --path"),
            _ => throw ApiException.Unprocessable("digest-ambiguous", $"{found.Length} releases of {service} begin with {text}", "write more of its digits"),
        };
    }

    /// <summary>A page of them; the link to the next one goes into the head (RFC 8288), for the body is a list already.</summary>
    private static IEnumerable<Release> Page(ApiRequest call, ImmutableArray<Release> all)
    {
        var limit = (int)call.Query("limit", MostRows, 1, MostRows);
        var from = 0;
        if (call.Query("cursor") is { } cursor)
        {
            from = all.Select(release => release.Digest).ToList().IndexOf(cursor) + 1;
            if (from == 0) throw ApiException.BadRequest("cursor-invalid", "the cursor is not one that a page ended with", "begin again without a cursor");
        }
        if (from + limit < all.Length)
        {
            var next = Uri.EscapeDataString(all[from + limit - 1].Digest);
            call.Http.Response.Headers.Link = string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"</api/releases?service={Uri.EscapeDataString(all[0].Service)}&limit={limit}&cursor={next}>; rel=\"next\"");
        }
        return all.Skip(from).Take(limit);
    }

    private static async Task CreateAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("service", "version", "environment");
        var version = call.Query("version");
        Limits.Version(version);
        var spec = ServiceNames.Configured(services, call.Query("environment"), call.RequiredQuery("service"));
        call.Demand(Permission.Deploy, spec.Key.Environment);
        var stored = await services.Releases.StoreAsync(spec, services.Ephemeral.Lasting, version, call.UnlimitedBody(), call.Caller.As(null), call.Aborted);
        if (stored.Fault is { } fault) throw ApiException.Of(fault, "artifact-refused");
        await call.WriteAsync(Of(stored.Release!, stored.IsNew), WireJson.Default.ReleaseInfo, stored.IsNew ? 201 : 200);
    }

    private static ReleaseInfo Of(Release release, bool created)
        => new(release.Digest, release.Service, release.Version, release.Artifact, RolloutWire.At(release.CreatedAt), created);
}
