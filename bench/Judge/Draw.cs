namespace Fairway.Bench.Judge;

/// <summary>Random numbers from a seed, the same on every machine (xoshiro256++ of D. Blackman and S. Vigna, seeded by SplitMix64).</summary>
internal sealed class Draw
{
    private ulong _a, _b, _c, _d;

    public Draw(ulong seed) => (_a, _b, _c, _d) = (Split(ref seed), Split(ref seed), Split(ref seed), Split(ref seed));

    /// <summary>Uniform in (0, 1).</summary>
    public double Uniform() => ((Next() >> 11) + 0.5) * (1.0 / (1UL << 53));

    /// <summary>Standard normal (G. E. P. Box and M. E. Muller 1958).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(Uniform())) * Math.Cos(2 * Math.PI * Uniform());

    /// <summary>Poisson; by the normal above 500, where only numbers of requests are drawn.</summary>
    public long Poisson(double mean)
    {
        if (mean <= 0) return 0;
        if (mean > 500) return (long)Math.Max(0, Math.Round(mean + Math.Sqrt(mean) * Normal()));
        if (mean > 30) return Poisson(mean / 2) + Poisson(mean / 2);
        var (count, product, limit) = (0L, Uniform(), Math.Exp(-mean));
        while (product > limit) (count, product) = (count + 1, product * Uniform());
        return count;
    }

    /// <summary>Binomial, exact: jumps from one success to the next.</summary>
    public long Binomial(long n, double p)
    {
        if (p <= 0 || n <= 0) return 0;
        if (p >= 1) return n;
        if (p > 0.5) return n - Binomial(n, 1 - p);
        var (count, at, log) = (0L, 0.0, Math.Log(1 - p));
        while (true)
        {
            at += Math.Floor(Math.Log(Uniform()) / log) + 1;
            if (at > n) return count;
            count++;
        }
    }

    private ulong Next()
    {
        var result = ulong.RotateLeft(_a + _d, 23) + _a;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    private static ulong Split(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
