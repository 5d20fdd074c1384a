using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>Releases: stored from a tar stream, listed.</summary>
internal static class ReleaseEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("POST", "releases", Permission.Deploy, call => CreateAsync(call, services), Reach.Somewhere);
        routes.Map("GET", "releases", Permission.View, async call =>
        {
            call.OnlyQueries("service");
            var releases = await services.Releases.ListAsync(call.RequiredQuery("service"), call.Aborted);
            await call.WriteAsync([.. releases.Select(release => Of(release, created: false))], WireJson.Default.IReadOnlyListReleaseInfo);
        }, Reach.Somewhere);
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

    private static async Task CreateAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("service", "version", "environment");
        var version = call.Query("version");
        Limits.Version(version);
        var spec = ServiceNames.Configured(services, call.Query("environment"), call.RequiredQuery("service"));
        call.Demand(Permission.Deploy, spec.Key.Environment);
        var stored = await services.Releases.StoreAsync(spec, version, call.UnlimitedBody(), call.Caller.As(null), call.Aborted);
        if (stored.Fault is { } fault) throw ApiException.Of(fault, "artifact-refused");
        await call.WriteAsync(Of(stored.Release!, stored.IsNew), WireJson.Default.ReleaseInfo, stored.IsNew ? 201 : 200);
    }

    private static ReleaseInfo Of(Release release, bool created)
        => new(release.Digest, release.Service, release.Version, release.Artifact, RolloutWire.At(release.CreatedAt), created);
}
