using System.Globalization;
using System.Text;

namespace Fairway.Bench.Pipelines;

/// <summary>Twenty jobs in four layers over two thousand files, each with its own part of them as input, and nothing changed.</summary>
internal static class UnchangedRun
{
    private const int Jobs = 20;

    public static void Measure(string program, int rounds)
    {
        var report = new Report();
        var pipeline = new StringBuilder("maxParallel: 2\njobs:\n");
        var make = new StringBuilder("all: " + string.Join(' ', Enumerable.Range(0, Jobs).Select(job => $"out{job}")) + "\n");
        for (var job = 0; job < Jobs; job++)
        {
            var needs = job >= 5 ? $"j{job - 5}" : "";
            pipeline.Append(CultureInfo.InvariantCulture, $"  j{job}: {{ needs: [{needs}], inputs: src/part{job}/**, run: \"cat src/part{job}/* | wc -c > out{job}\", artifacts: {{ out: out{job} }} }}\n");
            make.Append(CultureInfo.InvariantCulture, $"out{job}: {(job >= 5 ? $"out{job - 5} " : "")}$(wildcard src/part{job}/*)\n\tcat src/part{job}/* | wc -c > out{job}\n");
        }
        using var checkout = new Checkout(program, pipeline.ToString(), make.ToString(), files: 2000);
        var first = checkout.Fairway();
        checkout.Make("-j2");
        checkout.Must("sleep", "2.1"); // The files' times are then old enough to be believed.
        checkout.Fairway();
        List<double> ours = [], theirs = [];
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(checkout.Fairway().TotalMilliseconds);
            theirs.Add(checkout.Make("-j2").TotalMilliseconds);
        }
        report.Line("| unchanged, 20 jobs, 2,000 files | median ms | worst ms |");
        report.Line("| --- | ---: | ---: |");
        report.Row($"| fairway pipeline run | {Report.Median(ours):N0} | {ours.Max():N0} |");
        report.Row($"| make -j2 | {Report.Median(theirs):N0} | {theirs.Max():N0} |");
        report.Line();
        report.Row($"The first run of it, with nothing in the cache: {first.TotalMilliseconds:N0} ms.");
        report.Keep("Pipelines: an unchanged run", "unchanged", program, rounds, "Limit: 1 s. What `make` takes is its search for built-in rules that could make each of the 2,000 files.");
    }
}
