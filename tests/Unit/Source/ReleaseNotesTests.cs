namespace Fairway.Source;

/// <summary>What is new, as Markdown.</summary>
public sealed class ReleaseNotesTests
{
    [Fact]
    public void Breaking_changes_come_first_and_the_rest_by_kind()
    {
        CommitText[] commits =
        [
            new("1111111111aa", "fix(cart): rounding\n\nFixes #12"), new("2222222222bb", "feat: coupons"), new("3333333333cc", "feat(api)!: no more XML\n\nBREAKING CHANGE: ask for JSON"),
            new("4444444444dd", "chore: tidy"), new("5555555555ee", "Merge branch x") { IsMerge = true },
        ];
        Assert.Equal(
            """
            ## 2&#46;0&#46;0

            ### Breaking changes

            - **api:** ask for JSON ([3333333333](https://host/c/3333333333cc))

            ### Features

            - coupons ([2222222222](https://host/c/2222222222bb))
            - **api:** no more XML ([3333333333](https://host/c/3333333333cc))

            ### Fixes

            - **cart:** rounding ([12](https://host/i/12)) ([1111111111](https://host/c/1111111111aa))

            """, ReleaseNotes.Write("2.0.0", commits, new("https://host/c/{hash}", "https://host/i/{number}")), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Nothing_new_is_said() => Assert.Equal("## x\n\nNothing that a user sees.\n", ReleaseNotes.Write("x", [new("1", "chore: a")], new()));

    [Theory]
    [InlineData("fix: <script>alert(1)</script>")]
    [InlineData("fix: [click](javascript:alert(1)) ![x](http://evil/x.png)")]
    [InlineData("fix: thanks @everyone and #1, see https://evil.example and www.evil.example")]
    [InlineData("fix: `code` **bold** _em_ | cell | ~~x~~ \u202Egnp.exe \u001b[31m")]
    [InlineData("fix(<b>*x*</b>): y")]
    public void What_authors_wrote_is_text_and_nothing_else(string message)
    {
        var notes = ReleaseNotes.Write(null, [new("1234567890", message)], new());
        var entry = notes.Split('\n').Single(line => line.StartsWith("- ", StringComparison.Ordinal))[2..].Replace("**", "", StringComparison.Ordinal);
        foreach (var live in (string[])["<", "@", "http:", "www.", "](", "\u202E", "\u001b", " #"]) Assert.DoesNotContain(live, entry);
        Assert.DoesNotMatch(@"(?<!\\)[`*_~|\[!]", entry);
    }
}
