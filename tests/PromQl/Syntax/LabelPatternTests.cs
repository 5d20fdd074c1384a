using System.Text.RegularExpressions;
using Fairway.Metrics.Model;

namespace Fairway.Tests.PromQl.Syntax;

public sealed class LabelPatternTests
{
    [Theory]
    [InlineData("abc", "abc", "abcd")]
    [InlineData("a|b|c", "b", "ab")]
    [InlineData("a.c", "a\nc", "ac")]
    [InlineData("a.c", "a😀c", "a😀😀c")]
    [InlineData(".*", "", null)]
    [InlineData(".+", "x\n", "")]
    [InlineData("", "", "x")]
    [InlineData("foo.*", "foo", "xfoo")]
    [InlineData(".*foo", "xfoo", "foox")]
    [InlineData(".*foo.*", "xfoox", "fo")]
    [InlineData("a.*b", "ab", "a")]
    [InlineData("a.+b", "axb", "ab")]
    [InlineData("ab.*ba", "abba", "aba")]
    [InlineData("(?i)foo", "FoO", "fo")]
    [InlineData("(?i:pro).*", "PROd", "dpro")]
    [InlineData("(?i)k", "\u212A", "x")]
    [InlineData("(?i)straße", "STRAßE", "strasse")]
    [InlineData("\\d+", "12", "\u0661")]
    [InlineData("\\w+", "a_1", "é")]
    [InlineData("\\s", "\t", "\u00a0")]
    [InlineData("[[:alpha:]]+", "abC", "a1")]
    [InlineData("[^[:digit:]x]", "y", "x")]
    [InlineData("\\pL", "é", "1")]
    [InlineData("\\p{Lu}+", "ÄB", "äb")]
    [InlineData("\\PL", "1", "a")]
    [InlineData("[\\x{1F600}-\\x{1F64F}]", "😀", "a")]
    [InlineData("[^a]", "😀", "a")]
    [InlineData("\\Qa.b\\E", "a.b", "axb")]
    [InlineData("(?P<x>a)(?P<y>b)", "ab", "ba")]
    [InlineData("x{2,3}", "xxx", "xxxx")]
    [InlineData("x{,3}", "x{,3}", "xx")]
    [InlineData("a(?s:.)b", "a\nb", "ab")]
    [InlineData("(?-s)a.b", "axb", "a\nb")]
    [InlineData("^abc$", "abc", "abc\n")]
    [InlineData("[a-]", "-", "b")]
    [InlineData("[]a]", "]", "b")]
    [InlineData("\\.", ".", "x")]
    [InlineData("\\x41\\101", "AA", "A")]
    [InlineData("(a|b)*c?", "abab", "cc")]
    [InlineData("(?U)a+", "aa", "b")]
    public void A_whole_value_has_to_fit(string pattern, string fits, string? fitsNot)
    {
        var parsed = LabelPattern.Parse(pattern);
        Assert.True(parsed.Matches(fits));
        if (fitsNot is not null) Assert.False(parsed.Matches(fitsNot));
    }

    [Theory]
    [InlineData("(", "missing closing ): `(`")]
    [InlineData("a)", "unexpected ): `a)`")]
    [InlineData("*", "missing argument to repetition operator: `*`")]
    [InlineData("a**", "invalid nested repetition operator: `**`")]
    [InlineData("[a", "missing closing ]: `[a`")]
    [InlineData("[b-a]", "invalid character class range: `b-a`")]
    [InlineData("a{1001}", "invalid repeat count: `{1001}`")]
    [InlineData("(a{500}){500}", "invalid repeat count: `(a{500}){500}`")]
    [InlineData("\\8", "invalid escape sequence: `\\8`")]
    [InlineData("\\", "trailing backslash at end of expression: ``")]
    [InlineData("(?=a)", "invalid or unsupported Perl syntax: `(?=`")]
    [InlineData("(?<!a)", "invalid named capture: `(?<!a)`")]
    [InlineData("(a)\\1", "invalid escape sequence: `\\1`")]
    [InlineData("\\p{Nope}", "invalid character class range: `\\p{Nope}`")]
    public void What_is_not_RE2_is_refused(string pattern, string message) =>
        Assert.Equal("error parsing regexp: " + message, Assert.Throws<FormatException>(() => LabelPattern.Parse(pattern)).Message);

    [Fact]
    public void Literal_forms_are_known()
    {
        Assert.Equal(["a", "b", "cd"], LabelPattern.Parse("a|b|cd").Literals);
        Assert.Equal(["xa", "xb"], LabelPattern.Parse("x(a|b)").Literals);
        Assert.Equal(["a", "b", "c"], LabelPattern.Parse("[a-c]").Literals);
        Assert.Null(LabelPattern.Parse("a.*").Literals);
        Assert.Equal("abc", LabelPattern.Parse("abc.*").Prefix);
        Assert.True(LabelPattern.Parse(".*").MatchesEverything);
        Assert.True(LabelPattern.Parse(".+").MatchesAllButEmpty);
        Assert.False(LabelPattern.Parse("(?-s).*").MatchesEverything);
    }

    [Theory]
    [InlineData("(.*)-(.*)", "a-b", "$2 $1", "b a")]
    [InlineData("(.*)-(.*)", "a-b", "$1x", "")]
    [InlineData("(.*)-(.*)", "a-b", "${1}x$$", "ax$")]
    [InlineData("(?P<first>.*)-.*", "a-b", "${first}!$nope", "a!")]
    [InlineData("(.*)", "", "<$1$3>", "<>")]
    [InlineData("a(b)?", "a", "[$1]$", "[]$")]
    public void Templates_are_filled_as_in_Go(string pattern, string value, string template, string expected) =>
        Assert.Equal(expected, LabelPattern.Parse(pattern).Expand(value, template));

    [Fact]
    public void Plain_expressions_agree_with_NETs_engine()
    {
        var random = new Random(7);
        string[] atoms = ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "c"];
        string[] counts = ["", "", "*", "+", "?", "{1,2}"];
        for (var i = 0; i < 500; i++)
        {
            var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => atoms[random.Next(atoms.Length)] + counts[random.Next(counts.Length)]));
            var parsed = LabelPattern.Parse(pattern);
            var twin = new Regex("\\A(?:" + pattern + ")\\z", RegexOptions.Singleline | RegexOptions.CultureInvariant);
            for (var k = 0; k < 20; k++)
            {
                var value = string.Concat(Enumerable.Range(0, random.Next(0, 5)).Select(_ => "abc\n"[random.Next(4)]));
                Assert.True(parsed.Matches(value) == twin.IsMatch(value), $"{pattern} on {value}");
            }
        }
    }
}
