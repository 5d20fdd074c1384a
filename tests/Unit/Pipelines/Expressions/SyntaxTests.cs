namespace Fairway.Pipelines.Expressions;

/// <summary>Mistakes in expressions, with their places.</summary>
public sealed class SyntaxTests
{
    [Theory]
    [InlineData("", ExpressionFault.Empty, 0)]
    [InlineData("   ", ExpressionFault.Empty, 0)]
    [InlineData("1 +", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("1 + 2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("1 - 2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("1 -2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("github -1", ExpressionFault.UnexpectedSymbol, 7)]
    [InlineData("1 = 2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("1 === 2", ExpressionFault.UnexpectedSymbol, 4)]
    [InlineData("1 & 2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("1 | 2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("1 * 2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("1 ? 2 : 3", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("\"text\"", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("'text", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("'it's'", ExpressionFault.UnexpectedSymbol, 4)]
    [InlineData("'", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("'a' 'b'", ExpressionFault.UnexpectedSymbol, 4)]
    [InlineData("1 2", ExpressionFault.UnexpectedSymbol, 2)]
    [InlineData("0x", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("-0xff", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("0b1", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("1.2.3", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("1e", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("12abc", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("-", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("a$b", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("é", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("github..ref", ExpressionFault.UnexpectedSymbol, 7)]
    [InlineData("github.", ExpressionFault.UnexpectedEnd, 7)]
    [InlineData("github.1", ExpressionFault.UnexpectedSymbol, 7)]
    [InlineData("github.'ref'", ExpressionFault.UnexpectedSymbol, 7)]
    [InlineData("github.ref()", ExpressionFault.UnexpectedSymbol, 10)]
    [InlineData(".ref", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("github[", ExpressionFault.UnexpectedEnd, 7)]
    [InlineData("github[]", ExpressionFault.UnexpectedSymbol, 7)]
    [InlineData("github['a'", ExpressionFault.UnexpectedEnd, 10)]
    [InlineData("github['a', 'b']", ExpressionFault.UnexpectedSymbol, 10)]
    [InlineData("github[*", ExpressionFault.UnexpectedEnd, 8)]
    [InlineData("[1]", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("*", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("(1", ExpressionFault.UnexpectedEnd, 2)]
    [InlineData("(", ExpressionFault.UnexpectedEnd, 1)]
    [InlineData(")", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("()", ExpressionFault.UnexpectedSymbol, 1)]
    [InlineData("1)", ExpressionFault.UnexpectedSymbol, 1)]
    [InlineData("1 ==", ExpressionFault.UnexpectedEnd, 4)]
    [InlineData("== 1", ExpressionFault.UnexpectedSymbol, 0)]
    [InlineData("1 && ", ExpressionFault.UnexpectedEnd, 5)]
    [InlineData("1 && || 2", ExpressionFault.UnexpectedSymbol, 5)]
    [InlineData("!", ExpressionFault.UnexpectedEnd, 1)]
    [InlineData("1!", ExpressionFault.UnexpectedSymbol, 1)]
    [InlineData("contains('a',)", ExpressionFault.UnexpectedSymbol, 13)]
    [InlineData("contains(,'a')", ExpressionFault.UnexpectedSymbol, 9)]
    [InlineData("contains('a' 'b')", ExpressionFault.UnexpectedSymbol, 13)]
    [InlineData("contains('a', 'b'", ExpressionFault.UnexpectedEnd, 17)]
    [InlineData("contains", ExpressionFault.UnknownName, 0)]
    [InlineData("nosuch('a')", ExpressionFault.UnknownFunction, 0)]
    [InlineData("1 == nosuch('a')", ExpressionFault.UnknownFunction, 5)]
    [InlineData("githib.ref", ExpressionFault.UnknownName, 0)]
    [InlineData("true == True", ExpressionFault.UnknownName, 8)]
    [InlineData("contains('a')", ExpressionFault.TooFewArguments, 0)]
    [InlineData("contains('a', 'b', 'c')", ExpressionFault.TooManyArguments, 0)]
    [InlineData("format()", ExpressionFault.TooFewArguments, 0)]
    [InlineData("join()", ExpressionFault.TooFewArguments, 0)]
    [InlineData("join('a', 'b', 'c')", ExpressionFault.TooManyArguments, 0)]
    [InlineData("toJSON()", ExpressionFault.TooFewArguments, 0)]
    [InlineData("fromJSON('1', '2')", ExpressionFault.TooManyArguments, 0)]
    [InlineData("hashFiles()", ExpressionFault.TooFewArguments, 0)]
    [InlineData("always(1)", ExpressionFault.TooManyArguments, 0)]
    [InlineData("case(true, 1)", ExpressionFault.TooFewArguments, 0)]
    [InlineData("case(true, 1, false, 2)", ExpressionFault.EvenArguments, 0)]
    public void A_mistake_has_a_kind_and_a_place(string text, ExpressionFault fault, int offset)
    {
        var scope = ExpressionScopes.StepText with { Status = StatusArguments.None };
        var (expression, issue) = Expression.Parse(text, scope);
        Assert.Null(expression);
        Assert.Equal((fault, offset), (issue!.Fault, issue.Offset));
        Assert.InRange(issue.Offset + issue.Length, 0, text.Length);
    }

    [Theory]
    [InlineData("githib.ref", "githib is no context at position 1; expected one of github, needs, vars, inputs; did you mean github?")]
    [InlineData("secrets.TOKEN", "secrets is not known in jobs.ID.if at position 1; expected one of github, needs, vars, inputs")]
    [InlineData("hashFiles('a') != ''", "hashFiles() cannot be called in jobs.ID.if at position 1; expected it in a step")]
    [InlineData("fromJsn('1')", "fromJsn is no function at position 1; did you mean fromJSON?")]
    [InlineData("github.ref = 'a'", "unexpected = at position 12; did you mean ==?")]
    [InlineData("github.ref == \"main\"", "unexpected \"main\" at position 15; expected text in single quotes; did you mean 'main'?")]
    [InlineData("github.ref == 'main", "unexpected 'main at position 15; expected a closing quote")]
    public void A_mistake_says_what_was_meant(string text, string message)
    {
        var issue = Expression.Parse(text, ExpressionScopes.JobIf).Issue!;
        Assert.Equal(message, issue.ToString());
    }

    [Theory]
    [InlineData("success('a', 'b')", true)]
    [InlineData("failure('a')", true)]
    [InlineData("always('a')", false)]
    [InlineData("cancelled('a')", false)]
    public void Only_a_job_may_ask_of_other_jobs(string text, bool valid)
    {
        Assert.Equal(valid, Expression.Parse(text, ExpressionScopes.JobIf).Expression is not null);
        Assert.Null(Expression.Parse(text, ExpressionScopes.StepIf).Expression);
        Assert.Equal(ExpressionFault.FunctionNotHere, Expression.Parse(text, ExpressionScopes.StepText).Issue!.Fault);
    }

    [Fact]
    public void An_expression_has_at_most_21000_letters()
    {
        Assert.NotNull(Expression.Parse("'" + new string('a', 20_998) + "'", ExpressionScope.Any).Expression);
        Assert.Equal(ExpressionFault.TooLong, Expression.Parse("'" + new string('a', 20_999) + "'", ExpressionScope.Any).Issue!.Fault);
    }

    [Theory]
    [InlineData("!", "1", "")]
    [InlineData("toJSON(", "1", ")")]
    [InlineData("github[", "1", "]")]
    [InlineData("1 == (", "1", ")")]
    public void An_expression_is_at_most_50_deep(string open, string inner, string close)
    {
        Assert.NotNull(Expression.Parse(Nested(49), ExpressionScope.Any).Expression);
        Assert.Equal(ExpressionFault.TooDeep, Expression.Parse(Nested(50), ExpressionScope.Any).Issue!.Fault);
        Assert.Equal(ExpressionFault.TooDeep, Expression.Parse(Nested(2000), ExpressionScope.Any).Issue!.Fault);

        string Nested(int times) => string.Concat(Enumerable.Repeat(open, times)) + inner + string.Concat(Enumerable.Repeat(close, times));
    }

    [Fact]
    public void A_chain_of_members_is_at_most_50_long_and_a_chain_of_ors_as_long_as_wanted()
    {
        Assert.NotNull(Expression.Parse("a" + string.Concat(Enumerable.Repeat(".a", 49)), ExpressionScope.Any).Expression);
        Assert.Equal(ExpressionFault.TooDeep,
            Expression.Parse("a" + string.Concat(Enumerable.Repeat(".a", 50)), ExpressionScope.Any).Issue!.Fault);
        var long_ = string.Join(" || ", Enumerable.Repeat("github.ref == 'a'", 900));
        Assert.Equal("false", Given.Value(long_).ToText());
    }

    [Fact]
    public void Parentheses_alone_make_nothing_deeper()
    {
        Assert.Equal("1", Given.Value(new string('(', 200) + "1" + new string(')', 200)).ToText());
        Assert.Equal(ExpressionFault.TooDeep, Expression.Parse(new string('(', 10_000), ExpressionScope.Any).Issue!.Fault);
    }

    [Theory]
    [InlineData("format('{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}', format('{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}', BIG))")]
    [InlineData("join(fromJSON(format('[{0}]', join(LIST, ','))), BIG)")]
    [InlineData("toJSON(format('{0}{0}{0}{0}{0}{0}', BIG))")]
    public void Text_that_grows_without_end_is_stopped(string pattern)
    {
        var text = pattern.Replace("BIG", "github.big", StringComparison.Ordinal).Replace("LIST", "github.list", StringComparison.Ordinal);
        var context = ExpressionContext.Empty.With("github", Given.Object(
            ("big", ExpressionValue.Of(new string('x', 1_000_000))),
            ("list", ExpressionValue.Of(Enumerable.Range(0, 1000).Select(i => ExpressionValue.Of((double)i)).ToImmutableArray()))));
        Assert.Contains("longer than", Given.Fault(text, context).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_that_is_too_deep_or_too_much_is_a_fault()
    {
        var deep = new string('[', 101) + new string(']', 101);
        Assert.Contains("no JSON", Given.Fault($"fromJSON('{deep}')").What, StringComparison.Ordinal);
        var context = ExpressionContext.Empty.With("github",
            Given.Object(("many", ExpressionValue.Of("[" + string.Join(",", Enumerable.Repeat("1", 600_000)) + "]"))));
        Assert.Contains("more than 500000 values", Given.Fault("fromJSON(github.many)", context).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_says_which_part_it_was() => Assert.Equal(9, Given.Fault("false || fromJSON('x') && 3").Offset);
}
