using System.Diagnostics;
using System.Globalization;
using Fairway.Bench.Judge;
using Fairway.Bench.Ledger;
using Fairway.Judgement;

// How often does the judge roll back a good release, and how soon a bad one? Against fixed thresholds and a Mann-Whitney judge, on the same requests.
var runs = int.Parse(Option("--runs") ?? "2000", CultureInfo.InvariantCulture);
var only = Option("--scenario");
var scenarios = Scenario.All.Where(one => only is null || one.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToArray();
if (scenarios.Length == 0)
{
    Console.Error.WriteLine($"no scenario is called '{only}'; there are: {string.Join("; ", Scenario.All.Select(one => one.Name))}");
    return 2;
}
var scored = new List<Score>();
foreach (var scenario in scenarios)
{
    var clock = Stopwatch.StartNew();
    var played = new Run[runs];
    var seed = Seed(scenario.Name);
    // Each past is shared by some runs: learning takes longer than judging.
    var memories = new JudgeMemory?[Math.Min(runs, 40)];
    if (scenario.Learned > 0) Parallel.For(0, memories.Length, one => memories[one] = Contest.Learn(scenario, ~seed - (ulong)one));
    Parallel.For(0, runs, new() { MaxDegreeOfParallelism = Environment.ProcessorCount }, run => played[run] = Contest.Play(scenario, memories[run % memories.Length], seed + (ulong)run));
    scored.Add(new(scenario, played));
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scored[^1].Line}  [{clock.Elapsed.TotalSeconds:0.0} s]"));
}
var speed = Speed.Measure();
var text = Report.Write(scored, speed, runs);
Console.WriteLine(text);
if (only is null) Results.Replace("Judge", text);
return 0;

string? Option(string name)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}

// FNV-1a: a scenario's runs do not change when another is added.
static ulong Seed(string name) => name.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL);
