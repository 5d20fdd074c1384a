using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Source;

/// <summary>Conventional Commits 1.0.0, by the specification's own examples and rules.</summary>
public sealed class ConventionalCommitTests
{
    private static ConventionalCommit Read(string message)
    {
        var (commit, problem) = ConventionalCommitReader.Read(message);
        Assert.True(commit is not null, problem?.What);
        return commit;
    }

    [Fact]
    public void A_footer_says_what_breaks()
    {
        var commit = Read("feat: allow provided config object to extend other configs\n\nBREAKING CHANGE: `extends` key in config file is now used for extending other config files");
        Assert.Equal(("feat", null, false, true, (string?)null), (commit.Type, commit.Scope, commit.IsMarked, commit.IsBreaking, commit.Body));
        Assert.Equal(["`extends` key in config file is now used for extending other config files"], commit.BreakingChanges);
    }

    [Theory]
    [InlineData("feat!: send an email to the customer when a product is shipped", null)]
    [InlineData("feat(api)!: send an email to the customer when a product is shipped", "api")]
    public void An_exclamation_mark_says_that_the_description_breaks(string message, string? scope)
    {
        var commit = Read(message);
        Assert.Equal((scope, true), (commit.Scope, commit.IsBreaking));
        Assert.Equal(["send an email to the customer when a product is shipped"], commit.BreakingChanges);
    }

    [Fact]
    public void A_body_has_paragraphs_and_footers_follow_an_empty_line()
    {
        var commit = Read("fix: prevent racing of requests\n\nIntroduce a request id and a reference to latest request. Dismiss\nincoming responses other than from latest request.\n\nRemove timeouts which were used to mitigate the racing issue but are\nobsolete now.\n\nReviewed-by: Z\nRefs: #123");
        Assert.StartsWith("Introduce", commit.Body);
        Assert.EndsWith("obsolete now.", commit.Body);
        Assert.Equal([new("Reviewed-by", "Z"), new("Refs", "#123")], commit.Footers);
    }

    [Fact]
    public void Footers_have_two_separators_and_values_of_several_paragraphs()
    {
        var commit = Read("fix(cart): x\n\nbody\n\nFixes #12\nBREAKING-CHANGE: first\n  second\n\nthird paragraph\nAcked-by: B\n");
        Assert.Equal([new("Fixes", "#12"), new("BREAKING-CHANGE", "first\n  second\n\nthird paragraph"), new("Acked-by", "B")], commit.Footers);
        Assert.True(commit.IsBreaking);
    }

    [Theory]
    [InlineData("revert: let us never again speak of the noodle incident\n\nRefs: 676104e, a215868")]
    [InlineData("Revert: x\n\nThis reverts commit 676104e and was bad.\nThis reverts commit a215868.")]
    public void A_revert_names_what_it_takes_back(string message) => Assert.Equal(["676104e", "a215868"], Read(message).Reverts);

    [Theory]
    [InlineData("FIX: x", "fix")]
    [InlineData("Fix: x", "fix")]
    public void Case_does_not_matter(string message, string type) => Assert.True(Read(message).IsOf(type));

    [Fact]
    public void Breaking_change_is_written_in_capitals()
    {
        Assert.False(Read("fix: x\n\nbreaking change: y").IsBreaking);
        Assert.False(Read("fix: x\n\nbreaking-change: y").IsBreaking);
    }

    [Fact]
    public void A_token_within_a_paragraph_is_text()
    {
        var commit = Read("fix: x\n\nsee the page\nNote: this is text");
        Assert.Equal(("see the page\nNote: this is text", 0), (commit.Body, commit.Footers.Length));
    }

    [Fact]
    public void Windows_line_ends_do_not_matter() => Assert.Equal(Read("fix: x\n\nb\n\nRefs: #1"), Read("fix: x\r\n\r\nb\r\n\r\nRefs: #1\r\n"));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   \n\nfeat: x", "empty")]
    [InlineData("added a thing", "no-type")]
    [InlineData(": x", "no-type")]
    [InlineData("feat x: y", "no-type")]
    [InlineData("feat", "no-type")]
    [InlineData("feat:", "no-description")]
    [InlineData("feat: ", "no-description")]
    [InlineData("feat:x", "no-space")]
    [InlineData("feat:  x", "two-spaces")]
    [InlineData("feat : x", "space-before-colon")]
    [InlineData("feat(): x", "scope-empty")]
    [InlineData("feat(a: x", "scope-open")]
    [InlineData("feat((a): x", "scope-nested")]
    [InlineData("feat(a)b: x", "no-type")]
    [InlineData("feat!!: x", "no-type")]
    [InlineData("feat!(a): x", "no-type")]
    [InlineData("feat: x\nbody", "no-blank-line")]
    public void What_is_none_is_told_why(string message, string code)
    {
        var (commit, problem) = ConventionalCommitReader.Read(message);
        Assert.Null(commit);
        Assert.Equal(code, problem!.Code);
        Assert.NotEmpty(problem.Mend);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var word = Gen.Elements("feat", "fix", "a-b", "ci", "ünï");
        var text = Gen.Elements("x", "some words", "a: b", "ends #1", "1.2.3", "`code`");
        var body = Gen.Elements<string?>(null, "one", "one\ntwo", "one\n\ntwo words", "x: y\nno footer, for it begins no line of its own");
        var footer = from token in Gen.Elements("Refs", "Reviewed-by", "BREAKING CHANGE", "BREAKING-CHANGE") from value in Gen.Elements("#12", "a b", "a\nb", "a\n\nb c") select new CommitFooter(token, value);
        var commits = from type in word from scope in Gen.Elements<string?>(null, "cart", "a b") from marked in Gen.Elements(true, false) from description in text
                      from paragraphs in body from footers in footer.ListOf()
                      select new ConventionalCommit { Type = type, Scope = scope, IsMarked = marked, Description = description, Body = paragraphs is "x: y\nno footer, for it begins no line of its own" ? null : paragraphs, Footers = [.. footers.Take(4)] };
        Prop.ForAll(commits.ToArbitrary(), commit => Assert.Equal(commit, Read(commit.Write()))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_text_is_answered()
        => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            var (commit, problem) = ConventionalCommitReader.Read(text ?? "");
            Assert.True(commit is null != problem is null);
            CommitCheck.Check(text ?? "", new());
        }).QuickCheckThrowOnFailure();
}
