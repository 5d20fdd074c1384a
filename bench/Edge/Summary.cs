using System.Globalization;
using System.Text;

namespace Fairway.Bench.Edge;

/// <summary>What the bursts add up to.</summary>
internal static class Summary
{
    public static string Table(IReadOnlyDictionary<string, List<Burst>> bursts)
    {
        var text = new StringBuilder("| proxy | requests/s | p50 ms | p99 ms | CPU s per 100,000 | errors |\n| --- | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var (name, list) in bursts)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {name} | {Median(list, b => b.PerSecond):N0} | {Median(list, b => b.P50):N2} | {Median(list, b => b.P99):N2} | {Median(list, b => b.Cpu):N2} | {list.Sum(b => b.Errors)} |\n");
        }
        return text.ToString();
    }

    /// <summary>Ratios within each round, so that what the machine does beside changes them little; the median of the rounds.</summary>
    public static string Ratios(IReadOnlyDictionary<string, List<Burst>> bursts)
    {
        if (!bursts.TryGetValue("fairway", out var ours)) return "";
        var ratios = bursts.Where(pair => pair.Key != "fairway").Select(pair => string.Create(CultureInfo.InvariantCulture,
            $"{Median([.. pair.Value.Select((burst, round) => ours[round].PerSecond / burst.PerSecond)]):N2}× {pair.Key} "
            + $"(CPU per request {Median([.. pair.Value.Select((burst, round) => ours[round].Cpu / burst.Cpu)]):N2}×)"));
        return $"Throughput of Fairway's edge: {string.Join(", ", ratios)}.";
    }

    private static double Median(List<Burst> bursts, Func<Burst, double> of) => Median([.. bursts.Select(of)]);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
