using System.Globalization;
using Fairway.Bench.Ledger;

namespace Fairway.Bench.Metrics.Peer;

/// <summary>The parts <c>peer-…</c>: side by side with Prometheus.</summary>
internal static class PeerBench
{
    public const string Usage = "peer-fill SET [HOURS] | peer-restart SET | peer-query SET [ROUNDS] [PART OF A NAME] | peer-ingest | peer-report; SET is A (10,000 series) or B (100,000)";

    private static string Root => Path.Combine(Path.GetFullPath("artifacts"), "bench-peer");

    public static async Task RunAsync(string part, string[] rest)
    {
        var set = rest.Length > 0 && rest[0] == "B" ? "B" : "A";
        var contest = new Contest(set, Path.Combine(Root, set));
        switch (part)
        {
            case "peer-fill":
                await contest.FillAsync(rest.Length > 1 ? double.Parse(rest[1], CultureInfo.InvariantCulture) : set == "A" ? 6 : 1);
                break;
            case "peer-restart":
                await contest.RestartAsync();
                break;
            case "peer-query":
                await contest.QueryAsync(rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 9, rest.Length > 2 ? rest[2] : "");
                break;
            case "peer-ingest":
                await IngestContest.RunAsync(Path.Combine(Root, "ingest"));
                break;
            case "peer-report":
                Report();
                break;
            default:
                throw new ArgumentException($"no part {part}: {Usage}");
        }
    }

    private static string Hours(string set)
    {
        var path = Path.Combine(Root, set, "hours");
        return File.Exists(path) ? File.ReadAllText(path) : "no";
    }

    private static void Report()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Fairway (`fairway metrics serve`, Release) and Debian's Prometheus 2.42 on the same machine, the same data, asked by the same client in turn;
            answers read whole. Set A: 10,000 series, {Hours("A")} h every 15 s; set B: 100,000 series, {Hours("B")} h. Range queries
            cover one hour every 15 s unless they say otherwise. Milliseconds are the least of the rounds, as others use the machine; the notes have the
            medians, the CPU of the server and the size of the answer, ours first. "Must" and "Stretch" are what was asked for before it was built;
            set B has them only where it holds a whole hour.

            Commands: `dotnet build src/Host -c Release`, then `dotnet run -c Release --project bench/Metrics -- PART` with the parts `peer-fill A`,
            `peer-query A`, `peer-fill B`, `peer-query B`, `peer-ingest` and `peer-report`, `PROMETHEUS` naming the program
            ({Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}).
            """));
        foreach (var (set, title) in new[] { ("A", "Set A: 10,000 series"), ("B", "Set B: 100,000 series"), ("ingest", "Ingest by scrape and OTLP; the store alone") })
        {
            var rows = Figures.Load(Path.Combine(Root, set));
            if (rows.Count == 0) continue;
            text.WriteLine($"\n### {title}\n\n| what | ours | Prometheus | ratio | Must | Stretch | |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |");
            foreach (var row in rows) text.WriteLine(row.Row());
        }

        Results.Replace("Metrics", text.ToString());
    }
}
