using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Otlp;

/// <summary>One series of the store.</summary>
internal struct OtlpPart(Labels labels)
{
    /// <summary>Its labels.</summary>
    public readonly Labels Labels = labels;

    /// <summary>The store's number of it.</summary>
    public long Series;
}

/// <summary>What one set of attributes of a metric is stored as: one series, or those of a histogram or summary.</summary>
internal sealed class OtlpSeries(byte[] key, ulong hash) : RawEntry(key, hash)
{
    /// <summary>The series; made when the first point comes.</summary>
    public OtlpPart[] Parts { get; set; } = [];

    /// <summary>Bounds or quantiles that <see cref="Parts"/> stand for.</summary>
    public double[] Bounds { get; set; } = [];

    /// <summary>The start time the store was told last.</summary>
    public long ToldStart { get; set; }

    /// <summary>Deltas added up; null for cumulative points.</summary>
    public DeltaSum? Delta { get; set; }
}

/// <summary>A metric of a resource, under one name, unit and kind.</summary>
internal sealed class OtlpMetric(byte[] key, ulong hash, string name, string type) : RawEntry(key, hash)
{
    /// <summary>Name in the store.</summary>
    public string Name { get; } = name;

    /// <summary>As <see cref="Storage.MetricMetadata"/> names it.</summary>
    public string Type { get; } = type;

    /// <summary>Labels of the instrumentation scope, if they are wanted.</summary>
    public (string Name, string Version) Scope { get; set; }

    /// <summary>The description the store was told last.</summary>
    public byte[]? Description { get; set; }

    /// <summary>By the bytes of the points' attributes.</summary>
    public RawTable<OtlpSeries> Series { get; } = new();
}

/// <summary>Who sends: a process, with its attributes. For one request at a time: hold its lock.</summary>
internal sealed class OtlpResource(byte[] key, ulong hash) : RawEntry(key, hash)
{
    /// <summary><c>service.namespace/service.name</c>.</summary>
    public string Job { get; set; } = "";

    /// <summary><c>service.instance.id</c>.</summary>
    public string Instance { get; set; } = "";

    /// <summary>Attributes that become labels of every series.</summary>
    public List<Label> Promoted { get; } = [];

    /// <summary><c>target_info</c>; null when there is nothing to tell.</summary>
    public Labels? Info { get; set; }

    /// <summary>The store's number of <c>target_info</c>.</summary>
    public long InfoSeries;

    /// <summary>Its metrics.</summary>
    public RawTable<OtlpMetric> Metrics { get; } = new();

    /// <summary>Number of <see cref="OtlpSeries"/> of all its metrics.</summary>
    public int SeriesCount { get; set; }

    /// <summary>Guards everything here.</summary>
    public Lock Gate { get; } = new();
}
