using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Ports;

/// <summary>Routes traffic. Applied means confirmed by the data plane.</summary>
public interface ITraffic
{
    /// <summary>Applies a service's routes and returns when the data plane has confirmed them; idempotent by id and fenced per service.</summary>
    Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetRoutes effect, CancellationToken cancellation);

    /// <summary>What the data plane says of the service; null when it cannot be reached.</summary>
    Task<EdgeView?> ObserveAsync(ServiceKey service, CancellationToken cancellation);
}
