using Fairway.Edge.Routing;
using Fairway.Kernel;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge;

/// <summary>Tables with defaults, for tests.</summary>
internal static class Tables
{
    public static RouteTable Of(params ServiceRoutes[] services) => new(1, [.. services]);

    public static ServiceRoutes Service(string name, params RouteMatch[] matches) => new()
    {
        Environment = "production",
        Service = name,
        Generation = 1,
        Matches = [.. matches],
        Arms = [Arm("A", 10_000, Target(name + "-0"))],
        Salt = "salt",
    };

    public static ServiceRoutes Split(int candidateBasisPoints, Target[] stable, Target[] candidate, TrafficPolicy? policy = null) => new()
    {
        Environment = "production",
        Service = "shop",
        Generation = 1,
        Matches = [Match()],
        Arms = [Arm("A", 10_000 - candidateBasisPoints, stable), Arm("B", candidateBasisPoints, candidate)],
        PreviewArm = "B",
        Salt = "rollout-1",
        Policy = policy ?? new TrafficPolicy(),
    };

    public static Arm Arm(string name, int basisPoints, params Target[] targets) => new(name, "sha256:" + name, "1." + name, Weight.FromBasisPoints(basisPoints), [.. targets]);

    public static Target Target(string instance, TargetState state = TargetState.Active, int port = 9) => new(instance, "127.0.0.1", port, state);

    public static RouteMatch Match(string? host = null, string path = "/", params (string Name, string Value)[] headers)
        => new(host, path, headers.ToImmutableSortedDictionary(header => header.Name, header => header.Value, StringComparer.Ordinal));

    public static DefaultHttpContext Request(params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        foreach (var (name, value) in headers) context.Request.Headers.Append(name, value);
        return context;
    }

    public static ServiceEntry Only(LiveTable live) => Assert.Single(live.Current.Services);
}
