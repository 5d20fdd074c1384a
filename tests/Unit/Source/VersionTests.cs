using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Source;

/// <summary>Semantic Versioning 2.0.0 and what comes next.</summary>
public sealed class VersionTests
{
    [Theory]
    [InlineData("0.0.4")]
    [InlineData("1.0.0-alpha.1")]
    [InlineData("1.0.0-0A.is.legal")]
    [InlineData("1.0.0-rc.1+build.123")]
    [InlineData("1.2.3----RC-SNAPSHOT.12.9.1--.12+788")]
    [InlineData("99999999999999999999999.999999999999999999.99999999999999999")]
    [InlineData("1.0.0+0.build.1-rc.10000aaa-kk-0.1")]
    [InlineData("1.0.0+001")]
    public void A_version_is_read_and_written(string text) => Assert.Equal(text, SemanticVersion.Parse(text).ToString());

    [Theory]
    [InlineData("1")]
    [InlineData("1.2")]
    [InlineData("v1.2.3")]
    [InlineData("1.2.3.4")]
    [InlineData("01.1.1")]
    [InlineData("1.01.1")]
    [InlineData("1.2.3-0123")]
    [InlineData("1.2.3-")]
    [InlineData("1.2.3-a..b")]
    [InlineData("1.2.3+")]
    [InlineData("1.2.3+a+b")]
    [InlineData("1.2.3-ä")]
    [InlineData(" 1.2.3")]
    [InlineData("1.2.-3")]
    [InlineData("١.2.3")]
    [InlineData("")]
    public void What_is_none_is_refused(string text) => Assert.False(SemanticVersion.TryParse(text, out _));

    [Fact]
    public void Precedence_is_the_specifications()
    {
        string[] rising = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1"];
        for (var i = 0; i < rising.Length; i++)
            for (var j = 0; j < rising.Length; j++)
                Assert.Equal(Math.Sign(i.CompareTo(j)), Math.Sign(SemanticVersion.Parse(rising[i]).CompareTo(SemanticVersion.Parse(rising[j]))));
        Assert.Equal(0, SemanticVersion.Parse("1.0.0+a").CompareTo(SemanticVersion.Parse("1.0.0+b")));
    }

    [Fact]
    public void Precedence_is_an_order()
    {
        var versions = (from core in Gen.Choose(0, 2) from parts in Gen.Elements("0", "1", "10", "a", "B", "-", "a1").ListOf()
                        select SemanticVersion.Parse($"{core}.0.0" + (parts.Count > 0 ? "-" + string.Join('.', parts.Take(3)) : ""))).ToArbitrary();
        Prop.ForAll(versions, versions, versions, (a, b, c) =>
        {
            Assert.Equal(Math.Sign(a.CompareTo(b)), -Math.Sign(b.CompareTo(a)));
            if (a <= b && b <= c) Assert.True(a <= c);
            Assert.Equal(a.CompareTo(b) == 0, a.Equals(b));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("v1.4.2", "fix: a", "1.4.3")]
    [InlineData("v1.4.2", "feat: a|fix: b", "1.5.0")]
    [InlineData("v1.4.2", "fix!: a|feat: b", "2.0.0")]
    [InlineData("v1.4.2", "docs: a|anything", null)]
    [InlineData("v1.4.2", "", null)]
    [InlineData("v0.4.2", "feat!: a", "0.5.0")]
    [InlineData("v0.4.2", "feat: a", "0.5.0")]
    [InlineData("v0.4.2", "fix: a", "0.4.3")]
    [InlineData("v1.9.0 v1.10.0 v2.0.0-rc.1 other", "fix: a", "1.10.1")]
    [InlineData("", "anything", "0.1.0")]
    [InlineData("", "", null)]
    public void The_next_version_follows_from_tags_and_commits(string tags, string commits, string? next)
        => Assert.Equal(next, VersionProposal.Of(tags.Split(' '), Commits(commits), new()).Next?.ToString());

    [Fact]
    public void Each_service_may_be_counted_by_itself()
    {
        var rules = new VersionRules { Tag = "{service}-v{version}" };
        var proposal = VersionProposal.Of(["shop-v1.2.3", "till-v7.0.0", "shop-till-v9.0.0"], Commits("feat: a"), rules, "shop");
        Assert.Equal(("1.3.0", "shop-v1.3.0"), (proposal.Next!.ToString(), proposal.Tag));
    }

    [Fact]
    public void Pre_releases_are_numbered()
    {
        Assert.Equal("v1.3.0-rc.1", VersionProposal.Of(["v1.2.0"], Commits("feat: a"), new(), null, "rc").Tag);
        Assert.Equal("v1.3.0-rc.12", VersionProposal.Of(["v1.2.0", "v1.3.0-rc.2", "v1.3.0-rc.11", "v1.3.0-beta.40"], Commits("feat: a"), new(), null, "rc").Tag);
    }

    [Fact]
    public void What_was_taken_back_since_does_not_count()
    {
        CommitText[] commits = [new("bbbbbbbbbb", "revert: a\n\nRefs: aaaaaaa"), new("aaaaaaaaaa", "feat!: a"), new("cccccccccc", "fix: c")];
        Assert.Equal("1.0.1", VersionProposal.Of(["v1.0.0"], commits, new()).Next!.ToString());
    }

    [Fact]
    public void A_proposal_says_why()
        => Assert.Equal("an addition in 0000000000 moves the minor, 2 commits after 1.0.0", VersionProposal.Of(["v1.0.0"], Commits("feat: a|docs: b"), new()).Why.Sentence);

    private static CommitText[] Commits(string messages)
        => [.. messages.Split('|', StringSplitOptions.RemoveEmptyEntries).Select((message, i) => new CommitText($"{i:D10}", message))];
}
