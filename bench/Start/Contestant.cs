using System.Globalization;

namespace Fairway.Bench.Start;

/// <summary>Something that is started and timed.</summary>
internal sealed class Contestant(string name, Func<Task<TimeSpan?>> start)
{
    private readonly List<double> _times = [];

    public async Task RunAsync()
    {
        if (await start() is { } time) _times.Add(time.TotalMilliseconds);
    }

    public string Row()
    {
        if (_times.Count == 0) return $"| {name} | not installed | |";
        var sorted = _times.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {sorted[sorted.Length / 2]:N0} | {sorted[^1]:N0} |");
    }
}

/// <summary>Resident and proportional memory in megabytes (proc(5), <c>smaps_rollup</c>).</summary>
internal sealed record Memory(double Rss, double Pss)
{
    public static Memory operator +(Memory left, Memory right) => new(left.Rss + right.Rss, left.Pss + right.Pss);

    public static Memory Of(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/smaps_rollup");
        double Megabytes(string key) => double.Parse(lines.First(l => l.StartsWith(key + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        return new(Megabytes("Rss"), Megabytes("Pss"));
    }
}
