namespace Fairway.Simulation;

public sealed class SimulationTests
{
    [Fact]
    public void Every_rule_holds_in_two_thousand_histories()
    {
        var failure = SeedRunner.FirstFailure(from: 1, count: 2_000);
        Assert.True(failure is null, failure?.Report);
    }

    [Fact]
    public void Every_rule_holds_where_every_release_is_checked()
    {
        var caught = SeedRunner.FirstCatch(from: 1, count: 200, Mutant.None with { Among = Verifications.Among });
        Assert.True(caught is null, $"seed {caught?.Seed} broke {caught?.Rule}");
    }

    [Theory]
    [InlineData(16)]
    [InlineData(77)]
    [InlineData(1234)]
    public void A_seed_gives_the_same_history_every_time(int seed)
    {
        var (one, other) = (Trace((ulong)seed), Trace((ulong)seed));
        Assert.NotEmpty(one);
        Assert.Equal(one, other);
    }

    [Fact]
    public void Two_seeds_give_two_histories() => Assert.NotEqual(Trace(5), Trace(6));

    private static IReadOnlyList<string> Trace(ulong seed)
    {
        var world = new World(Scenario.Draw(seed), traces: true);
        world.Run();
        return world.Trace;
    }
}
