namespace Fairway.Simulation;

/// <summary>Release groups, promotions and environments for a time: the real loops, killed and hampered.</summary>
public sealed class FleetTests
{
    private const int Histories = 24;
    private const int Searched = 100;

    public static TheoryData<string> MutantNames => [.. FleetMutant.All.Select(mutant => mutant.Name)];

    [Fact]
    public void Every_part_of_a_group_serves_the_new_release_or_none_does_in_every_history()
    {
        var failures = Failures(null, Histories);
        Assert.True(failures.Length == 0, failures.Length == 0 ? "" : FleetRunner.Report(failures[0], null));
    }

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void A_planted_bug_is_caught(string name)
    {
        var mutant = FleetMutant.All.Single(one => one.Name == name);
        Assert.True(Failures(mutant, Searched).Length > 0, $"{Searched} histories did not show: {name}");
    }

    [Fact]
    public void A_seed_gives_the_same_history_every_time()
    {
        var (one, other) = (Told(3), Told(3));
        Assert.NotEmpty(one);
        Assert.Equal(one, other);
    }

    private static ulong[] Failures(FleetMutant? mutant, int count)
    {
        var broken = new bool[count];
        Parallel.For(0, count, (i, loop) =>
        {
            if (loop.ShouldExitCurrentIteration) return;
            broken[i] = FleetRunner.Breaks((ulong)i + 1, mutant) is not null;
            if (broken[i]) loop.Break();
        });
        return [.. Enumerable.Range(0, count).Where(i => broken[i]).Select(i => (ulong)i + 1)];
    }

    private static IReadOnlyList<string> Told(ulong seed)
    {
        var world = new FleetWorld(FleetPlan.Draw(seed), traces: true);
        world.Run();
        return world.Trace;
    }
}
