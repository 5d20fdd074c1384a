using System.Globalization;

namespace Fairway.Simulation;

/// <summary>Runs fleets by their seeds, from the command line or a test.</summary>
internal static class FleetRunner
{
    /// <summary><c>--fleets N [--from S]</c>, or <c>--fleet S</c> with its trace. Exit code 0 when all held, 1 when a rule broke, 2 for a wrong option.</summary>
    public static int Run(string[] args)
    {
        ulong from = 1, count = 0, only = 0;
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            if (!ulong.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || args[i] is not ("--fleets" or "--from" or "--fleet")) return Refuse(args[i]);
            if (args[i] == "--fleets") count = number;
            else if (args[i] == "--from") from = number;
            else only = number;
        }
        if (only > 0)
        {
            Console.WriteLine(Report(only, null));
            return Breaks(only, null) is null ? 0 : 1;
        }
        var failed = 0;
        Parallel.For(0L, (long)count, i =>
        {
            if (Breaks(from + (ulong)i, null) is not { } error) return;
            Interlocked.Increment(ref failed);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {from + (ulong)i} broke {error.Message}"));
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} fleets from {from}: {failed} failed"));
        return failed == 0 ? 0 : 1;
    }

    /// <summary>What a seed's history breaks; null when all held.</summary>
    public static Exception? Breaks(ulong seed, FleetMutant? mutant) => Catch(new(FleetPlan.Draw(seed), mutant));

    /// <summary>A history with every record, and how it ended.</summary>
    public static string Report(ulong seed, FleetMutant? mutant)
    {
        var world = new FleetWorld(FleetPlan.Draw(seed), mutant, traces: true);
        var error = Catch(world);
        return string.Join(Environment.NewLine, world.Trace.Append(error is null ? "all held" : $"seed {seed} broke {error.Message}")
            .Append(error is null or BrokenRuleException ? "" : error.StackTrace ?? "").Append(string.Create(CultureInfo.InvariantCulture, $"again: --fleet {seed}")));
    }

    private static Exception? Catch(FleetWorld world)
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

    private static int Refuse(string option)
    {
        Console.Error.WriteLine($"{option}: not understood. --fleets N [--from S] | --fleet S");
        return 2;
    }
}
