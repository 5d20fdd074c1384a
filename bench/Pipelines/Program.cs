using System.Globalization;
using Fairway.Bench.Pipelines;

// What does running a pipeline cost beside what its jobs do? Usage: Pipelines [PROGRAM] [ROUNDS] [unchanged|jobs|log]...
var program = Path.GetFullPath(args is [var given, ..] ? given : Path.Combine(AppContext.BaseDirectory, "fairway"));
var rounds = args is [_, var wanted, ..] ? int.Parse(wanted, CultureInfo.InvariantCulture) : 9;
Dictionary<string, Action<string, int>> parts = new(StringComparer.Ordinal) { ["unchanged"] = UnchangedRun.Measure, ["jobs"] = ManyJobs.Measure, ["log"] = LargeLog.Measure };
foreach (var part in args.Length > 2 ? args[2..] : [.. parts.Keys])
{
    if (!parts.TryGetValue(part, out var measure))
    {
        Console.Error.WriteLine($"error: there is no part {part}; there are {string.Join(", ", parts.Keys)}");
        return 2;
    }
    measure(program, rounds);
}
return 0;
