using System.Diagnostics;
using System.Globalization;

namespace Fairway.Simulation;

/// <summary>Tells stories with the control plane killed at every point of them, from the command line or a test.</summary>
internal static class KillRunner
{
    private static readonly ImmutableArray<TimeSpan> DownTimes = [TimeSpan.Zero, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(7)];

    /// <summary>A story that broke a rule.</summary>
    public sealed record Failure(Story Story, Kills Kills, string Rule);

    /// <summary>
    /// <c>--kills [D]</c>: every story, every point, every down time, and a second kill 1 to D points after the first.
    /// <c>--story NAME</c>: only this one; with <c>--at P[,P…]</c> killed there, <c>--down SECONDS</c>, and <c>--trace</c>. <c>--mutant NAME</c> with
    /// any. Exit code 0 when all held, 1 when a rule broke, 2 for a wrong option.
    /// </summary>
    public static int Run(string[] args)
    {
        var stories = Stories.All;
        var (distance, down, traces) = (0, TimeSpan.Zero, false);
        ImmutableArray<int>? at = null;
        Mutant? mutant = null;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--trace": traces = true; continue;
                case "--kills" when !int.TryParse(value, CultureInfo.InvariantCulture, out distance): continue;
                case "--kills": break;
                case "--story" when Stories.All.FirstOrDefault(one => one.Name == value) is { } found: stories = [found]; break;
                case "--at" when Numbers(value) is { } numbers: at = numbers; break;
                case "--down" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds): down = TimeSpan.FromSeconds(seconds); break;
                case "--mutant" when Mutant.Kills.FirstOrDefault(one => one.Name == value) is { } found: mutant = found; break;
                default: return Refuse(args[i]);
            }
            i++;
        }
        if (traces || at is not null) return RunOne(stories[0], new(at ?? [], down), mutant, traces);
        return RunMany(stories, distance, mutant);
    }

    /// <summary>The first failure of a story that is killed once at each of its points; null when all held.</summary>
    public static Failure? FirstFailure(Story story, Mutant? mutant) => OnceAtEach(story, mutant, stops: true).FirstOrDefault();

    /// <summary>How a failure came about, in as few lines as could be found.</summary>
    public static string Report(Failure failure, Mutant? mutant)
    {
        var shortest = Shortest(failure, mutant);
        var world = new KilledWorld(shortest.Story, shortest.Kills, null, mutant, traces: true);
        var error = Catch(world);
        var lines = world.Around.Trace.Prepend($"story \"{failure.Story.Name}\", the shortest that breaks it:")
            .Append($"story \"{failure.Story.Name}\" broke {error?.Message ?? failure.Rule}");
        if (error is not null and not BrokenRuleException) lines = lines.Append(error.StackTrace ?? "");
        return string.Join(Environment.NewLine, lines.Append(string.Create(CultureInfo.InvariantCulture,
            $"again: --kills --story \"{failure.Story.Name}\" --at {string.Join(',', failure.Kills.At)} --down {failure.Kills.DownFor.TotalSeconds} --trace")));
    }

    private static int RunMany(ImmutableArray<Story> stories, int distance, Mutant? mutant)
    {
        var (watch, told, failed) = (Stopwatch.StartNew(), 0, new List<Failure>());
        foreach (var story in stories)
        {
            var memory = new Memory();
            var kills = Points(story, memory, mutant, everyDownTime: true).ToList();
            kills.AddRange(kills.ToList().SelectMany(kill => Enumerable.Range(1, distance).Select(d => kill with { At = [kill.At[0], kill.At[0] + d] })));
            var broken = Failures(story, kills, memory, mutant, stops: false);
            (told, failed) = (told + kills.Count, [.. failed, .. broken]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{story.Name}: killed in {kills.Count} ways, {broken.Count} failed, {watch.Elapsed.TotalSeconds:0.0} s"));
        }
        foreach (var one in failed.Take(20))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Story.Name}, killed at {string.Join(',', one.Kills.At)} for {one.Kills.DownFor.TotalSeconds} s, broke {one.Rule}"));
        if (failed.Count > 0) Console.WriteLine(Report(failed[0], mutant));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{told} kills: {failed.Count} failed, {told / watch.Elapsed.TotalSeconds:0} stories/s"));
        return failed.Count == 0 ? 0 : 1;
    }

    private static int RunOne(Story story, Kills kills, Mutant? mutant, bool traces)
    {
        var world = new KilledWorld(story, kills, null, mutant, traces);
        var error = Catch(world);
        foreach (var line in world.Around.Trace) Console.WriteLine(line);
        if (error is not null) Console.WriteLine($"story \"{story.Name}\" broke {error.Message}");
        return error is null ? 0 : 1;
    }

    private static List<Failure> OnceAtEach(Story story, Mutant? mutant, bool stops)
    {
        var memory = new Memory();
        return Failures(story, Points(story, memory, mutant, everyDownTime: false), memory, mutant, stops);
    }

    // Told once unharmed to count the points. A story that breaks even then is its own failure.
    private static IEnumerable<Kills> Points(Story story, Memory memory, Mutant? mutant, bool everyDownTime)
    {
        var world = new KilledWorld(story, Kills.None, memory, mutant);
        if (Catch(world) is not null) return [Kills.None];
        return Enumerable.Range(world.FirstPoint, world.Points.Count - world.FirstPoint)
            .SelectMany(point => everyDownTime ? DownTimes.Select(down => new Kills([point], down)) : [new Kills([point], DownTimes[point % DownTimes.Length])]);
    }

    private static List<Failure> Failures(Story story, IEnumerable<Kills> kills, Memory memory, Mutant? mutant, bool stops)
    {
        var all = kills.ToArray();
        var rules = new string?[all.Length];
        Parallel.For(0, all.Length, (i, loop) =>
        {
            if (loop.ShouldExitCurrentIteration) return;
            rules[i] = Breaks(story, all[i], memory, mutant);
            if (stops && rules[i] is not null) loop.Break();
        });
        return [.. Enumerable.Range(0, all.Length).Where(i => rules[i] is not null).Select(i => new Failure(story, all[i], rules[i]!))];
    }

    private static Failure Shortest(Failure failure, Mutant? mutant)
    {
        var best = failure;
        while (true)
        {
            var shorter = best.Story.Shorter()
                .Select(story => OnceAtEach(story, mutant, stops: false).Find(one => one.Rule == failure.Rule && one.Kills.At.IsEmpty == failure.Kills.At.IsEmpty))
                .FirstOrDefault(one => one is not null);
            if (shorter is null) return best;
            best = shorter;
        }
    }

    private static string? Breaks(Story story, Kills kills, Memory memory, Mutant? mutant) => Catch(new(story, kills, memory, mutant)) is { } error ? Shrinker.RuleOf(error) : null;

    private static Exception? Catch(KilledWorld world)
    {
        try
        {
            world.Run();
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private static ImmutableArray<int>? Numbers(string text)
    {
        var numbers = ImmutableArray.CreateBuilder<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, CultureInfo.InvariantCulture, out var number)) return null;
            numbers.Add(number);
        }
        return numbers.ToImmutable();
    }

    private static int Refuse(string option)
    {
        Console.Error.WriteLine($"{option}: not understood. --kills [D] [--story NAME [--at P,P --down SECONDS] [--trace]] [--mutant NAME], with the stories:");
        foreach (var one in Stories.All) Console.Error.WriteLine("  " + one.Name);
        Console.Error.WriteLine("and the mutants:");
        foreach (var one in Mutant.Kills) Console.Error.WriteLine("  " + one.Name);
        return 2;
    }
}
