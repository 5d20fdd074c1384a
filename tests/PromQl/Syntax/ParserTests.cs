using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Syntax;

public sealed class ParserTests
{
    [Theory]
    [InlineData("", "1:1: parse error: no expression found in input")]
    [InlineData("# just a comment", "1:17: parse error: no expression found in input")]
    [InlineData("1+", "1:3: parse error: unexpected end of input")]
    [InlineData(".", "1:1: parse error: unexpected character: '.'")]
    [InlineData("2.5.", "1:4: parse error: unexpected character: '.'")]
    [InlineData("0deadbeef", "1:1: parse error: bad number or duration syntax: \"0deadbeef\"")]
    [InlineData("foo[1.5h]", "1:5: parse error: bad number or duration syntax: \"1.5h\"")]
    [InlineData("foo[5m30h]", "1:5: parse error: bad number or duration syntax: \"5m30h\"")]
    [InlineData("(1", "1:3: parse error: unclosed left parenthesis")]
    [InlineData("1)", "1:2: parse error: unexpected right parenthesis ')'")]
    [InlineData("((1)", "1:5: parse error: unclosed left parenthesis")]
    [InlineData("foo{", "1:5: parse error: unexpected end of input inside braces")]
    [InlineData("foo}", "1:4: parse error: unexpected right brace '}'")]
    [InlineData("foo{a}", "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator")]
    [InlineData("foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string")]
    [InlineData("foo{a=\"b\" c=\"d\"}", "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\"")]
    [InlineData("foo{gibberish}", "1:14: parse error: unexpected \"}\" in label matching, expected label matching operator")]
    [InlineData("foo{1}", "1:5: parse error: unexpected character inside braces: '1'")]
    [InlineData("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("{x=\"\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("{x!~\".+\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("foo{__name__=\"bar\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\"")]
    [InlineData("foo{a=~\"(\"}", "1:5: parse error: error parsing regexp: missing closing ): `(`")]
    [InlineData("foo[5m", "1:7: parse error: unclosed left bracket")]
    [InlineData("foo[]", "1:5: parse error: unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()")]
    [InlineData("foo[0m]", "1:5: parse error: duration must be greater than 0")]
    [InlineData("foo offset 1m offset 2m", "1:15: parse error: offset may not be set multiple times")]
    [InlineData("foo offset 1m[5m]", "1:14: parse error: no offset modifiers allowed before range")]
    [InlineData("foo @ 1 @ 2", "1:9: parse error: @ <timestamp> may not be set multiple times")]
    [InlineData("1 offset 1m", "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery")]
    [InlineData("sum(foo)[5m]", "1:9: parse error: ranges only allowed for vector selectors")]
    [InlineData("foo[5m:1m][5m:1m]", "1:1: parse error: subquery is only allowed on instant vector, got matrix instead")]
    [InlineData("sum()", "1:1: parse error: no arguments for aggregate expression provided")]
    [InlineData("topk(foo)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1")]
    [InlineData("topk(foo, bar)", "1:6: parse error: expected type scalar in aggregation parameter, got instant vector")]
    [InlineData("sum(foo[5m])", "1:5: parse error: expected type instant vector in aggregation expression, got range vector")]
    [InlineData("count_values(5, foo)", "1:14: parse error: expected type string in aggregation parameter, got scalar")]
    [InlineData("sum by (1) (foo)", "1:9: parse error: unexpected number \"1\" in grouping opts, expected label")]
    [InlineData("rate(foo)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector")]
    [InlineData("rate(foo[5m], 1)", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 2")]
    [InlineData("round()", "1:1: parse error: expected at least 1 argument(s) in call to \"round\", got 0")]
    [InlineData("round(foo, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3")]
    [InlineData("nope(1)", "1:1: parse error: unknown function with name \"nope\"")]
    [InlineData("abs(foo,)", "1:8: parse error: trailing commas not allowed in function call args")]
    [InlineData("1 == 1", "1:1: parse error: comparisons between scalars must use BOOL modifier")]
    [InlineData("1 + bool 1", "1:3: parse error: bool modifier can only be used on comparison operators")]
    [InlineData("1 and foo", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression")]
    [InlineData("foo and on(x) group_left bar", "1:5: parse error: no grouping allowed for \"and\" operation")]
    [InlineData("foo + on(x) group_left(x) bar", "1:5: parse error: label \"x\" must not occur in ON and GROUP clause at once")]
    [InlineData("1 + on(x) foo", "1:3: parse error: vector matching only allowed between instant vectors")]
    [InlineData("foo or fill(0) bar", "1:5: parse error: filling in missing series not allowed for set operators")]
    [InlineData("\"a\" + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types")]
    [InlineData("-foo[5m]", "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\"")]
    [InlineData("\"a", "1:1: parse error: unterminated quoted string")]
    [InlineData("`a", "1:1: parse error: unterminated raw string")]
    [InlineData("foo !~ bar", "1:5: parse error: unexpected character after '!': '~'")]
    [InlineData("sum(\n  foo +\n)", "3:1: parse error: unexpected \")\"")]
    [InlineData("ä", "1:1: parse error: unexpected character: 'ä'")]
    [InlineData("{\"ä\"} + $", "1:10: parse error: unexpected character: '$'")]
    public void Errors_say_what_is_wrong_and_where(string query, string message) =>
        Assert.Equal(message, Assert.Throws<PromQlException>(() => Parser.Parse(query)).Message);

    [Theory]
    [InlineData("1_000", "1000")]
    [InlineData("0x1F", "31")]
    [InlineData("1e3", "1000")]
    [InlineData("iNf", "+Inf")]
    [InlineData("1h30m", "1h30m")]
    [InlineData("foo [300]", "foo[300]")]
    [InlineData("-1^2", "-1 ^ 2")]
    [InlineData("2^3^2", "2 ^ 3 ^ 2")]
    [InlineData("SUM(foo) BY (job)", "sum by (job) (foo)")]
    [InlineData("sum without() (foo)", "sum without () (foo)")]
    [InlineData("topk by (a,) (3, foo{b!~'x',})", "topk by (a) (3, foo{b!~\"x\"})")]
    [InlineData("{\"my.metric\", \"a.b\"=\"c\"}", "{\"my.metric\",\"a.b\"=\"c\"}")]
    [InlineData("{__name__=\"foo\"}", "{__name__=\"foo\"}")]
    [InlineData("foo offset -5m @ 1.5", "foo @ 1.500 offset -5m")]
    [InlineData("foo[5m] @ start() offset 1w", "foo[5m] @ start() offset 1w")]
    [InlineData("rate(foo[5m])[1h:] offset 90", "rate(foo[5m])[1h:] offset 90")]
    [InlineData("a + ignoring(x) group_right(y) b", "a + ignoring (x) group_right (y) b")]
    [InlineData("a > bool on() b", "a > bool on () b")]
    [InlineData("a + fill(0) b", "a + fill (0) b")]
    [InlineData("a * on(x) group_left fill_right(-1) b", "a * on (x) group_left () fill_right (-1) b")]
    [InlineData("foo[step() + 5m * 2]", "foo[step() + 5m * 2]")]
    [InlineData("foo offset (5m + 1)", "foo offset (5m + 1)")]
    [InlineData("foo[5m] anchored", "foo[5m] anchored")]
    [InlineData("sum", "sum")]
    [InlineData("offset offset 5m", "offset offset 5m")]
    [InlineData("sum by (by, on, sum) (or)", "sum by (by, on, sum) (or)")]
    [InlineData("foo # comment\n + bar", "foo + bar")]
    [InlineData("\"\\u00e9\\xc3\\xa9\\n\"", "\"éé\\n\"")]
    [InlineData("`raw\\n`", "\"raw\\\\n\"")]
    public void Queries_are_printed_as_Prometheus_prints_them(string query, string printed)
    {
        var expr = Parser.Parse(query);
        Assert.Equal(printed, expr.ToString());
        Assert.Equal(printed, Parser.Parse(printed).ToString());
    }

    [Theory]
    [InlineData("1 + 2 * 3 ^ 2 > bool 4 or foo", "or")]
    [InlineData("-2 ^ 2", "-")]
    [InlineData("foo or bar and baz", "or")]
    [InlineData("foo unless bar or baz", "or")]
    [InlineData("a - b - c", "-")]
    [InlineData("a % b atan2 c", "atan2")]
    public void Operators_bind_as_in_Prometheus(string query, string top)
    {
        var text = Parser.Parse(query.Replace("4 or", "4 * foo or", StringComparison.Ordinal)) switch
        {
            BinaryExpr b => b.Operator.Text(),
            UnaryExpr => "-",
            var other => other.GetType().Name,
        };
        Assert.Equal(top, text);
    }

    [Fact]
    public void Long_queries_are_broken_into_lines()
    {
        var query = "sum by (path, code) (rate(http_requests_total{job=\"api\",environment=\"production\"}[5m])) / on (path) group_left () sum by (path) (rate(http_requests_total[5m]))";
        var pretty = Printer.Pretty(Parser.Parse(query));
        Assert.Equal(
            """
              sum by (path, code) (rate(http_requests_total{environment="production",job="api"}[5m]))
            / on (path) group_left ()
              sum by (path) (rate(http_requests_total[5m]))
            """.Replace("environment=\"production\",job=\"api\"", "job=\"api\",environment=\"production\"", StringComparison.Ordinal), pretty);
        Assert.Equal(Parser.Parse(query).ToString(), Parser.Parse(pretty).ToString());
    }

    [Fact]
    public void Depth_is_limited()
    {
        Assert.Throws<PromQlException>(() => Parser.Parse(new string('(', 5000) + "1" + new string(')', 5000)));
        Assert.Throws<PromQlException>(() => Parser.Parse(new string('-', 5000) + "1"));
        Assert.Throws<PromQlException>(() => Parser.Parse(string.Join("+", Enumerable.Repeat("a", 5000))));
        Assert.Throws<PromQlException>(() => Parser.Parse("a" + string.Concat(Enumerable.Repeat("[1m:]", 5000))));
    }

    [Fact]
    public void A_selector_is_parsed_alone()
    {
        Assert.Equal("up", Parser.ParseSelector("up{job=\"a\"}").Name);
        Assert.Throws<PromQlException>(() => Parser.ParseSelector("up offset 5m"));
        Assert.Throws<PromQlException>(() => Parser.ParseSelector("sum(up)"));
        Assert.Throws<PromQlException>(() => Parser.ParseSelector("(up)"));
        Assert.Throws<PromQlException>(() => Parser.ParseSelector("up{__name__=\"down\"}"));
        Assert.Equal("sum", Parser.ParseSelector("sum").Name);
    }
}

public sealed class GoNumberTests
{
    [Fact]
    public void The_digits_are_those_of_NETs_shortest_form()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var value = (i % 3) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64()),
                1 => random.Next(1, 100_000) / (double)random.Next(1, 1000),
                _ => Math.Round(random.NextDouble() * 1000, random.Next(10)),
            };
            if (!double.IsFinite(value) || value == 0) continue;
            var text = GoNumber.Scientific(value);
            Assert.Equal(value, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(value, double.Parse(GoNumber.Plain(value), System.Globalization.CultureInfo.InvariantCulture));
            var shortest = value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(Digits(shortest), Digits(text));
        }

        foreach (var edge in (double[])[double.Epsilon, double.MaxValue, 2.2250738585072014E-308, 9007199254740993, 1, 0.3, 4.35, 1e23, 5e-324 * 3])
            Assert.Equal(Digits(edge.ToString("R", System.Globalization.CultureInfo.InvariantCulture)), Digits(GoNumber.Scientific(edge)));
    }

    private static string Digits(string text) => text.Split('e', 'E')[0].Replace(".", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).Trim('0');
}
