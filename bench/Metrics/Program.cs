using Fairway.Bench.Metrics;
using Fairway.Bench.Metrics.Peer;

// dotnet run -c Release --project bench/Metrics -- PART [SERIES] [SCRAPES]
if (args is not [var part, ..])
{
    Console.Error.WriteLine($"usage: PART [SERIES] [SCRAPES]; parts: append append-real memory memory-real decode bytes replay select\n   or: {PeerBench.Usage}");
    return 2;
}

if (part.StartsWith("peer-", StringComparison.Ordinal))
{
    await PeerBench.RunAsync(part, args[1..]);
    return 0;
}

var series = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 100_000;
var scrapes = args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 240;
var folder = Path.Combine(Path.GetFullPath("artifacts"), $"bench-metrics-{Environment.ProcessId}");
try
{
    StorageBench.Run(part, folder, series, scrapes);
    return 0;
}
finally
{
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
}
