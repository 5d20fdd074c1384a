namespace Fairway.Bench.Judge;

/// <summary>A rollout of an hour, and what is wrong with it.</summary>
/// <param name="Name">For the table and for <c>--only</c>.</param>
internal sealed record Scenario(string Name)
{
    /// <summary>Requests per second to both arms.</summary>
    public double Rate { get; init; } = 50;

    /// <summary>Share of requests that fail on either arm when nothing is wrong.</summary>
    public double Base { get; init; } = 0.005;

    /// <summary>The candidate fails this many times as often; 1 when it is as good.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Minute at which the candidate begins to be worse.</summary>
    public double Onset { get; init; }

    /// <summary>Times as many requests above the stable arm's 95th and 99th percentile on the candidate; 0 when latency is not drawn.</summary>
    public double Slower { get; init; }

    /// <summary>The candidate's share by minute.</summary>
    public Func<double, double> Weight { get; init; } = _ => 0.10;

    /// <summary>Requests by minute, relative to <see cref="Rate"/>.</summary>
    public Func<double, double> Traffic { get; init; } = _ => 1;

    /// <summary>Share of failing requests added to both arms by minute.</summary>
    public Func<double, double> Incident { get; init; } = _ => 0;

    /// <summary>Times the base share on both arms by minute.</summary>
    public Func<double, double> Drift { get; init; } = _ => 1;

    /// <summary>The candidate's factor by minute; null for <see cref="Factor"/> from the onset on.</summary>
    public Func<double, double>? Leak { get; init; }

    /// <summary>Deviation of the logarithm of each group of instances' own share of errors.</summary>
    public double Noise { get; init; }

    /// <summary>Minutes over which that noise is correlated; 0 draws it afresh each minute.</summary>
    public double NoiseMinutes { get; init; }

    /// <summary>Mean number of requests that fail together (one user's retries); 1 for each alone.</summary>
    public double Clump { get; init; } = 1;

    /// <summary>Minutes of stable traffic that the judge learned from before.</summary>
    public int Learned { get; init; } = 1440;

    /// <summary>The errors' margin, where it is not the default.</summary>
    public double? Margin { get; init; }

    /// <summary>The most that the median may be, in minutes; null for no limit.</summary>
    public double? MostMinutes { get; init; }

    /// <summary>Whether the failed requests until detection are held to twice Wald's bound.</summary>
    public bool IsHeldToWald { get; init; }

    /// <summary>Whether the candidate is worse: then being rolled back is right.</summary>
    public bool IsBad => Factor > 1 || Leak is not null || Slower > 1;

    public double FactorAt(double minute) => Leak is not null ? Leak(minute) : minute >= Onset ? Factor : 1;

    public static ImmutableArray<Scenario> All { get; } =
    [
        new("no change"),
        new("no change, nothing learned before") { Learned = 0 },
        new("no change, with latency") { Slower = 1 },
        new("no change, service already at 2 %") { Base = 0.02 },
        new("no change, 0.05 % base") { Base = 0.0005 },
        new("no change, 5 req/s") { Rate = 5 },
        new("no change, 0.5 req/s") { Rate = 0.5 },
        new("no change, 1,000 req/s, 5 %") { Rate = 1000, Weight = _ => 0.05 },
        new("no change, shared 5-min incident 10 %") { Incident = minute => minute is >= 20 and < 25 ? 0.10 : 0 },
        new("no change, shared 5-min outage 60 %") { Incident = minute => minute is >= 20 and < 25 ? 0.60 : 0 },
        new("no change, noisy arms (log-sd 0.5 each minute)") { Noise = 0.5 },
        new("no change, noisy arms, 5 req/s") { Noise = 0.5, Rate = 5 },
        new("no change, noisy arms, 1,000 req/s") { Noise = 0.5, Rate = 1000 },
        new("no change, slowly noisy arms (log-sd 0.3 over 10 min)") { Noise = 0.3, NoiseMinutes = 10 },
        new("no change, errors in clumps of 3") { Clump = 3 },
        new("no change, day and night in an hour") { Traffic = Wave, Drift = minute => Wave(minute + 10) },
        new("no change, weights 1-10-50 %") { Weight = Ramp },
        new("no change, weights 1-10-50-100 %") { Weight = RampToAll },
        new("2x") { Factor = 2 },
        new("4x") { Factor = 4, MostMinutes = 1.8, IsHeldToWald = true },
        new("10x") { Factor = 10, MostMinutes = 0.5, IsHeldToWald = true },
        new("50 % errors") { Factor = 100, MostMinutes = 0.2, IsHeldToWald = true },
        new("4x, nothing learned before") { Factor = 4, Learned = 0 },
        new("4x, noisy arms") { Factor = 4, Noise = 0.5 },
        new("4x from minute 30 on") { Factor = 4, Onset = 30 },
        new("50 % errors from minute 30 on") { Factor = 100, Onset = 30 },
        new("10x, candidate 0.5 req/s") { Factor = 10, Rate = 5, IsHeldToWald = true },
        new("4x on 0.05 %") { Factor = 4, Base = 0.0005, IsHeldToWald = true },
        new("2x, 1,000 req/s, 5 %") { Factor = 2, Rate = 1000, Weight = _ => 0.05, MostMinutes = 1.2 },
        new("latency only: 3x as many slow") { Slower = 3 },
        new("leak that shows only at 100 %") { Weight = minute => minute < 10 ? 0.10 : 1, Leak = minute => minute < 10 ? 1 : 1 + (minute - 10), Onset = 10 },
        new("at the margin: odds 2.38x") { Factor = 2.3622 },
        new("at the margin and at what is negligible") { Base = 0.001 / 2.377, Factor = 2.377 },
        new("no change, margin 2") { Margin = 2 },
        new("2x, margin 2") { Factor = 2, Margin = 2 },
    ];

    private static double Wave(double minute) => 1 + 0.8 * Math.Sin(2 * Math.PI * minute / 60);

    private static double Ramp(double minute) => minute < 5 ? 0.01 : minute < 20 ? 0.10 : 0.50;

    private static double RampToAll(double minute) => minute < 5 ? 0.01 : minute < 20 ? 0.10 : minute < 50 ? 0.50 : 1;
}
