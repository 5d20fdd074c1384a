namespace Fairway.Source;

/// <summary>Trees that would act outside of themselves.</summary>
public sealed class TreeCheckTests
{
    [Theory]
    [InlineData("src/a.cs", "100644", true)]
    [InlineData(".github/workflows/x.yml", "100644", true)]
    [InlineData(".gitignore", "100644", true)]
    [InlineData("x.git", "100644", true)]
    [InlineData("a/.git/config", "100644", false)]
    [InlineData(".GIT/hooks/post-checkout", "100755", false)]
    [InlineData("git~1/config", "100644", false)]
    [InlineData(".git. /config", "100644", false)]
    [InlineData(".g\u200cit/config", "100644", false)]
    [InlineData(".git::$INDEX_ALLOCATION/config", "100644", false)]
    [InlineData("a\\.git\\config", "100644", false)]
    [InlineData("../x", "100644", false)]
    [InlineData("/etc/passwd", "100644", false)]
    [InlineData("a\u001b[31m", "100644", false)]
    [InlineData("lib", "160000", false)]
    [InlineData("device", "140000", false)]
    public void An_entry_is_harmless_or_told(string path, string mode, bool harmless) => Assert.Equal(harmless, TreeCheck.Judge(new(mode, path), new()) is null);

    [Fact]
    public void Submodules_may_be_allowed() => Assert.Null(TreeCheck.Judge(new("160000", "lib"), new() { Submodules = true }));

    [Fact]
    public void Paths_have_a_longest() => Assert.NotNull(TreeCheck.Judge(new("100644", new string('a', 2_000)), new()));

    [Theory]
    [InlineData("a/b", "c", true)]
    [InlineData("a/b", "../c", true)]
    [InlineData("a/b", "../../c", false)]
    [InlineData("b", "..", false)]
    [InlineData("b", "/etc/passwd", false)]
    [InlineData("a/b", "x/../c", false)]
    [InlineData("b", ".git/config", false)]
    [InlineData("b", "", false)]
    [InlineData("a/b/c", "../../x/y", true)]
    public void A_link_stays_inside_or_is_told(string path, string target, bool inside) => Assert.Equal(inside, TreeCheck.JudgeLink(path, target) is null);
}
