using Fairway.Catalog;
using Fairway.Workloads;

namespace Fairway.Ports;

/// <summary>Measures what running instances use. Read when asked, so it costs nothing while nobody looks.</summary>
public interface IWorkloadUsage
{
    /// <summary>Usage of the service's running instances; an instance that ends meanwhile is left out.</summary>
    Task<ImmutableArray<InstanceUsage>> MeasureAsync(ServiceKey service, CancellationToken cancellation);
}
