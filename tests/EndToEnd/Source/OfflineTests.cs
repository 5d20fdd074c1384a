namespace Fairway.Source;

/// <summary>What the repository says of itself, without a control plane.</summary>
public sealed class OfflineTests
{
    [Fact]
    public async Task Commits_versions_and_notes_of_a_working_copy()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        house.Must("tag", "v1.2.0");
        house.Commit("b", "b", "feat(cart): coupons\n\nRefs: #12");
        house.Commit("c", "c", "added stuff");
        var (code, output) = await house.FairwayAsync("commit", "check", "v1.2.0..HEAD");
        Assert.True(code == 1 && output.Contains("\"added stuff\", line 1: the first line has no type", StringComparison.Ordinal), output);
        Assert.Equal(0, (await house.FairwayAsync("commit", "check", "HEAD~1")).Code);
        var message = Path.Combine(house.Work, "message");
        await File.WriteAllTextAsync(message, "fest: x\n# a comment\n");
        (code, output) = await house.FairwayAsync("commit", "check", "--file", message);
        Assert.True(code == 1 && output.Contains("did you mean", StringComparison.Ordinal), output);
        (code, output) = await house.FairwayAsync("version", "next", "--tag");
        Assert.True(code == 0 && output.StartsWith("v1.3.0\n", StringComparison.Ordinal), output);
        (code, output) = await house.FairwayAsync("version", "next", "--pre", "rc");
        Assert.True(code == 0 && output.StartsWith("1.3.0-rc.1\n", StringComparison.Ordinal), output);
        (code, output) = await house.FairwayAsync("notes", "--title", "Coupons!");
        Assert.True(code == 0 && output.StartsWith("## Coupons\\!\n\n### Features\n\n- **cart:** coupons (12)", StringComparison.Ordinal), output);
        Assert.Equal(2, (await house.FairwayAsync("notes", "--", "--output=/tmp/fairway-injected")).Code);
        Assert.False(File.Exists("/tmp/fairway-injected"));
    }
}
