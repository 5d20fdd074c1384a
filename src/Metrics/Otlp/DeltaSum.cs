namespace Fairway.Metrics.Otlp;

/// <summary>Deltas added up to a cumulative value (OpenTelemetry, "Metrics data model", "Sums: delta-to-cumulative").</summary>
internal sealed class DeltaSum
{
    private double[] _counts = [];

    /// <summary>When the first delta began, in milliseconds since 1970.</summary>
    public long Start { get; private set; }

    /// <summary>Time of the newest point.</summary>
    public long Last { get; private set; }

    /// <summary>Sum of the values, or of the observations.</summary>
    public double Sum { get; private set; }

    /// <summary>Number of observations.</summary>
    public double Count { get; private set; }

    /// <summary>Observations per bucket.</summary>
    public double[] Counts => _counts;

    /// <summary>Exponential buckets; null for other points.</summary>
    public ExponentialSum? Exponential { get; private set; }

    /// <summary>Adds a number.</summary>
    public void Add(long start, long time, double value)
    {
        Move(start, time);
        Sum += value;
    }

    /// <summary>Adds a histogram with explicit bounds; the same as those before it.</summary>
    public void Add(long start, long time, double count, double sum, List<double> counts)
    {
        Move(start, time);
        Count += count;
        Sum += sum;
        if (_counts.Length != counts.Count) _counts = new double[counts.Count];
        for (var i = 0; i < _counts.Length; i++) _counts[i] += counts[i];
    }

    /// <summary>Adds an exponential histogram.</summary>
    public void Add(long start, long time, double count, double sum, ExponentialPoint point)
    {
        // First what may fail.
        (Exponential ??= new(point.Scale)).Add(point);
        Move(start, time);
        Count += count;
        Sum += sum;
    }

    private void Move(long start, long time)
    {
        if (Last == 0) Start = start;
        Last = time;
    }
}
