using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>The section <c>metrics</c> of a service.</summary>
internal static class ScrapeDeclaration
{
    /// <summary>The declaration; a path alone stands for <c>path</c>.</summary>
    public static Shape<MetricsEndpoint> Declare() => new ShorthandShape<MetricsEndpoint>(Full, "path", HealthDeclaration.HttpPath);

    private static RecordShape<MetricsEndpoint> Full => new RecordShape<MetricsEndpoint>("Instance metrics",
        "Metrics that every instance shows in a format of Prometheus. They are read into Fairway's own metrics engine, with the labels `environment`, `service`, "
            + "`version`, `release` and `instance`.", new())
        .Field("path", HealthDeclaration.HttpPath, "Path on the instance's port.", metrics => metrics.Path, (metrics, value) => metrics with { Path = value })
            .Like("/metrics").Not("url", "endpoint")
        .Field("interval", Scalars.Time(zero: false).Where("a duration from 1s to 10m",
                value => value >= Duration.FromSeconds(1) && value <= Duration.FromMinutes(10) ? null : ("is not from 1s to 10m", null)),
            "Between two readings.", metrics => metrics.Interval, (metrics, value) => metrics with { Interval = value }).Not("scrapeInterval", "every", "period");
}
