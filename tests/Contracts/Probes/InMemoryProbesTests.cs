using Fairway.Adapters.InMemory;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Tests.Contracts.Probes;

/// <summary>The simulator's probes, held to what real ones do.</summary>
public sealed class InMemoryProbesTests : ProbesContract
{
    private protected override (IProbes Probes, string Address) Open(int? status, string body) => (new InMemoryProbes(TimeProvider.System)
    {
        Scripts = _ => status is { } code ? new(Duration.Zero, new(Duration.Zero) { Status = code, Body = body }) : new(Duration.FromDays(1), new(Duration.Zero)),
    }, "http://nowhere");
}
