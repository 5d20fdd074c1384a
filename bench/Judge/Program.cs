using System.Diagnostics;
using System.Globalization;
using Fairway.Bench.Judge;
using Fairway.Bench.Ledger;
using Fairway.Judgement;

// How often does the judge roll back a good release, and how soon a bad one? Against fixed thresholds and a Mann-Whitney judge, on the same requests.
const int PartSize = 250;
if (args.Any(one => one is "--help" or "-h"))
{
    Console.WriteLine("""
        bench/Judge [--runs 2000] [--seed 1] [--only TEXT[;TEXT…]] [--jobs 1] [--fresh] [--report]
          Runs are kept in artifacts/judge-bench/seed-N.jsonl as they finish, and not made again: stop it and start it at will.
          --only    scenarios whose names contain one of the texts; =TEXT for the one of exactly that name
          --fresh   makes the chosen scenarios' runs again: after every change of the judge
          --report  makes no runs; from those there are, writes the section in bench/RESULTS.md
        """);
    return 0;
}
var runs = int.Parse(Option("--runs") ?? "2000", CultureInfo.InvariantCulture);
var seed = ulong.Parse(Option("--seed") ?? "1", CultureInfo.InvariantCulture);
var jobs = int.Parse(Option("--jobs") ?? "1", CultureInfo.InvariantCulture);
var only = Option("--only")?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
var scenarios = Scenario.All.Where(one => only is null || only.Any(text => IsMeant(one.Name, text))).ToArray();
if (scenarios.Length == 0)
{
    Console.Error.WriteLine($"no scenario is called '{Option("--only")}'; there are: {string.Join("; ", Scenario.All.Select(one => one.Name))}");
    return 2;
}
var journal = new Journal(Path.Combine("artifacts", "judge-bench"), seed);
if (args.Contains("--fresh")) journal.Forget(scenarios.Select(one => one.Name));
var scored = new List<Score>();
foreach (var scenario in scenarios)
{
    var clock = Stopwatch.StartNew();
    if (Played(scenario) is not { } played) continue;
    scored.Add(new(scenario, played));
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scored[^1].Line}  [{clock.Elapsed.TotalSeconds:0.0} s]"));
}
if (scored.Count == 0)
{
    Console.Error.WriteLine($"there are no {runs} runs of seed {seed} to report on");
    return 1;
}
if (only is not null && !args.Contains("--report")) return 0;
var text = Report.Write(scored, Speed.Measure(), runs, seed);
Console.WriteLine(text);
if (only is null) Results.Replace("Judge", text);
return 0;

Run[]? Played(Scenario scenario)
{
    var all = new List<Run>();
    var own = unchecked(Fnv(scenario.Name) + seed * 0x9E3779B97F4A7C15);
    JudgeMemory?[]? memories = null;
    for (var first = 0; first < runs; first += PartSize)
    {
        var count = Math.Min(PartSize, runs - first);
        if (journal.Find(scenario.Name, first, count) is { } known)
        {
            all.AddRange(known);
            continue;
        }
        if (args.Contains("--report")) return null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = jobs };
        memories ??= Remember(scenario, own, parallel);
        var (made, from, past) = (new Run[count], first, memories);
        Parallel.For(0, count, parallel, i => made[i] = Contest.Play(scenario, past[(from + i) % past.Length], own + (ulong)(from + i)));
        journal.Add(new(scenario.Name, first, made));
        all.AddRange(made);
    }
    return [.. all];
}

// Each past is shared by some runs: learning takes longer than judging.
static JudgeMemory?[] Remember(Scenario scenario, ulong own, ParallelOptions parallel)
{
    var memories = new JudgeMemory?[40];
    if (scenario.Learned > 0) Parallel.For(0, memories.Length, parallel, one => memories[one] = Contest.Learn(scenario, ~own - (ulong)one));
    return memories;
}

string? Option(string name)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}

static bool IsMeant(string name, string text)
    => text.StartsWith('=') ? name.Equals(text[1..], StringComparison.OrdinalIgnoreCase) : name.Contains(text, StringComparison.OrdinalIgnoreCase);

// FNV-1a: a scenario's runs do not change when another is added.
static ulong Fnv(string name) => name.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL);
