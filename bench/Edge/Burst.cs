using System.Diagnostics;
using System.Globalization;

namespace Fairway.Bench.Edge;

/// <summary>What one burst of <c>wrk</c> showed.</summary>
/// <param name="PerSecond">Requests answered each second.</param>
/// <param name="P50">Median latency in milliseconds.</param>
/// <param name="P99">99th percentile in milliseconds.</param>
/// <param name="Cpu">Processor seconds that the proxy used for 100,000 requests.</param>
/// <param name="Errors">Answers other than 2xx and 3xx, and socket errors.</param>
internal sealed record Burst(double PerSecond, double P50, double P99, double Cpu, long Errors)
{
    public const int Connections = 64;

    public static async Task<Burst> RunAsync(Peer peer, int seconds)
    {
        var before = peer.CpuTime;
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        foreach (var argument in Arguments(seconds)) start.ArgumentList.Add(argument);
        start.ArgumentList.Add($"http://127.0.0.1:{peer.Port}/");
        using var wrk = Process.Start(start) ?? throw new InvalidOperationException("wrk did not start");
        var text = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        var used = peer.CpuTime - before;
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var requests = Number(lines.First(line => line.Contains(" requests in ", StringComparison.Ordinal)).Split(' ')[0]);
        return new(
            Number(After(lines, "Requests/sec:")),
            Milliseconds(After(lines, "50%")),
            Milliseconds(After(lines, "99%")),
            used.TotalSeconds * 100_000 / requests,
            ErrorsIn(lines));
    }

    /// <summary>As typed in a shell, without the URL.</summary>
    public static string[] Arguments(int seconds) => ["-t2", $"-c{Connections}", $"-d{seconds}s", "--latency", "-H", "Cookie: fairway=0123456789abcdef"];

    private static string After(string[] lines, string label) =>
        lines.First(line => line.StartsWith(label, StringComparison.Ordinal))[label.Length..].Trim();

    private static long ErrorsIn(string[] lines) =>
        lines.Where(line => line.StartsWith("Socket errors:", StringComparison.Ordinal) || line.StartsWith("Non-2xx", StringComparison.Ordinal))
            .Sum(line => line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Sum(word => long.TryParse(word, CultureInfo.InvariantCulture, out var count) ? count : 0));

    private static double Milliseconds(string text) => text switch
    {
        [.. var number, 'u', 's'] => Number(number) / 1000,
        [.. var number, 'm', 's'] => Number(number),
        [.. var number, 's'] => Number(number) * 1000,
        _ => throw new FormatException(text),
    };

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
