namespace Fairway.Source;

/// <summary>Patterns of branches and tags.</summary>
public sealed class GlobPatternTests
{
    [Theory]
    [InlineData("main", "main", true)]
    [InlineData("main", "mainly", false)]
    [InlineData("feature/*", "feature/x", true)]
    [InlineData("feature/*", "feature/x/y", false)]
    [InlineData("feature/**", "feature/x/y", true)]
    [InlineData("**", "a/b/c", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("v?.*", "v1.2.3", true)]
    [InlineData("v?", "v/", false)]
    [InlineData("*-v*", "shop-v1.2.3", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("**/fix", "a/b/fix", true)]
    public void A_pattern_fits_as_its_stars_say(string pattern, string name, bool fits) => Assert.Equal(fits, GlobPattern.Matches(pattern, name));

    [Fact]
    public void A_pattern_made_to_be_slow_is_not() => Assert.False(GlobPattern.Matches(string.Concat(Enumerable.Repeat("*a", 200)) + "b", new string('a', 250)));
}
