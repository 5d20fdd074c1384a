using Fairway.Metrics.Model;

namespace Fairway.Bench.Metrics;

/// <summary>Series as a fleet of web servers has them, with eight labels each, and values for every scrape. The same for the same seed.</summary>
internal sealed class Fleet
{
    private readonly Random _random = new(4);
    private readonly double[] _values;
    private readonly Kind[] _kinds;

    /// <param name="series">How many.</param>
    /// <param name="isReal">A mix as a scrape of real exporters has it: half never change, a quarter are slow counters, the rest gauges, sums and decimals. Otherwise counters with random increments.</param>
    public Fleet(int series, bool isReal)
    {
        Labels = new Labels[series];
        _values = new double[series];
        _kinds = new Kind[series];
        for (var i = 0; i < series; i++)
        {
            Labels[i] = Of(i);
            _kinds[i] = !isReal ? Kind.Busy : (i % 20) switch { < 10 => Kind.Still, < 15 => Kind.Slow, < 17 => Kind.Gauge, < 19 => Kind.Decimal, _ => Kind.Sum };
            _values[i] = _random.Next(1_000_000);
        }
    }

    private enum Kind { Busy, Still, Slow, Gauge, Decimal, Sum }

    public Labels[] Labels { get; }

    /// <summary>The value of a series at its next scrape.</summary>
    public double Next(int series)
    {
        ref var value = ref _values[series];
        value = _kinds[series] switch
        {
            Kind.Busy => value + _random.Next(100),
            Kind.Still => value,
            Kind.Slow => value + (_random.Next(10) == 0 ? 1 : 0),
            Kind.Gauge => Math.Max(0, value + _random.Next(-50, 51)),
            Kind.Decimal => Math.Round(value + (_random.NextDouble() / 10), 2),
            _ => value + _random.NextDouble(),
        };
        return value;
    }

    private static Labels Of(int i) => Fairway.Metrics.Model.Labels.Of(
    [
        new("__name__", $"http_requests_{i % 10}_total"), new("job", "web"), new("instance", $"10.0.{i / 1000 % 250}.{i / 4000}:8080"), new("method", i % 2 == 0 ? "GET" : "POST"),
        new("path", $"/api/v1/resource/{i / 20 % 25}"), new("code", i % 3 == 0 ? "200" : "500"), new("pod", $"web-{i / 100}"), new("cluster", "eu-1"), new("shard", $"{i}"),
    ]);
}
