namespace Fairway.Metrics.Otlp;

/// <summary>How names of OpenTelemetry become names of Prometheus (Prometheus, <c>otlp.translation_strategy</c>).</summary>
public enum OtlpNaming
{
    /// <summary>Other characters become underscores; unit and type are added: <c>http_server_request_duration_seconds</c>.</summary>
    UnderscoresWithSuffixes,

    /// <summary>Other characters become underscores; nothing is added.</summary>
    UnderscoresWithoutSuffixes,

    /// <summary>Names stay; unit and type are added.</summary>
    KeptWithSuffixes,

    /// <summary>Names stay as they are: <c>http.server.request.duration</c>.</summary>
    Kept,
}

/// <summary>How OpenTelemetry metrics become series.</summary>
public sealed record OtlpOptions
{
    /// <summary>How names are made.</summary>
    public OtlpNaming Naming { get; init; } = OtlpNaming.UnderscoresWithSuffixes;

    /// <summary>Resource attributes that become labels of every series, so that nobody needs a join to tell versions apart.</summary>
    public ImmutableArray<string> PromotedAttributes { get; init; } = ["service.name", "service.version", "deployment.environment", "deployment.environment.name"];

    /// <summary>Every resource attribute becomes a label.</summary>
    public bool PromoteAllAttributes { get; init; }

    /// <summary>Name and version of the instrumentation scope become <c>otel_scope_name</c> and <c>otel_scope_version</c>.</summary>
    public bool ScopeLabels { get; init; }

    /// <summary>Histograms with explicit bounds become native histograms with custom bounds instead of buckets.</summary>
    public bool HistogramsAsNative { get; init; }

    /// <summary>The resource's attributes are told in <c>target_info</c>.</summary>
    public bool TargetInfo { get; init; } = true;

    /// <summary>Size of a request when unpacked, in bytes.</summary>
    public int MessageBytes { get; init; } = 64 << 20;

    /// <summary>Attributes of one resource or one point. A request with a resource of more is refused, and a point with more.</summary>
    public int Attributes { get; init; } = 128;

    /// <summary>Explicit bounds of one histogram, and quantiles of one summary: each is a series of its own. A point with more is
    /// refused.</summary>
    public int Bounds { get; init; } = 1_000;

    /// <summary>Resources, and series of a resource, that are kept parsed; beyond that the ones not written for long go first, with the
    /// sums of their deltas.</summary>
    public int KnownSeries { get; init; } = 500_000;
}
