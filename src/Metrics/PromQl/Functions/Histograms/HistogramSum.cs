using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Functions.Histograms;

/// <summary>What was met while calculating with histograms.</summary>
[Flags]
internal enum HistogramRemarks
{
    None = 0,

    /// <summary>One says that its counter was reset, the other that it was not.</summary>
    ResetCollision = 1,

    /// <summary>Custom bounds differed; those that both have were kept.</summary>
    BoundsReconciled = 2,

    /// <summary>One has exponential buckets, the other custom bounds: there is no result.</summary>
    Incompatible = 4,
}

/// <summary>
/// A native histogram while it is calculated with. Resolution is reduced to the coarser of two, zero buckets are widened to the wider, custom bounds
/// are cut down to those in common (Prometheus, specification of native histograms).
/// </summary>
internal sealed class HistogramSum
{
    private int _schema;
    private double[]? _bounds;
    private double _zeroThreshold;
    private double _zeroCount;
    private KahanSum _count;
    private KahanSum _sum;
    private BucketList _positive;
    private BucketList _negative;
    private ResetHint _hint;

    /// <summary>Begins with a copy.</summary>
    public HistogramSum(NativeHistogram start)
    {
        (_schema, _bounds, _zeroThreshold, _zeroCount, _hint) = (start.Schema, start.Bounds, start.ZeroThreshold, start.ZeroCount, start.Hint);
        (_count.Sum, _sum.Sum) = (start.Count, start.Sum);
        _positive = BucketList.Of(start.PositiveSpans, start.PositiveBuckets);
        _negative = BucketList.Of(start.NegativeSpans, start.NegativeBuckets);
    }

    private bool IsCustom => _schema == NativeHistogram.CustomBounds;

    /// <summary>The histogram without empty buckets.</summary>
    public NativeHistogram Result()
    {
        var (positiveSpans, positiveCounts) = _positive.Compact();
        var (negativeSpans, negativeCounts) = _negative.Compact();
        return new()
        {
            Schema = _schema,
            Bounds = _bounds,
            ZeroThreshold = _zeroThreshold,
            ZeroCount = _zeroCount,
            Count = _count.Total,
            Sum = _sum.Total,
            PositiveSpans = positiveSpans,
            PositiveBuckets = positiveCounts,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negativeCounts,
            Hint = _hint,
        };
    }

    /// <summary>Adds another.</summary>
    public HistogramRemarks Add(NativeHistogram other) => Combine(other, 1);

    /// <summary>Takes another away.</summary>
    public HistogramRemarks Subtract(NativeHistogram other) => Combine(other, -1);

    /// <summary>Multiplies all counts and the sum.</summary>
    public HistogramSum Scale(double factor)
    {
        _zeroCount *= factor;
        (_count.Sum, _count.Lost, _sum.Sum, _sum.Lost) = (_count.Sum * factor, _count.Lost * factor, _sum.Sum * factor, _sum.Lost * factor);
        _positive.Scale(factor);
        _negative.Scale(factor);
        if (factor < 0) _hint = ResetHint.Gauge;
        return this;
    }

    /// <summary>Divides all counts and the sum.</summary>
    public HistogramSum Divide(double divisor)
    {
        _zeroCount /= divisor;
        (_count.Sum, _sum.Sum) = (_count.Total / divisor, _sum.Total / divisor);
        (_count.Lost, _sum.Lost) = (0, 0);
        _positive.Divide(divisor);
        _negative.Divide(divisor);
        // Nothing is left but a count without buckets.
        if (divisor == 0) (_positive, _negative) = (new(), new());
        if (divisor < 0) _hint = ResetHint.Gauge;
        return this;
    }

    /// <summary>Says what the result is.</summary>
    public HistogramSum Marked(ResetHint hint)
    {
        _hint = hint;
        return this;
    }

    /// <summary>With a resolution no finer than another's.</summary>
    public void ReduceTo(int schema)
    {
        if (IsCustom || schema == NativeHistogram.CustomBounds || schema >= _schema) return;
        var from = _schema;
        _positive = _positive.Mapped(i => BucketBounds.Reduced(i, from, schema));
        _negative = _negative.Mapped(i => BucketBounds.Reduced(i, from, schema));
        _schema = schema;
    }

    private HistogramRemarks Combine(NativeHistogram added, double factor)
    {
        if (IsCustom != (added.Schema == NativeHistogram.CustomBounds)) return HistogramRemarks.Incompatible;
        var other = new HistogramSum(added);
        var remarks = CombineHints(other._hint);
        if (IsCustom) remarks |= ReconcileBounds(other);
        else
        {
            ReconcileZero(other);
            ReduceTo(other._schema);
            other.ReduceTo(_schema);
            _zeroCount += factor * other._zeroCount;
        }

        _count.Add(factor * added.Count);
        _sum.Add(factor * added.Sum);
        _positive.Add(other._positive, factor);
        _negative.Add(other._negative, factor);
        return remarks;
    }

    private HistogramRemarks CombineHints(ResetHint other)
    {
        if (other == _hint || _hint == ResetHint.Gauge) return HistogramRemarks.None;
        if (other == ResetHint.Gauge) _hint = ResetHint.Gauge;
        else
        {
            var collides = other != ResetHint.Unknown && _hint != ResetHint.Unknown;
            _hint = ResetHint.Unknown;
            if (collides) return HistogramRemarks.ResetCollision;
        }

        return HistogramRemarks.None;
    }

    private HistogramRemarks ReconcileBounds(HistogramSum other)
    {
        if ((_bounds ?? []).AsSpan().SequenceEqual(other._bounds ?? [])) return HistogramRemarks.None;
        double[] common = [.. (_bounds ?? []).Intersect(other._bounds ?? [])];
        MapBounds(common);
        other.MapBounds(common);
        return HistogramRemarks.BoundsReconciled;
    }

    private void MapBounds(double[] common)
    {
        var mine = _bounds ?? [];
        _positive = _positive.Mapped(index =>
        {
            if (index >= mine.Length) return common.Length;
            var place = Array.BinarySearch(common, mine[index]);
            return place < 0 ? ~place : place;
        });
        _bounds = common;
    }

    private void ReconcileZero(HistogramSum other)
    {
        while (!_zeroThreshold.Equals(other._zeroThreshold))
        {
            if (_zeroThreshold > other._zeroThreshold) other.WidenZero(_zeroThreshold);
            if (other._zeroThreshold > _zeroThreshold) WidenZero(other._zeroThreshold);
        }
    }

    // The zero bucket must not end inside a bucket that holds something: it is widened until it does not.
    private void WidenZero(double threshold)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var list in (ReadOnlySpan<BucketList>)[_positive, _negative])
            {
                for (var i = 0; i < list.Count; i++)
                {
                    var (index, count) = list[i];
                    if (BucketBounds.Upper(index - 1, _schema, null) >= threshold) break;
                    var upper = BucketBounds.Upper(index, _schema, null);
                    if (upper <= threshold || count == 0) continue;
                    (threshold, changed) = (upper, true);
                }
            }
        }

        _positive = Swallow(_positive, threshold);
        _negative = Swallow(_negative, threshold);
        _zeroThreshold = threshold;
    }

    private BucketList Swallow(BucketList list, double threshold)
    {
        for (var i = 0; i < list.Count && BucketBounds.Upper(list[i].Index, _schema, null) <= threshold; i++) _zeroCount += list[i].Count;
        return list.Where(index => BucketBounds.Upper(index, _schema, null) > threshold);
    }

    /// <summary>Whether a counter started again between two histograms.</summary>
    public static bool IsReset(NativeHistogram before, NativeHistogram after)
    {
        if (after.Hint == ResetHint.Reset) return true;
        if (after.Hint == ResetHint.NotReset) return false;
        if (after.Count < before.Count) return true;
        var isCustom = after.Schema == NativeHistogram.CustomBounds;
        if (isCustom != (before.Schema == NativeHistogram.CustomBounds)) return true;
        if (!isCustom && (after.Schema > before.Schema || after.ZeroThreshold < before.ZeroThreshold)) return true;
        var (old, now) = (new HistogramSum(before), new HistogramSum(after));
        if (isCustom) now.ReconcileBounds(old);
        else
        {
            old.WidenZero(after.ZeroThreshold);
            if (!old._zeroThreshold.Equals(after.ZeroThreshold) || after.ZeroCount < old._zeroCount) return true;
            old.ReduceTo(after.Schema);
        }

        return HasFewer(now._positive, old._positive) || HasFewer(now._negative, old._negative);
    }

    private static bool HasFewer(BucketList now, BucketList before)
    {
        for (var i = 0; i < before.Count; i++)
        {
            if (now.At(before[i].Index) < before[i].Count) return true;
        }

        return false;
    }
}
