using System.Globalization;
using System.Text;
using Fairway.Bench.Ledger;
using Fairway.Bench.Pipelines;

// What does running a pipeline cost beside what its jobs do? Usage: Pipelines [PROGRAM] [ROUNDS]
const int jobs = 20;
const int many = 200;
const long gigabyte = 1L << 30;
var program = Path.GetFullPath(args is [var given, ..] ? given : Path.Combine(AppContext.BaseDirectory, "fairway"));
var rounds = args is [_, var wanted, ..] ? int.Parse(wanted, CultureInfo.InvariantCulture) : 9;
var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
var table = new StringWriter(CultureInfo.InvariantCulture);

// Twenty jobs in four layers over two thousand files, each with its own part of them as input, and nothing changed.
var pipeline = new StringBuilder("maxParallel: 2\njobs:\n");
var make = new StringBuilder("all: " + string.Join(' ', Enumerable.Range(0, jobs).Select(job => $"out{job}")) + "\n");
for (var job = 0; job < jobs; job++)
{
    var needs = job >= 5 ? $"j{job - 5}" : "";
    pipeline.Append(CultureInfo.InvariantCulture, $"  j{job}: {{ needs: [{needs}], inputs: src/part{job}/**, run: \"cat src/part{job}/* | wc -c > out{job}\", artifacts: {{ out: out{job} }} }}\n");
    make.Append(CultureInfo.InvariantCulture, $"out{job}: {(job >= 5 ? $"out{job - 5} " : "")}$(wildcard src/part{job}/*)\n\tcat src/part{job}/* | wc -c > out{job}\n");
}
using (var unchanged = new Checkout(program, pipeline.ToString(), make.ToString(), files: 2000))
{
    var first = unchanged.Fairway();
    unchanged.Must("sleep", "2.1"); // The files' times are then old enough to be believed.
    unchanged.Fairway();
    unchanged.Make("-j2");
    List<double> ours = [], theirs = [];
    for (var round = 0; round < rounds; round++)
    {
        ours.Add(unchanged.Fairway().TotalMilliseconds);
        theirs.Add(unchanged.Make("-j2").TotalMilliseconds);
    }
    table.WriteLine("| unchanged, 20 jobs, 2,000 files | median ms | worst ms |");
    table.WriteLine("| --- | ---: | ---: |");
    table.WriteLine($"| fairway pipeline run | {Median(ours):N0} | {ours.Max():N0} |");
    table.WriteLine($"| make -j2 | {Median(theirs):N0} | {theirs.Max():N0} |");
    table.WriteLine();
    table.WriteLine($"The first run of it, with nothing in the cache: {first.TotalMilliseconds:N0} ms.");
    table.WriteLine();
}

// Two hundred jobs that do nothing, two at a time, each in a sandbox of its own; and one such job, which is what starting costs.
var trivial = new StringBuilder("maxParallel: 2\njobs:\n  j: { cache: false, run: \"true\", matrix: { n: [" + string.Join(", ", Enumerable.Range(1, many)) + "] } }\n");
var nothing = new StringBuilder("all: " + string.Join(' ', Enumerable.Range(0, many).Select(job => $"j{job}")) + "\n");
for (var job = 0; job < many; job++) nothing.Append(CultureInfo.InvariantCulture, $"j{job}:\n\tsh -e -c 'true; :'\n");
using (var lone = new Checkout(program, "jobs:\n  j: { cache: false, run: \"true\" }\n", "all:\n\tsh -e -c 'true; :'\n", files: 1))
using (var busy = new Checkout(program, trivial.ToString(), nothing.ToString(), files: 1))
{
    List<double> one = [], all = [], makes = [];
    lone.Fairway();
    for (var round = 0; round < Math.Max(3, rounds / 3); round++)
    {
        one.Add(lone.Fairway().TotalMilliseconds);
        all.Add(busy.Fairway().TotalMilliseconds);
        makes.Add(busy.Make("-j2").TotalMilliseconds);
    }
    table.WriteLine("| 200 jobs that do nothing, two at a time | ms | ms a job |");
    table.WriteLine("| --- | ---: | ---: |");
    table.WriteLine($"| fairway pipeline run, a sandbox each | {Median(all):N0} | {Median(all) / many:N1} |");
    table.WriteLine($"| — of which more than a run of one job | {Median(all) - Median(one):N0} | {(Median(all) - Median(one)) / (many - 1):N1} |");
    table.WriteLine($"| make -j2, `sh` each | {Median(makes):N0} | {Median(makes) / many:N1} |");
    table.WriteLine();
}

// A gigabyte of log against ten megabytes, in lines of 100 letters; and the same lines into a file.
var line = new string('x', 99);
string Lines(long bytes) => string.Create(CultureInfo.InvariantCulture, $"yes {line} | head -c {bytes}");
using (var small = new Checkout(program, $"jobs:\n  j: {{ cache: false, run: \"{Lines(10 << 20)}\" }}\n", "", files: 1))
using (var large = new Checkout(program, $"jobs:\n  j: {{ cache: false, run: \"{Lines(gigabyte)}\" }}\n", $"all:\n\t{Lines(gigabyte)} > log\n", files: 1))
{
    var (_, little) = small.Watched();
    var (took, much) = large.Watched();
    var plain = large.Make();
    table.WriteLine("| log | s | MB/s | peak RSS MB |");
    table.WriteLine("| --- | ---: | ---: | ---: |");
    table.WriteLine($"| fairway pipeline run, 10 MB | | | {little:N0} |");
    table.WriteLine($"| fairway pipeline run, 1 GiB: masked, timed and hashed by line | {took.TotalSeconds:N1} | {gigabyte / took.TotalSeconds / 1e6:N0} | {much:N0} |");
    table.WriteLine($"| `sh`, 1 GiB into a file | {plain.TotalSeconds:N1} | {gigabyte / plain.TotalSeconds / 1e6:N0} | |");
}

Console.Write(table);
Results.Replace("Pipelines", string.Create(CultureInfo.InvariantCulture, $"""
    What running a pipeline costs beside what its jobs do: the program from start to end, {rounds} rounds in turn with its peer, medians. The limits: 1 s for the
    unchanged re-run, 20 ms of scheduling for a job, no growth of memory with the log.

    Command: `./package && dotnet run -c Release --project bench/Pipelines -- dist/fairway` ({Environment.ProcessorCount} cores, .NET {Environment.Version}, load average {load} when it began).

    {table}
    """));
return 0;

static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
