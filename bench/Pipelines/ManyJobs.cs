using System.Globalization;
using System.Text;

namespace Fairway.Bench.Pipelines;

/// <summary>Two hundred jobs that do nothing, two at a time, each in a sandbox of its own; and one such job, which is what starting costs.</summary>
internal static class ManyJobs
{
    private const int Many = 200;

    public static void Measure(string program, int rounds)
    {
        var report = new Report();
        var pipeline = "maxParallel: 2\njobs:\n  j: { cache: false, run: \"true\", matrix: { n: [" + string.Join(", ", Enumerable.Range(1, Many)) + "] } }\n";
        var make = new StringBuilder("all: " + string.Join(' ', Enumerable.Range(0, Many).Select(job => $"j{job}")) + "\n");
        for (var job = 0; job < Many; job++) make.Append(CultureInfo.InvariantCulture, $"j{job}:\n\tsh -e -c 'true; :'\n");
        using var lone = new Checkout(program, "jobs:\n  j: { cache: false, run: \"true\" }\n", "all:\n\tsh -e -c 'true; :'\n", files: 1);
        using var busy = new Checkout(program, pipeline, make.ToString(), files: 1);
        List<double> one = [], all = [], theirs = [];
        lone.Fairway();
        for (var round = 0; round < rounds; round++)
        {
            one.Add(lone.Fairway().TotalMilliseconds);
            all.Add(busy.Fairway().TotalMilliseconds);
            theirs.Add(busy.Make("-j2").TotalMilliseconds);
        }
        var (whole, alone, peer) = (Report.Median(all), Report.Median(one), Report.Median(theirs));
        report.Line("| 200 jobs that do nothing, two at a time | ms | ms a job |");
        report.Line("| --- | ---: | ---: |");
        report.Row($"| fairway pipeline run, a sandbox each | {whole:N0} | {whole / Many:N1} |");
        report.Row($"| — of which more than a run of one job ({alone:N0} ms) | {whole - alone:N0} | {(whole - alone) / (Many - 1):N1} |");
        report.Row($"| make -j2, `sh` each, no sandbox | {peer:N0} | {peer / Many:N1} |");
        report.Keep("Pipelines: what a job costs", "jobs", program, rounds, "Limit: 20 ms a job. Medians.");
    }
}
