namespace Fairway.Simulation;

/// <summary>The real engine, killed at every append and every effect.</summary>
public sealed class KillTests
{
    public static TheoryData<string> StoryNames => [.. Stories.All.Select(story => story.Name)];

    public static TheoryData<string> MutantNames => [.. Mutant.Kills.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(StoryNames))]
    public void A_kill_anywhere_is_no_more_than_a_delay(string name)
    {
        var failure = KillRunner.FirstFailure(Stories.All.Single(story => story.Name == name), null);
        Assert.True(failure is null, failure is null ? "" : KillRunner.Report(failure, null));
    }

    [Fact]
    public void A_kill_comes_before_and_after_each_append_and_before_during_and_after_each_effect()
    {
        var world = new KilledWorld(Stories.All.Single(story => story.Name == "canary, with hooks"), Kills.None);
        world.Run();
        var kinds = world.Points.Select(point => string.Join(' ', point.Split(' ')[..2])).GroupBy(kind => kind).ToDictionary(group => group.Key, group => group.Count());

        Assert.Equal(["after append", "after effect", "before append", "before effect", "during effect"], kinds.Keys.Order(StringComparer.Ordinal));
        Assert.True(kinds["before append"] >= 30 && kinds["before append"] == kinds["after append"]);
        Assert.True(kinds["before effect"] >= 10 && kinds["before effect"] == kinds["during effect"] && kinds["during effect"] == kinds["after effect"]);
    }

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void A_planted_bug_is_caught(string name)
    {
        var mutant = Mutant.Kills.Single(one => one.Name == name);
        Assert.True(Stories.All.Any(story => KillRunner.FirstFailure(story, mutant) is not null), $"no kill showed: {name}");
    }
}
