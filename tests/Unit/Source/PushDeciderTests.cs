namespace Fairway.Source;

/// <summary>Which pushes are taken.</summary>
public sealed class PushDeciderTests
{
    private static readonly string None = new('0', 40), One = new('1', 40), Two = new('2', 40);

    private static string Judge(RefUpdate update, RepositorySettings? repository = null, params CommitText[] commits)
        => string.Join(' ', PushDecider.Judge([new(update, [.. commits])], [], repository ?? new() { Name = "shop" }, new()).Select(refusal => refusal.Code));

    [Fact]
    public void The_trunk_moves_on_and_never_back()
    {
        var update = new RefUpdate("refs/heads/main", One, Two);
        Assert.Equal("", Judge(update));
        Assert.Equal("trunk-rewritten", Judge(update with { IsForced = true }));
        Assert.Equal("trunk-deleted", Judge(update with { New = None }));
        Assert.Equal("", Judge(new("refs/heads/trunk", One, None)));
        Assert.Equal("trunk-deleted", Judge(new("refs/heads/trunk", One, None), new() { Trunk = "trunk" }));
    }

    [Fact]
    public void Branches_and_tags_go_by_rule()
    {
        var rules = new RepositorySettings { Branches = ["feature/*"], Tags = ["v*"], Rewritable = ["feature/mine-*"] };
        Assert.Equal("", Judge(new("refs/heads/feature/x", None, One), rules));
        Assert.Equal("", Judge(new("refs/heads/main", None, One), rules));
        Assert.Equal("branch-name", Judge(new("refs/heads/wild", None, One), rules));
        Assert.Equal("branch-rewritten", Judge(new RefUpdate("refs/heads/feature/x", One, Two) { IsForced = true }, rules));
        Assert.Equal("", Judge(new RefUpdate("refs/heads/feature/mine-x", One, Two) { IsForced = true }, rules));
        Assert.Equal("", Judge(new("refs/tags/v1", None, One), rules));
        Assert.Equal("tag-name", Judge(new("refs/tags/x1", None, One), rules));
        Assert.Equal("tag-moved", Judge(new("refs/tags/v1", One, Two), rules));
        Assert.Equal("tag-moved", Judge(new("refs/tags/v1", One, None), rules));
    }

    [Theory]
    [InlineData("refs/notes/commits", "ref-kind")]
    [InlineData("refs/heads/HEAD", "ref-name")]
    [InlineData("HEAD", "ref-kind")]
    [InlineData("refs/heads/a\u001b[31m", "ref-name")]
    [InlineData("refs/heads/../../x", "ref-name")]
    [InlineData("refs/heads/1111111111111111111111111111111111111111", "ref-name")]
    public void What_is_no_branch_and_no_tag_stays_out(string name, string code) => Assert.Equal(code, Judge(new(name, None, One)));

    [Fact]
    public void Commit_messages_are_checked_where_it_is_asked()
    {
        var bad = new CommitText(One, "added stuff");
        var main = new RefUpdate("refs/heads/main", None, One);
        Assert.Equal("", Judge(main, null, bad));
        Assert.Equal("commit-message", Judge(main, new() { CheckCommits = CommitChecking.Trunk }, bad));
        Assert.Equal("", Judge(new("refs/heads/x", None, One), new() { CheckCommits = CommitChecking.Trunk }, bad));
        Assert.Equal("commit-message", Judge(new("refs/heads/x", None, One), new() { CheckCommits = CommitChecking.All }, bad));
    }

    [Fact]
    public void What_is_in_the_objects_counts()
        => Assert.Equal("a is too large; make it smaller", Assert.Single(PushDecider.Judge([], [new("a is too large", "make it smaller")], new(), new())).Sentence);
}
