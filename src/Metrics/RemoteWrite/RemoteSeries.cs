using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>A series that others write to us, known by the bytes of its labels.</summary>
internal sealed class RemoteSeries(byte[] key, ulong hash, Labels labels) : RawEntry(key, hash)
{
    /// <summary>The store's number of the series.</summary>
    public long Series;

    /// <summary>Its labels.</summary>
    public Labels Labels { get; } = labels;

    /// <summary>The start time the store was told last.</summary>
    public long ToldStart { get; set; }
}

/// <summary>Series by their label bytes, for several threads at once. What nobody wrote for a while is forgotten.</summary>
internal sealed class RemoteSeriesTable(int most)
{
    private const int Stripes = 16;
    private const long ForgottenAfterSeconds = 20 * 60;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Stripe())];

    /// <summary>The series of these bytes; null when it is not known.</summary>
    public RemoteSeries? Find(ReadOnlySpan<byte> key, ulong hash, long nowSeconds)
    {
        var stripe = Of(hash);
        lock (stripe)
        {
            var series = stripe.Table.Find(key, hash);
            if (series is not null) series.Seen = nowSeconds;
            return series;
        }
    }

    /// <summary>Takes a series in, unless another thread did or the table is full; whoever is asked for it next gets the one that is
    /// there.</summary>
    public RemoteSeries Add(RemoteSeries series, long nowSeconds)
    {
        var stripe = Of(series.Hash);
        lock (stripe)
        {
            if (stripe.Table.Find(series.Key, series.Hash) is { } other) return other;
            if (stripe.Table.Count >= stripe.SweepAt)
            {
                stripe.Table.ForgetBefore(nowSeconds - ForgottenAfterSeconds);
                stripe.SweepAt = Math.Max(1024, stripe.Table.Count * 2);
            }

            series.Seen = nowSeconds;
            if (stripe.Table.Count < most / Stripes) stripe.Table.Add(series);
            return series;
        }
    }

    // The low bits choose the bucket.
    private Stripe Of(ulong hash) => _stripes[(int)(hash >> 60)];

    private sealed class Stripe
    {
        public RawTable<RemoteSeries> Table { get; } = new();

        public int SweepAt { get; set; } = 1024;
    }
}
