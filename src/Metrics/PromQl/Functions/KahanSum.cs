using System.Runtime.CompilerServices;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>A sum that keeps what rounding loses (Neumaier's form of Kahan's algorithm).</summary>
internal struct KahanSum
{
    /// <summary>The sum so far.</summary>
    public double Sum;

    /// <summary>What it has lost so far.</summary>
    public double Lost;

    /// <summary>Whether what an infinite sum has lost is no number, as in Prometheus 2.42, rather than nothing.</summary>
    public bool SpoilsInfinity;

    /// <summary>The sum with what was lost.</summary>
    public readonly double Total => double.IsInfinity(Sum) ? Sum : Sum + Lost;

    /// <summary>Adds a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double value)
    {
        Add(value, ref Sum, ref Lost);
        if (SpoilsInfinity && double.IsInfinity(Sum)) Lost = double.NaN;
    }

    /// <summary>Adds a number to a sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double value, ref double sum, ref double lost)
    {
        var total = sum + value;
        if (double.IsInfinity(total)) lost = 0;
        else if (Math.Abs(sum) >= Math.Abs(value)) lost += (sum - total) + value;
        else lost += (value - total) + sum;
        sum = total;
    }
}

/// <summary>An average: sum by count, or, once the sum is too large, kept up to date number by number.</summary>
internal struct KahanMean
{
    private double _sum;
    private double _lost;
    private double _count;
    private bool _isIncremental;

    /// <summary>Numbers so far.</summary>
    public readonly double Count => _count;

    /// <summary>The average.</summary>
    public readonly double Mean => _isIncremental ? _sum + _lost : (_sum / _count) + (_lost / _count);

    /// <summary>The average of some numbers.</summary>
    public static double Of(ReadOnlySpan<double> values)
    {
        double sum = values[0], lost = 0;
        for (var i = 1; i < values.Length; i++) KahanSum.Add(values[i], ref sum, ref lost);
        if (double.IsFinite(sum)) return (sum / values.Length) + (lost / values.Length);
        var mean = new KahanMean();
        foreach (var value in values) mean.Add(value);
        return mean.Mean;
    }

    /// <summary>Adds a number.</summary>
    public void Add(double value)
    {
        _count++;
        if (_count == 1)
        {
            _sum = value;
            return;
        }

        if (!_isIncremental)
        {
            var (sum, lost) = (_sum, _lost);
            KahanSum.Add(value, ref sum, ref lost);
            if (!double.IsInfinity(sum))
            {
                (_sum, _lost) = (sum, lost);
                return;
            }

            _isIncremental = true;
            _sum /= _count - 1;
            _lost /= _count - 1;
        }

        var kept = (_count - 1) / _count;
        _sum *= kept;
        _lost *= kept;
        KahanSum.Add(value / _count, ref _sum, ref _lost);
    }
}
