namespace Fairway.Source;

/// <summary>Rules about commit messages.</summary>
public sealed class CommitCheckTests
{
    [Theory]
    [InlineData("feat(cart): x", "")]
    [InlineData("feature: x", "unknown-type")]
    [InlineData("feat: x", "no-scope")]
    [InlineData("feat(till): x", "unknown-scope")]
    [InlineData("feat(cart,till): x", "unknown-scope")]
    [InlineData("feat(cart): a description that is much longer than anybody allowed here", "header-too-long")]
    [InlineData("fixup! feat(cart): x", "unsquashed")]
    [InlineData("Revert \"feat(cart): x\"", "no-type")]
    [InlineData("feat(cart): x\n\ntext\nBREAKING CHANGE: y", "breaking-not-a-footer")]
    [InlineData("feat(cart): x\n\nBreaking change: y", "breaking-not-a-footer")]
    public void A_message_is_judged_by_the_rules(string message, string code)
    {
        var rules = new CommitRules { Scopes = ["cart"], ScopeNeeded = true, LongestHeader = 50 };
        Assert.Equal(code, string.Join(' ', CommitCheck.Check(message, rules).Select(problem => problem.Code).Where(found => found != "no-scope" || code == "no-scope")));
    }

    [Fact]
    public void A_problem_says_how_to_mend_it()
        => Assert.Equal("did you mean feat? known: feat, fix", Assert.Single(CommitCheck.Check("fest: x", new() { Types = ["feat", "fix"] })).Mend);

    [Fact]
    public void Footers_may_be_needed()
    {
        var rules = new CommitRules { NeededFooters = ["Refs"] };
        Assert.Equal("no-footer", Assert.Single(CommitCheck.Check("fix: x", rules)).Code);
        Assert.Empty(CommitCheck.Check("fix: x\n\nRefs: #1", rules));
    }

    [Fact]
    public void Merges_of_git_are_let_through_unless_told_otherwise()
    {
        Assert.Empty(CommitCheck.Check("Merge branch 'x'", new(), isMerge: true));
        Assert.NotEmpty(CommitCheck.Check("Merge branch 'x'", new()));
        Assert.NotEmpty(CommitCheck.Check("Merge branch 'x'", new() { MergesAllowed = false }, isMerge: true));
    }

    [Fact]
    public void What_an_editor_leaves_is_cleaned_as_git_does()
        => Assert.Equal("fix: x\n\nbody", CommitCheck.CleanUp("fix: x  \n\nbody\n# Please enter\n# ------------------------ >8 ------------------------\ndiff --git"));
}
