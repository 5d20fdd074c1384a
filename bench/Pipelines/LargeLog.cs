namespace Fairway.Bench.Pipelines;

/// <summary>A gigabyte of log against ten megabytes, in lines of 100 letters; and the same lines into a file.</summary>
internal static class LargeLog
{
    private const long Gigabyte = 1L << 30;

    public static void Measure(string program, int _)
    {
        var report = new Report();
        using var small = new Checkout(program, $"jobs:\n  j: {{ cache: false, run: \"{Lines(10 << 20)}\" }}\n", "", files: 1);
        using var large = new Checkout(program, $"jobs:\n  j: {{ cache: false, run: \"{Lines(Gigabyte)}\" }}\n", $"all:\n\t{Lines(Gigabyte)} > log\n", files: 1);
        var (_, little) = small.Watched();
        var (took, much) = large.Watched();
        var plain = large.Make();
        report.Line("| log | s | MB/s | peak RSS MB |");
        report.Line("| --- | ---: | ---: | ---: |");
        report.Row($"| fairway pipeline run, 10 MB | | | {little:N0} |");
        report.Row($"| fairway pipeline run, 1 GiB: masked, timed and hashed by line | {took.TotalSeconds:N1} | {Gigabyte / took.TotalSeconds / 1e6:N0} | {much:N0} |");
        report.Row($"| `sh`, 1 GiB into a file | {plain.TotalSeconds:N1} | {Gigabyte / plain.TotalSeconds / 1e6:N0} | |");
        report.Keep("Pipelines: a log of 1 GiB", "log", program, 1, "Limit: no growth of memory with the log.");
    }

    private static string Lines(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"yes {new string('x', 99)} | head -c {bytes}");
}
