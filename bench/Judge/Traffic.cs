namespace Fairway.Bench.Judge;

/// <summary>One arm's requests in one tick.</summary>
/// <param name="Requests">Requests.</param>
/// <param name="Errors">Of these, failed.</param>
/// <param name="Slow">Of these, above the 95th percentile.</param>
/// <param name="Slowest">Of these, above the 99th.</param>
internal readonly record struct Arm(long Requests, long Errors, long Slow, long Slowest)
{
    public static Arm operator +(Arm left, Arm right)
        => new(left.Requests + right.Requests, left.Errors + right.Errors, left.Slow + right.Slow, left.Slowest + right.Slowest);
}

/// <summary>Draws a scenario's requests: the candidate, and the stable arm's two groups of instances, each with noise of its own.</summary>
internal sealed class Traffic(Scenario scenario, Draw draw)
{
    private readonly double[] _logNoise = new double[3];
    private double _minute = double.NegativeInfinity;

    /// <summary>The next tick's requests.</summary>
    /// <param name="minute">Its start; negative before the rollout, when all traffic is stable and nothing is amiss but noise.</param>
    /// <param name="seconds">Its length.</param>
    public (Arm Candidate, Arm Left, Arm Right) Next(double minute, double seconds)
    {
        Renew(minute);
        var isBefore = minute < 0;
        var requests = scenario.Rate * seconds * (isBefore ? 1 : scenario.Traffic(minute));
        var weight = isBefore ? 0 : scenario.Weight(minute);
        var (share, incident) = isBefore ? (scenario.Base, 0) : (scenario.Base * scenario.Drift(minute), scenario.Incident(minute));
        var factor = isBefore ? 1 : scenario.FactorAt(minute);
        return (Arm(requests * weight, share * factor, incident, _logNoise[0], scenario.Slower),
            Arm(requests * (1 - weight) / 2, share, incident, _logNoise[1], Math.Min(1, scenario.Slower)),
            Arm(requests * (1 - weight) / 2, share, incident, _logNoise[2], Math.Min(1, scenario.Slower)));
    }

    private Arm Arm(double mean, double share, double incident, double logNoise, double slower)
    {
        var requests = draw.Poisson(mean);
        if (requests == 0) return default;
        var p = Math.Min(1, Math.Min(1, share * Math.Exp(logNoise)) * (1 - incident) + incident);
        var errors = scenario.Clump <= 1 ? draw.Binomial(requests, p) : Clumped(requests, p);
        if (slower == 0) return new(requests, errors, 0, 0);
        var slowest = draw.Binomial(requests, 0.01 * slower);
        return new(requests, errors, slowest + draw.Binomial(requests - slowest, 0.04 * slower / (1 - 0.01 * slower)), slowest);
    }

    // Geometric clumps with the stated mean; the share stays as it is.
    private long Clumped(long requests, double p)
    {
        long errors = 0;
        for (var left = draw.Binomial(requests, p / scenario.Clump); left > 0; left--)
            errors += 1 + (long)Math.Floor(Math.Log(draw.Uniform()) / Math.Log(1 - 1 / scenario.Clump));
        return Math.Min(errors, requests);
    }

    private void Renew(double minute)
    {
        if (scenario.Noise == 0 || Math.Floor(minute) == _minute) return;
        var keep = scenario.NoiseMinutes == 0 || double.IsNegativeInfinity(_minute) ? 0 : Math.Exp(-1 / scenario.NoiseMinutes);
        _minute = Math.Floor(minute);
        for (var i = 0; i < _logNoise.Length; i++)
            _logNoise[i] = keep * _logNoise[i] + scenario.Noise * Math.Sqrt(1 - keep * keep) * draw.Normal();
    }
}
