using Fairway.Client.Artifacts;

namespace Fairway.Tests.Contracts.Artifacts;

public sealed class IgnoreRulesTests
{
    [Theory]
    [InlineData("*.log", "a.log", true)]
    [InlineData("*.log", "deep/er/a.log", true)]
    [InlineData("*.log", "a.logs", false)]
    [InlineData("/a", "a", true)]
    [InlineData("/a", "b/a", false)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "x/a/b", false)]
    [InlineData("**/b", "x/y/b", true)]
    [InlineData("**/b", "b", true)]
    [InlineData("a/**", "a/x/y", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("[a-c].txt", "b.txt", true)]
    [InlineData("[!a-c].txt", "b.txt", false)]
    [InlineData("[!a-c].txt", "d.txt", true)]
    [InlineData("# a", "# a", false)]
    [InlineData("\\#a", "#a", true)]
    [InlineData("a\\*", "a*", true)]
    [InlineData("a\\*", "ab", false)]
    [InlineData("a   ", "a", true)]
    [InlineData("a\r", "a", true)]
    [InlineData("*.log\n!keep.log", "keep.log", false)]
    [InlineData("*.log\n!keep.log\nkeep*", "keep.log", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("(x", "(x", true)]
    [InlineData("[x", "[x", true)]
    public void A_file_is_left_out_as_git_would(string rules, string path, bool ignored) => Assert.Equal(ignored, IgnoreRules.Parse(rules).Ignores(path, isFolder: false));

    [Fact]
    public void A_rule_with_a_slash_at_the_end_is_for_folders_only()
    {
        var rules = IgnoreRules.Parse("build/");
        Assert.True(rules.Ignores("src/build", isFolder: true));
        Assert.False(rules.Ignores("src/build", isFolder: false));
    }

    [Fact]
    public void Repository_and_data_folders_are_never_packed_unless_asked_for()
    {
        Assert.True(IgnoreRules.Parse("").Ignores(".git", isFolder: true));
        Assert.True(IgnoreRules.Parse("").Ignores("sub/.fairway", isFolder: true));
        Assert.False(IgnoreRules.Parse("!.git/").Ignores(".git", isFolder: true));
    }
}
