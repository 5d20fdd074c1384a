namespace Fairway.Simulation;

/// <summary>Finds the shortest history that still breaks a rule: what can be left out is left out.</summary>
internal static class Shrinker
{
    private const int MostRuns = 2_000;

    /// <summary>The smallest scenario found that breaks the same rule.</summary>
    public static Scenario Shrink(Scenario failing, string rule, Mutant? mutant)
    {
        var (best, runs) = (failing, 0);
        var isSmaller = true;
        while (isSmaller && runs < MostRuns)
        {
            isSmaller = false;
            foreach (var candidate in Smaller(best))
            {
                if (runs++ >= MostRuns) break;
                if (Breaks(candidate, mutant) != rule) continue;
                (best, isSmaller) = (candidate, true);
                break;
            }
        }
        return best;
    }

    /// <summary>The rule that a scenario breaks; null when all hold.</summary>
    public static string? Breaks(Scenario scenario, Mutant? mutant)
    {
        try
        {
            new World(scenario, mutant).Run();
            return null;
        }
        catch (Exception error)
        {
            return RuleOf(error);
        }
    }

    public static string RuleOf(Exception error) => error is BrokenRuleException broken ? broken.Rule : error.GetType().Name;

    private static IEnumerable<Scenario> Smaller(Scenario scenario)
    {
        var faults = scenario.Faults;
        foreach (var fewer in (Faults[])[
            Faults.None, faults with { LostEffect = 0 }, faults with { LostAnswer = 0 }, faults with { Doubled = 0 }, faults with { Failing = 0 }, faults with { Late = 0 }, faults with { LateToRuntime = 0 },
            faults with { StoreFails = 0 }, faults with { CrashAroundCommit = 0 }])
            if (fewer != faults) yield return scenario with { Faults = fewer };
        for (var service = scenario.Services.Length - 1; service >= 0; service--)
            if (scenario.Inputs.Any(input => ServiceOf(input.What) == service) && scenario.Services.Length > 1)
                yield return scenario with { Inputs = [.. scenario.Inputs.Where(input => ServiceOf(input.What) != service)] };
        for (var i = scenario.Inputs.Length - 1; i >= 0; i--) yield return scenario with { Inputs = scenario.Inputs.RemoveAt(i) };
        if (scenario.HasRegrets) yield return scenario with { HasRegrets = false };
        if (scenario.LullEvery is not null) yield return scenario with { LullEvery = null };
        if (scenario.LongRequests > 0) yield return scenario with { LongRequests = 0 };
        for (var cut = 0.5; cut < 0.95; cut += 0.2)
            if (scenario.Horizon > TimeSpan.FromSeconds(5)) yield return scenario with { Horizon = scenario.Horizon * cut };
    }

    private static int ServiceOf(Input what) => what switch
    {
        Input.Deploy deploy => deploy.Service,
        Input.Command command => command.Service,
        Input.Kill kill => kill.Service,
        Input.Flap flap => flap.Service,
        _ => -1,
    };
}
