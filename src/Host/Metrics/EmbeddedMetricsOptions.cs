using Fairway.Configuration;

namespace Fairway.Metrics;

/// <summary>How a control plane's metrics engine runs.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Timeout">For a query of the judge.</param>
/// <param name="Listen">Where Prometheus' HTTP API listens besides the control plane's own; null for nowhere.</param>
/// <param name="Grpc">Where OTLP over gRPC listens; null for nowhere.</param>
public sealed record EmbeddedMetricsOptions(MetricsOptions Engine, TimeSpan Timeout, ListenAddress? Listen, ListenAddress? Grpc);
