using System.Text.Json;

namespace Fairway.Policy;

public sealed class LimitTests
{
    private static CelOutcome Run(string text, long cost = 1_000_000, long size = 1_000_000)
        => CelProgram.Parse(text, CelDeclarations.Standard).Program!.Evaluate(Given.Bindings, new(cost, size));

    private static string Nested(string open, string inner, string close, int times) => string.Concat(Enumerable.Repeat(open, times)) + inner + string.Concat(Enumerable.Repeat(close, times));

    [Theory]
    [InlineData("lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))")]
    [InlineData("lists.range(1000).map(a, lists.range(1000).map(b, lists.range(1000)))")]
    [InlineData("lists.range(999999)")]
    [InlineData("lists.range(9223372036854775807)")]
    [InlineData("lists.range(100000).sort() == lists.range(100000).reverse().distinct().sort()")]
    [InlineData("cel.bind(l, lists.range(2000), sets.contains(l, l))")]
    [InlineData("lists.range(2000).transformMapEntry(i, v, {v * 4294967297: v}).all(k, lists.range(2000).exists(i, i == k || i > 1998))")]
    public void What_would_take_long_ends_at_its_cost(string text)
    {
        var outcome = Run(text);
        Assert.Equal(CelErrorKind.CostLimit, outcome.Error?.ErrorKind);
        Assert.Equal(outcome.Cost, Run(text).Cost);
    }

    [Fact]
    public void Doubling_text_lists_and_regular_expressions_end_at_their_cost_or_size()
    {
        var doubling = Nested("cel.bind(s, s + s, ", "s.size()", ")", 60);
        Assert.Equal(CelErrorKind.CostLimit, Run($"cel.bind(s, 'abcdefgh', {doubling})").Error?.ErrorKind);
        var shared = Nested("cel.bind(s, [s, s], ", "s", ")", 60);
        Assert.Equal(CelErrorKind.SizeLimit, Run($"cel.bind(s, [1], {shared})").Error?.ErrorKind);
        var deep = Nested("cel.bind(s, [[[[s]]]], ", "s", ")", 60);
        Assert.Equal(CelErrorKind.SizeLimit, Run($"cel.bind(s, [], {deep})").Error?.ErrorKind);
        var text = $"cel.bind(s, lists.range(5000).map(i, 'aaaaaaaaaa').join(), lists.range(100).exists(i, s.matches('(a?){{900}}(a{{30}}){{30}}b')))";
        Assert.Equal(CelErrorKind.CostLimit, Run(text).Error?.ErrorKind);
    }

    [Fact]
    public void A_limit_is_not_absorbed_by_or()
    {
        Assert.Equal(CelErrorKind.CostLimit, Run("lists.range(999999).size() > 1 || true").Error?.ErrorKind);
        Assert.Equal(CelErrorKind.CostLimit, Run("1 + 1", cost: 2).Error?.ErrorKind);
        Assert.Equal(3, Run("1 + 1", cost: 3).Cost);
        Assert.Equal(CelErrorKind.SizeLimit, Run("[1, 2, 3]", size: 3).Error?.ErrorKind);
    }

    [Fact]
    public void Expressions_nest_and_repeat_at_least_as_often_as_the_definition_asks()
    {
        Assert.Equal("1", Given.Answer(Nested("(", "1", ")", 200)));
        Assert.Equal("true", Given.Answer(string.Join(" || ", Enumerable.Repeat("false", 500).Append("true"))));
        Assert.Equal("100", Given.Answer(string.Join(" + ", Enumerable.Repeat("1", 100))));
        Assert.Equal("1", Given.Answer(Nested("[", "1", "]", 100) + string.Concat(Enumerable.Repeat("[0]", 100))));
        Assert.Equal("9", Given.Answer(string.Concat(Enumerable.Repeat("false ? 1 : ", 100)) + "9"));
        Assert.Equal("true", Given.Answer(string.Concat(Enumerable.Repeat("!", 100)) + "true"));
        Assert.Contains("nests deeper", Given.Answer(Nested("(", "1", ")", 5_000)), StringComparison.Ordinal);
        Assert.Contains("nests deeper", Given.Answer(Nested("[", "1", "]", 5_000)), StringComparison.Ordinal);
        Assert.Contains("nests deeper", Given.Answer(string.Join(" + ", Enumerable.Repeat("1", 5_000))), StringComparison.Ordinal);
        Assert.Contains("nests deeper", Given.Answer("x" + string.Concat(Enumerable.Repeat(".x", 5_000))), StringComparison.Ordinal);
        Assert.Contains("nests deeper", Given.Answer(string.Concat(Enumerable.Repeat("-", 5_000)) + "x"), StringComparison.Ordinal);
        Assert.Contains("characters", Given.Answer(new string('1', 70_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_has_its_place()
    {
        var issues = CelProgram.Compile("1 +\n  'a' ||\n  unknwon", Given.Declarations).Issues;
        Assert.Equal(["1:3", "3:3"], issues.Select(issue => issue.At.ToString()));
        var outcome = Given.Program("[1, 0].map(e,\n 1 / e)").Evaluate(CelBindings.Empty, CelLimits.Default);
        Assert.Equal("2:4: division by zero", outcome.Error!.ToString());
    }

    [Fact]
    public void A_program_says_what_it_reads()
        => Assert.Equal(["point.x", "map", "strict.unknown", "a.b.c", "x"], Given.Program("point.x > 1 && map['one'] == 1 && !has(strict.unknown) && a.b.c == 'x' && [1].all(y, y < x)").Reads);

    [Fact]
    public void Values_go_to_JSON_and_back()
    {
        using var json = JsonDocument.Parse("""{"n": 1.5, "s": "a", "t": true, "z": null, "l": [1, {"x": "y"}]}""");
        var value = CelValue.FromJson(json.RootElement);
        Assert.Equal("""{"n": 1.5, "s": "a", "t": true, "z": null, "l": [1.0, {"x": "y"}]}""", value.ToString());
        Assert.Equal(value, CelValue.FromJson(JsonDocument.Parse(value.ToJson()!.ToJsonString()).RootElement));
        foreach (var (text, expected) in new[]
        {
            ("9007199254740991", "9007199254740991"), ("9007199254740992", "\"9007199254740992\""), ("18446744073709551615u", "\"18446744073709551615\""),
            ("1.0 / 0.0", "\"Infinity\""), ("0.0 / 0.0", "\"NaN\""), ("b'abc'", "\"YWJj\""), ("timestamp(0)", "\"1970-01-01T00:00:00Z\""), ("duration('90s')", "\"90s\""),
            ("{1: 2}", "{\"1\":2}"), ("[1u, null]", "[1,null]"),
        })
            Assert.Equal(expected, Given.Program(text).Evaluate(CelBindings.Empty, CelLimits.Default).Value!.ToJson()!.ToJsonString());
    }

    [Fact]
    public void JSON_of_a_declared_type_is_read_as_that_type()
    {
        Assert.Equal("5", Read("5", "int"));
        Assert.Equal("5u", Read("5", "uint"));
        Assert.Equal("5.0", Read("5", "double"));
        Assert.Equal("timestamp(\"2026-01-31T00:00:00Z\")", Read("\"2026-01-31T00:00:00Z\"", "timestamp"));
        Assert.Equal("duration(\"90s\")", Read("\"1m30s\"", "duration"));
        Assert.Equal("[1, 2]", Read("[1, 2]", "list(int)"));
        Assert.Equal("the value is 1.5, and int is expected", Read("1.5", "int"));
        Assert.Equal("[1] is \"a\", and int is expected", Read("[1, \"a\"]", "list(int)"));
        Assert.Equal("unkown is not known; did you mean unknown?", Read("{\"unkown\": 1}", "test.Strict"));

        static string Read(string json, string type) => CelValue.FromJson(JsonDocument.Parse(json).RootElement, CelSignature.ParseType(type), Given.Declarations).ToString();
    }
}
