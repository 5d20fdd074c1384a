namespace Fairway.Simulation;

/// <summary>A simulator that finds nothing proves nothing: each planted bug must be found.</summary>
public sealed class MutantTests
{
    public static TheoryData<string> Names => [.. Mutant.All.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_bug_is_caught(string name)
    {
        var mutant = Mutant.All.Single(one => one.Name == name);
        // Most show within a hundred; what only a crash at the wrong moment shows is rare.
        Assert.True(SeedRunner.FirstCatch(from: 1, count: 8_000, mutant) is not null, $"8,000 histories did not show: {name}");
    }
}
