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
        using var hand = ByHand.As(program);
        var pipeline = "maxParallel: 2\njobs:\n  j: { cache: false, run: \"true\", matrix: { n: [" + string.Join(", ", Enumerable.Range(1, Many)) + "] } }\n";
        using var lone = new Checkout(program, "jobs:\n  j: { cache: false, run: \"true\" }\n", "all:\n\tsh -e -c 'true; :'\n", files: 1);
        using var busy = new Checkout(program, pipeline, Makefile("sh -e -c 'true; :'"), files: 1);
        using var boxed = new Checkout(program, pipeline, Makefile(hand.Command), files: 1);
        List<double> one = [], all = [], bare = [], sandboxed = [];
        lone.Fairway();
        for (var round = 0; round < rounds; round++)
        {
            one.Add(lone.Fairway().TotalMilliseconds);
            all.Add(busy.Fairway().TotalMilliseconds);
            sandboxed.Add(boxed.Make("-j2").TotalMilliseconds);
            bare.Add(busy.Make("-j2").TotalMilliseconds);
        }
        var (whole, alone) = (Report.Median(all), Report.Median(one));
        var (each, by) = ((whole - alone) / (Many - 1), Report.Median(sandboxed) / Many);
        report.Line("| 200 jobs that do nothing, two at a time | ms | ms a job |");
        report.Line("| --- | ---: | ---: |");
        report.Row($"| fairway pipeline run, a sandbox each | {whole:N0} | {whole / Many:N1} |");
        report.Row($"| — of which more than a run of one job ({alone:N0} ms) | {whole - alone:N0} | {each:N1} |");
        report.Row($"| make -j2, the same sandbox each, made by a script | {by * Many:N0} | {by:N1} |");
        report.Row($"| — so the scheduling costs, beside the sandbox | | {each - by:N1} |");
        report.Row($"| make -j2, `sh` each, no sandbox | {Report.Median(bare):N0} | {Report.Median(bare) / Many:N1} |");
        report.Keep("Pipelines: what a job costs", "jobs", program, rounds, "Limit: 20 ms a job, its sandbox included. Medians; while two jobs have the slots, the sandboxes of the next two are made.");
    }

    private static string Makefile(string recipe)
    {
        var make = new StringBuilder("all: " + string.Join(' ', Enumerable.Range(0, Many).Select(job => $"j{job}")) + "\n");
        for (var job = 0; job < Many; job++) make.Append(CultureInfo.InvariantCulture, $"j{job}:\n\t{recipe}\n");
        return make.ToString();
    }
}
