namespace Fairway.Pipelines.Workflows;

/// <summary>Patterns of branches, tags and paths: the tables of GitHub's "Filter pattern cheat sheet", and what lies between them.</summary>
public sealed class FilterPatternTests
{
    [Theory]
    [InlineData("feature/*", "feature/my-branch feature/your-branch", "feature/a/b feature feature/x/")]
    [InlineData("feature/**", "feature/beta-a/my-branch feature/your-branch feature/mona/the/octocat", "feature features/x")]
    [InlineData("main", "main", "Main main2 xmain")]
    [InlineData("releases/mona-the-octocat", "releases/mona-the-octocat", "releases/mona")]
    [InlineData("*", "main releases", "all/the/branches")]
    [InlineData("**", "all/the/branches every/tag main", "")]
    [InlineData("*feature", "mona-feature feature ver-10-feature", "a/feature feature-x")]
    [InlineData("v2*", "v2 v2.0 v2.9", "v1 av2 v2/x")]
    [InlineData("v[12].[0-9]+.[0-9]+", "v1.10.1 v2.0.0", "v3.0.0 v1.0 v1..0 v1.0.0-rc")]
    [InlineData("*.jsx?", "page.js page.jsx", "page.jsxx a/page.js")]
    [InlineData("*.js", "app.js index.js .js", "js/index.js app.jsx")]
    [InlineData("**.js", "index.js js/index.js src/js/app.js", "index.jsx")]
    [InlineData("docs/*", "docs/README.md docs/file.txt", "docs/a/b.md docs")]
    [InlineData("docs/**", "docs/README.md docs/mona/octocat.txt", "docs xdocs/a")]
    [InlineData("docs/**/*.md", "docs/README.md docs/mona/hello-world.md docs/a/markdown/file.md", "docs/a.txt docs/a/b")]
    [InlineData("**/docs/**", "docs/hello.md dir/docs/my-file.txt space/docs/plan/space.doc", "adocs/x docs")]
    [InlineData("**/README.md", "README.md js/README.md a/b/README.md", "XREADME.md a/XREADME.md")]
    [InlineData("**/*src/**", "a/src/app.js my-src/code/js/app.js src/x", "src a/srcs/x")]
    [InlineData("**/*-post.md", "my-post.md path/their-post.md -post.md", "post.md a/post.md")]
    [InlineData("**/migrate-*.sql", "migrate-10909.sql db/migrate-v1.0.sql db/sept/migrate-v1.sql", "migrate.sql db/xmigrate-1.sql")]
    [InlineData("a?b", "ab b", "aab aXb")]
    [InlineData("a+b", "ab aaab", "b aXb")]
    [InlineData("[a-c]+x?", "a abc cbax", "dx x")]
    [InlineData("[CB]at", "Cat Bat", "cat Aat CBat")]
    [InlineData("[1-2]00", "100 200", "300 12")]
    [InlineData("[0-9a-z]", "5 q", "Q _ 55")]
    [InlineData("a\\*b", "a*b", "ab axb")]
    [InlineData("a\\?", "a?", "a aa")]
    [InlineData("\\!x", "!x", "x")]
    [InlineData("a.b", "a.b", "axb")]
    [InlineData("a(b|c)$^", "a(b|c)$^", "ab ac")]
    [InlineData("a!b", "a!b", "ab")]
    [InlineData("***", "a a/b", "")]
    [InlineData("a/**/b", "a/b a/x/b a/x/y/b", "ab a/xb a/b/c")]
    [InlineData("a/**b", "a/b a/x/b a/xb", "ab")]
    [InlineData("x**/y", "x/y xa/b/y", "y xy")]
    [InlineData("é*", "é éa", "e")]
    public void A_pattern_matches_whole_texts(string text, string matching, string other)
    {
        var (pattern, problem) = FilterPattern.Parse(text);
        Assert.True(pattern is not null, problem?.What);
        foreach (var name in matching.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Assert.True(pattern.Matches(name), $"{text} should match {name}");
        foreach (var name in other.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Assert.False(pattern.Matches(name), $"{text} should not match {name}");
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("!", 0)]
    [InlineData("?a", 0)]
    [InlineData("+a", 0)]
    [InlineData("!+a", 1)]
    [InlineData("a??", 2)]
    [InlineData("a+?", 2)]
    [InlineData("a[", 1)]
    [InlineData("[]", 0)]
    [InlineData("[!a]", 0)]
    [InlineData("[^a]", 0)]
    [InlineData("[z-a]", 0)]
    [InlineData("[a-Z]", 0)]
    [InlineData("[a-]", 0)]
    [InlineData("a\\", 1)]
    public void A_malformed_pattern_says_where(string text, int offset)
    {
        var (pattern, problem) = FilterPattern.Parse(text);
        Assert.Null(pattern);
        Assert.Equal(offset, problem!.Value.Offset);
    }

    [Theory]
    [InlineData("*.md !README.md", "hello.md", true)]
    [InlineData("*.md !README.md", "README.md", false)]
    [InlineData("*.md !README.md", "docs/hello.md", false)]
    [InlineData("*.md !README.md README*", "README.md", true)]
    [InlineData("*.md !README.md README*", "README.doc", true)]
    [InlineData("!README.md *.md", "README.md", true)]
    [InlineData("releases/** !releases/**-alpha", "releases/10", true)]
    [InlineData("releases/** !releases/**-alpha", "releases/beta/3-alpha", false)]
    public void The_last_pattern_that_matches_decides(string patterns, string text, bool selected)
        => Assert.Equal(selected, FilterPattern.Selects(patterns.Split(' ').Select(pattern => FilterPattern.Parse(pattern).Pattern!), text));

    [Fact]
    public void A_pattern_made_to_be_slow_is_not()
    {
        var pattern = FilterPattern.Parse(string.Concat(Enumerable.Repeat("**a", 100))).Pattern!;
        Assert.False(pattern.Matches(new string('a', 20_000) + "b"));
    }
}
