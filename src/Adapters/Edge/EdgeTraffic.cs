using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Adapters.Edge;

/// <summary>Traffic by our own edge. Applied means: the edge answered that the routes are in force.</summary>
public sealed class EdgeTraffic(EdgeAdminClient edge) : ITraffic
{
    /// <inheritdoc/>
    public async Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetRoutes effect, CancellationToken cancellation)
    {
        Invariant.Check(
            effect.Routes.Environment == service.Environment && effect.Routes.Service == service.Service,
            $"the effect's routes are {effect.Routes.Environment}/{effect.Routes.Service}, not {service}");
        // The effect's id is the fence, whatever the routes were made with.
        var (_, fault) = await edge.PutAsync(effect.Routes with { Generation = effect.Id }, cancellation);
        return fault;
    }

    /// <inheritdoc/>
    public async Task<EdgeView?> ObserveAsync(ServiceKey service, CancellationToken cancellation)
    {
        var (view, _) = await edge.ViewAsync(service, cancellation);
        return view;
    }
}
