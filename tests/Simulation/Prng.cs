namespace Fairway.Simulation;

/// <summary>Chance that repeats: SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014).</summary>
internal sealed class Prng(ulong seed)
{
    private ulong _state = seed;

    /// <summary>An independent source for one concern, so that more chance here changes nothing there.</summary>
    public static Prng For(ulong seed, string concern)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var letter in concern) hash = (hash ^ letter) * 1_099_511_628_211UL;
        var source = new Prng(seed * 0x9E37_79B9_7F4A_7C15UL ^ hash);
        source.Next();
        return source;
    }

    public ulong Next()
    {
        var z = _state += 0x9E37_79B9_7F4A_7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>0 to below 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Whole numbers, both ends included.</summary>
    public int Between(int low, int high) => low + (int)Math.BigMul(Next(), (ulong)(high - low + 1), out _);

    public bool Chance(double probability) => probability > 0 && Unit() < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Between(0, choices.Length - 1)];

    /// <summary>As likely between 0.1 s and 1 s as between 10 s and 100 s: both ends of what happens are met. In whole milliseconds, as durations are configured.</summary>
    public TimeSpan LogUniform(TimeSpan low, TimeSpan high)
    {
        var (from, to) = (Math.Log(low.TotalMilliseconds), Math.Log(high.TotalMilliseconds));
        return TimeSpan.FromMilliseconds(Math.Floor(Math.Exp(from + Unit() * (to - from))));
    }
}
