using Fairway.Api;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A service as its page shows it at one moment.</summary>
/// <param name="Service">Everything the API says of it.</param>
/// <param name="Why">What it waits for, or how it serves; null before the first deployment.</param>
/// <param name="CanGoBack">Whether there is a release to go back to and nothing is under way.</param>
/// <param name="MaySteer">Whether the viewer may pause, resume, abort and take back.</param>
/// <param name="MayShip">Whether the viewer may promote and allow a rejected release again.</param>
public sealed record ServiceView(ServiceInfo Service, string? Why, bool CanGoBack, bool MaySteer, bool MayShip)
{
    /// <summary><c>environment/service</c></summary>
    public string Key => $"{Service.Environment}/{Service.Service}";

    /// <summary>The view of a service now.</summary>
    public static ServiceView Of(ControlPlaneServices services, ServiceKey key, bool maySteer, bool mayShip)
    {
        var state = services.Engine.Find(key)?.Current.State;
        var stable = state?.StableRelease?.Digest;
        var canGoBack = state is { Active: null } && state.Past.Any(past => past.Digest != stable && !state.Rejected.ContainsKey(past.Digest));
        var wire = new ServiceWire(services);
        return new(wire.Describe(key), wire.Summarize(key).Why?.Sentence, canGoBack, maySteer, mayShip);
    }
}
