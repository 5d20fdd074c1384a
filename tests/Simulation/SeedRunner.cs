using System.Diagnostics;
using System.Globalization;

namespace Fairway.Simulation;

/// <summary>Runs histories by their seeds, from the command line or a test.</summary>
internal static class SeedRunner
{
    /// <summary>What went wrong with a seed, as people read it.</summary>
    public sealed record Failure(ulong Seed, string Rule, string Report);

    /// <summary><c>--seeds N [--from S]</c>, or <c>--seed S [--trace]</c>; <c>--mutant NAME</c> with either. Exit code 0 when all held, 1 when a rule broke, 2 for a wrong option.</summary>
    public static int Run(string[] args)
    {
        ulong? seeds = null, seed = null;
        ulong from = 1;
        var traces = false;
        Mutant? mutant = null;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--trace": traces = true; continue;
                case "--seeds" when ulong.TryParse(value, out var n): seeds = n; break;
                case "--seed" when ulong.TryParse(value, out var n): seed = n; break;
                case "--from" when ulong.TryParse(value, out var n): from = n; break;
                case "--mutant" when Mutant.All.FirstOrDefault(one => one.Name == value) is { } found: mutant = found; break;
                default:
                    Console.Error.WriteLine($"{args[i]}: not understood. --seeds N [--from S] | --seed S [--trace], and --mutant NAME with one of:");
                    foreach (var one in Mutant.All) Console.Error.WriteLine("  " + one.Name);
                    return 2;
            }
            i++;
        }
        return seed is { } only ? RunOne(only, traces, mutant) : RunMany(from, seeds ?? 2_000, mutant);
    }

    /// <summary>The first seed from a range whose history breaks a rule, with the shortest history that does; null when all held.</summary>
    public static Failure? FirstFailure(ulong from, ulong count)
        => FirstCatch(from, count, null) is { } caught ? Report(Scenario.Draw(caught.Seed), caught.Rule, null) : null;

    /// <summary>The first seed from a range whose history breaks a rule; null when all held. Worlds know nothing of one another and run beside one another.</summary>
    public static (ulong Seed, string Rule)? FirstCatch(ulong from, ulong count, Mutant? mutant)
    {
        var rules = new string?[count];
        Parallel.For(0L, (long)count, (i, loop) =>
        {
            if (loop.ShouldExitCurrentIteration) return;
            rules[i] = Shrinker.Breaks(Drawn(from + (ulong)i, mutant), mutant);
            if (rules[i] is not null) loop.Break();
        });
        var first = Array.FindIndex(rules, rule => rule is not null);
        return first < 0 ? null : (from + (ulong)first, rules[first]!);
    }

    private static Scenario Drawn(ulong seed, Mutant? mutant) => (mutant ?? Mutant.None).Among(Scenario.Draw(seed));

    private static int RunOne(ulong seed, bool traces, Mutant? mutant)
    {
        var scenario = Drawn(seed, mutant);
        if (traces)
        {
            var world = new World(scenario, mutant, traces: true);
            var error = Catch(world);
            foreach (var line in world.Trace) Console.WriteLine(line);
            if (error is null) return 0;
            Console.WriteLine($"seed {seed} broke {error.Message}");
            return 1;
        }
        if (Shrinker.Breaks(scenario, mutant) is not { } rule) return 0;
        Console.WriteLine(Report(scenario, rule, mutant).Report);
        return 1;
    }

    private static int RunMany(ulong from, ulong count, Mutant? mutant)
    {
        var watch = Stopwatch.StartNew();
        var rules = new string?[count];
        Parallel.For(0L, (long)count, i => rules[i] = Shrinker.Breaks(Drawn(from + (ulong)i, mutant), mutant));
        var perSecond = count / watch.Elapsed.TotalSeconds;
        var failed = Enumerable.Range(0, (int)count).Where(i => rules[i] is not null).ToList();
        foreach (var i in failed.Take(20)) Console.WriteLine($"seed {from + (ulong)i} broke {rules[i]}");
        if (failed.Count > 0) Console.WriteLine(Report(Drawn(from + (ulong)failed[0], mutant), rules[failed[0]]!, mutant).Report);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} seeds from {from}: {failed.Count} failed, {perSecond:0} worlds/s"));
        return failed.Count == 0 ? 0 : 1;
    }

    private static Failure Report(Scenario scenario, string rule, Mutant? mutant)
    {
        var shortest = Shrinker.Shrink(scenario, rule, mutant);
        var world = new World(shortest, mutant, traces: true);
        var error = Catch(world);
        var lines = world.Trace.Prepend($"seed {scenario.Seed}, the shortest history that breaks it:").Append($"seed {scenario.Seed} broke {error?.Message ?? rule}");
        if (error is not null and not BrokenRuleException) lines = lines.Append(error.StackTrace ?? "");
        return new(scenario.Seed, rule, string.Join(Environment.NewLine, lines.Append($"again: --seed {scenario.Seed} --trace")));
    }

    private static Exception? Catch(World world)
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
}
