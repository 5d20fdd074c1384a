using Fairway.Adapters.InMemory;
using Fairway.Ports;

namespace Fairway.Contracts;

/// <summary>The metrics source of the simulator, held to what real ones do.</summary>
public sealed class MetricsInMemoryTests : MetricsSourceContract
{
    /// <inheritdoc/>
    protected override IMetricsSubject Start() => new Subject();

    private sealed class Subject : IMetricsSubject
    {
        private readonly InMemoryMetrics _metrics = new();

        public IMetricsSource Source => _metrics;

        public void Give(string expression, params ImmutableArray<double> numbers) => _metrics.Set(expression, numbers);

        public void Alert(params ImmutableArray<AlertingRule> rules) => _metrics.Alerts = rules;

        public void GiveAt(string expression, NodaTime.Instant at, double number) => _metrics.Set(expression, at, number);

        public void Lose() => _metrics.IsReachable = false;

        public void Return() => _metrics.IsReachable = true;

        public ValueTask DisposeAsync() => default;
    }
}
