namespace Fairway.Pipelines.Expressions;

/// <summary>Texts with <c>${{ }}</c>, and conditions.</summary>
public sealed class TemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("a $ b { } $x ${x} {{ }}", "a $ b { } $x ${x} {{ }}")]
    [InlineData("${{ github.ref }}", "refs/heads/main")]
    [InlineData("${{github.ref}}", "refs/heads/main")]
    [InlineData("ref=${{ github.ref }}.", "ref=refs/heads/main.")]
    [InlineData("${{ 1 }}${{ 2 }}", "12")]
    [InlineData("a${{ null }}b", "ab")]
    [InlineData("${{ 1 == 1 }}!", "true!")]
    [InlineData("${{ 0x10 }} ${{ 1.50 }} ${{ 1e20 }}", "16 1.5 1E+20")]
    [InlineData("${{ '}}' }}", "}}")]
    [InlineData("${{ 'it''s }}' }}!", "it's }}!")]
    [InlineData("${{ '${{' }} x", "${{ x")]
    [InlineData("${{ format('{0}}}', 1) }}", "1}")]
    [InlineData("${{ 'a' }}}", "a}")]
    [InlineData("$${{ 'a' }}", "$a")]
    [InlineData("a ${{ fruits }} b ${{ github }}", "a Array b Object")]
    [InlineData("line 1\n${{ github.run_number }}\nline 3\n", "line 1\n7\nline 3\n")]
    [InlineData("{0} ${{ 'x' }} {1}", "{0} x {1}")]
    public void A_template_becomes_text(string text, string value)
    {
        var (template, issues) = ExpressionTemplate.Parse(text, ExpressionScope.Any);
        Assert.Empty(issues);
        Assert.Equal((value, null), template!.EvaluateText(Given.Context));
        Assert.Equal(value, Given.Value(template.AsExpression()).ToText());
    }

    [Theory]
    [InlineData("${{ true }}", ExpressionKind.Boolean)]
    [InlineData("${{ 3 }}", ExpressionKind.Number)]
    [InlineData("${{ fromJSON('[1]') }}", ExpressionKind.Array)]
    [InlineData("${{ matrix }}", ExpressionKind.Object)]
    [InlineData("${{ null }}", ExpressionKind.Null)]
    [InlineData(" ${{ true }}", ExpressionKind.String)]
    [InlineData("${{ 3 }}${{ 4 }}", ExpressionKind.String)]
    [InlineData("3", ExpressionKind.String)]
    public void A_single_expression_keeps_its_kind(string text, ExpressionKind kind)
        => Assert.Equal(kind, ExpressionTemplate.Parse(text, ExpressionScope.Any).Template!.Evaluate(Given.Context).Value!.Kind);

    [Theory]
    [InlineData("${{ fruits }}", "the expression gives a list")]
    [InlineData("${{ github }}", "the expression gives an object")]
    [InlineData("a ${{ fromJSON('{') }}", "fromJSON is given a text that is no JSON: line 1, byte 2")]
    public void A_list_is_no_text(string text, string what)
        => Assert.Equal(what, ExpressionTemplate.Parse(text, ExpressionScope.Any).Template!.EvaluateText(Given.Context).Fault!.What);

    [Theory]
    [InlineData("ab ${{ github.ref", ExpressionFault.NotClosed, 3)]
    [InlineData("${{ github.ref }", ExpressionFault.NotClosed, 0)]
    [InlineData("${{ 'github.ref }}", ExpressionFault.NotClosed, 0)]
    [InlineData("${{ }}", ExpressionFault.Empty, 0)]
    [InlineData("a ${{}} b", ExpressionFault.Empty, 2)]
    [InlineData("ab ${{ x = 1 }}", ExpressionFault.UnexpectedSymbol, 9)]
    [InlineData("${{ 1 }} ${{ ) }}", ExpressionFault.UnexpectedSymbol, 13)]
    [InlineData("${{ ${{ 1 }} }}", ExpressionFault.UnexpectedSymbol, 4)]
    public void A_mistake_in_a_template_has_its_place(string text, ExpressionFault fault, int offset)
    {
        var issue = Assert.Single(ExpressionTemplate.Parse(text, ExpressionScope.Any).Issues);
        Assert.Equal((fault, offset), (issue.Fault, issue.Offset));
    }

    [Fact]
    public void All_mistakes_of_a_template_are_told_at_once()
        => Assert.Equal([6, 19], ExpressionTemplate.Parse("${{ 1 = }} x ${{ a ' }}' }}", ExpressionScope.Any).Issues.Select(issue => issue.Offset));

    [Fact]
    public void A_fault_says_where_in_the_template_it_is()
        => Assert.Equal(7, ExpressionTemplate.Parse("abc${{ fromJSON('') }} d", ExpressionScope.Any).Template!.Evaluate(Given.Context).Fault!.Offset);

    [Theory]
    [InlineData(null, true, false)]
    [InlineData("", true, false)]
    [InlineData("${{ }}", true, false)]
    [InlineData("true", true, false)]
    [InlineData("false", false, false)]
    [InlineData("github.ref == 'refs/heads/main'", true, false)]
    [InlineData("${{ github.ref == 'refs/heads/main' }}", true, false)]
    [InlineData("  ${{ github.ref == 'refs/heads/main' }}\n", true, false)]
    [InlineData("success()", true, false)]
    [InlineData("failure()", false, true)]
    [InlineData("always()", true, true)]
    [InlineData("${{ always() }}", true, true)]
    [InlineData("Always() && github.ref == 'x'", false, false)]
    [InlineData("!cancelled()", true, true)]
    [InlineData("failure() || github.run_number == 7", true, true)]
    [InlineData("success() || failure()", true, true)]
    [InlineData("contains(format('{0}', always()), 'true')", true, true)]
    [InlineData("'always()'", true, false)]
    [InlineData("github.empty", false, false)]
    [InlineData("github.actor", true, false)]
    [InlineData("${{ false }} && true", true, false)]
    public void A_condition_asks_for_success_unless_it_asks_itself(string? text, bool afterSuccess, bool afterFailure)
    {
        var (condition, issues) = IfCondition.Parse(text, ExpressionScopes.StepIf);
        Assert.Empty(issues);
        Assert.Equal((afterSuccess, null), condition!.Evaluate(Given.Context));
        Assert.Equal((afterFailure, null), condition.Evaluate(Given.Context with { Status = new(false, true, false) }));
        Assert.Equal(afterSuccess, Given.Value(condition.ToString()).IsTruthy);
        Assert.Equal(afterFailure, Given.Value(condition.ToString(), Given.Context with { Status = new(false, true, false) }).IsTruthy);
    }

    [Theory]
    [InlineData("${{ github.ref }} == 'refs/heads/x'", true)]
    [InlineData("x ${{ github.ref }}", true)]
    [InlineData("${{ github.ref == 'x' }}", false)]
    [InlineData("github.ref == 'x'", false)]
    public void A_text_around_an_expression_is_known_to_hold_always(string text, bool always)
    {
        var condition = IfCondition.Parse(text, ExpressionScopes.StepIf).Condition!;
        Assert.Equal(always, condition.IsAlwaysTrueText);
        Assert.Equal(always, condition.Evaluate(Given.Context).Holds);
    }

    [Theory]
    [InlineData("secrets.TOKEN != ''", ExpressionFault.NameNotHere, 0)]
    [InlineData(" ${{ secrets.TOKEN }}", ExpressionFault.NameNotHere, 5)]
    [InlineData("github.ref =! 'x'", ExpressionFault.UnexpectedSymbol, 11)]
    public void A_mistake_in_a_condition_has_its_place(string text, ExpressionFault fault, int offset)
    {
        var issue = Assert.Single(IfCondition.Parse(text, ExpressionScopes.StepIf).Issues);
        Assert.Equal((fault, offset), (issue.Fault, issue.Offset));
    }
}
