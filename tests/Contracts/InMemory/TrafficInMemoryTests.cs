using Fairway.Adapters.InMemory;
using Fairway.Ports;

namespace Fairway.Contracts;

/// <summary>The data plane of the simulator, held to what real ones do.</summary>
public sealed class TrafficInMemoryTests : TrafficContract
{
    /// <inheritdoc/>
    protected override Task<ITrafficSubject> StartAsync() => Task.FromResult<ITrafficSubject>(new Subject());

    private sealed class Subject : ITrafficSubject
    {
        private readonly InMemoryTraffic _traffic = new();

        public ITraffic Traffic => _traffic;

        public Task LoseAsync()
        {
            _traffic.IsReachable = false;
            return Task.CompletedTask;
        }

        public Task ReturnAsync()
        {
            _traffic.Restart(keepsTable: true);
            _traffic.IsReachable = true;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => default;
    }
}
