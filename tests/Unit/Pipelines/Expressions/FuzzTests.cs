using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Pipelines.Expressions;

/// <summary>Whatever is written, reading and evaluating it ends, and what is printed is read again as the same.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Pieces =
    [
        "github", "steps", "list", "fruits", ".", "*", "[", "]", "(", ")", ",", "!", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "=", "&", "'", "''",
        "'a'", "'{0}'", "1", "-1", "0x1f", "1e9", "NaN", "-Infinity", "null", "true", "false", "contains(", "format(", "join(", "toJSON(", "fromJSON(",
        "case(", "hashFiles(", "success()", "always(", " ", "\n", "\t", "\"", "$", "{", "}", "${{", "}}", "é", "🦊", "\ud800", "\0", "\u2028", "_-", "ref",
    ];

    private static Gen<ExpressionNode> Node(int size)
    {
        var value = Gen.Elements(Literals).Select(ExpressionNode (literal) => new LiteralNode(literal, 0));
        var name = Gen.Elements("github", "list", "fruits", "vegetables", "x-y_1").Select(ExpressionNode (text) => new NameNode(text, 0));
        if (size <= 0) return Gen.OneOf(value, name);
        var inner = Node(size / 2);
        return Gen.OneOf<ExpressionNode>(value, name,
            from operand in inner select (ExpressionNode)new NotNode(operand, 0),
            from target in inner from index in inner select (ExpressionNode)new IndexNode(target, index, 0),
            from target in inner select (ExpressionNode)new FilterNode(target, 0),
            from sign in Gen.Elements("==", "!=", "<", "<=", ">", ">=") from left in inner from right in inner
            select (ExpressionNode)new ComparisonNode(sign, left, right, 0),
            from all in Gen.Elements(true, false) from first in inner from second in inner from third in inner
            select (ExpressionNode)Flat(all, [first, second, third]),
            from function in Gen.Elements("contains", "startsWith", "join", "endsWith") from first in inner from second in inner
            select (ExpressionNode)new CallNode(function, [first, second], 0),
            from function in Gen.Elements("toJSON", "fromJSON", "format") from first in inner select (ExpressionNode)new CallNode(function, [first], 0));
    }

    private static IEnumerable<ExpressionValue> Literals =>
    [
        ExpressionValue.Null, ExpressionValue.True, ExpressionValue.False, ExpressionValue.Of(""), ExpressionValue.Of("it's"), ExpressionValue.Of("name"),
        ExpressionValue.Of("a b"), ExpressionValue.Of("[1,{\"a\":2}]"), ExpressionValue.Of("{0}"), ExpressionValue.Of(0.0), ExpressionValue.Of(-0.0),
        ExpressionValue.Of(12.0), ExpressionValue.Of(-0.5), ExpressionValue.Of(1e300), ExpressionValue.Of(double.NaN),
        ExpressionValue.Of(double.NegativeInfinity), ExpressionValue.Of(0.1 + 0.2),
    ];

    /// <summary>As the parser joins them.</summary>
    private static LogicalNode Flat(bool all, ImmutableArray<ExpressionNode> operands)
        => new LogicalNode(all, [.. operands.SelectMany(operand => operand is LogicalNode same && same.All == all ? same.Operands : [operand])], 0);

    [Fact]
    public void What_is_printed_is_read_as_the_same()
        => Prop.ForAll(Node(12).ToArbitrary(), node =>
        {
            var (parsed, issue) = Expression.Parse(node.ToString(), ExpressionScope.Any, ExpressionLimits.Default with { Depth = 200 });
            Assert.True(parsed is not null, $"{node}: {issue}");
            Assert.Equal(Shape(node), Shape(parsed.Root));
            Assert.Equal(node.ToString(), parsed.ToString());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Any_expression_is_evaluated_to_a_value_or_a_fault()
        => Prop.ForAll(Node(12).ToArbitrary(), node =>
        {
            var limits = ExpressionLimits.Default with { Text = 100_000, Values = 10_000 };
            var (value, fault) = Expression.Parse(node.ToString(), ExpressionScope.Any, limits with { Depth = 200 }).Expression!.Evaluate(Given.Context with { Limits = limits });
            Assert.True(value is null != fault is null);
            if (value is not null) Assert.NotNull(value.ToText());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Any_text_is_read_to_an_end()
        => Prop.ForAll(Gen.Elements(Pieces).ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary(), text =>
        {
            Check(Expression.Parse(text, ExpressionScope.Any).Issue, text);
            foreach (var issue in ExpressionTemplate.Parse(text, ExpressionScopes.StepText).Issues) Check(issue, text);
            foreach (var issue in IfCondition.Parse(text, ExpressionScopes.JobIf).Issues) Check(issue, text);
            if (Expression.Parse(text, ExpressionScope.Any).Expression is { } parsed) _ = parsed.Evaluate(Given.Context);
            if (ExpressionTemplate.Parse("${{" + text + "}}", ExpressionScope.Any).Template is { } template) _ = template.EvaluateText(Given.Context);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void A_number_is_the_same_after_it_was_written_with_15_digits()
        => Prop.ForAll(Gen.Choose(-999_999_999, 999_999_999).Select(number => number / 1000.0).ToArbitrary(),
            number => Assert.Equal(number, ExpressionNumbers.Parse(ExpressionNumbers.Format(number)))).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_text_is_the_same_after_toJSON_and_fromJSON()
        => Prop.ForAll(Gen.Elements("a", "\"", "\\", "\n", "\u0001", "é", "🦊", "\u2028", "'", "{0}", "</").ListOf().Select(parts => string.Concat(parts)).ToArbitrary(),
            text => Assert.Equal(text, Given.Value("fromJSON(toJSON(t))", ExpressionContext.Empty.With("t", ExpressionValue.Of(text))).ToText()))
            .Check(Config.QuickThrowOnFailure);

    private static void Check(ExpressionIssue? issue, string text)
    {
        if (issue is null) return;
        Assert.InRange(issue.Offset, 0, text.Length);
        Assert.InRange(issue.Offset + issue.Length, issue.Offset, text.Length);
        Assert.NotEmpty(issue.ToString());
    }

    private static string Shape(ExpressionNode node) => node switch
    {
        LiteralNode { Value: NumberValue number } => number.Value.ToString("R", CultureInfo.InvariantCulture),
        LiteralNode { Value: StringValue text } => $"'{text.Value}'",
        LiteralNode literal => literal.Value.Kind + literal.Value.ToText(),
        NameNode name => name.Name,
        CallNode call => $"{call.Function}({string.Join(';', call.Arguments.Select(Shape))})",
        ComparisonNode comparison => $"<{comparison.Operator} {Shape(comparison.Left)};{Shape(comparison.Right)}>",
        LogicalNode logical => $"<{(logical.All ? "and" : "or")} {string.Join(';', logical.Operands.Select(Shape))}>",
        _ => $"{node.GetType().Name}({string.Join(';', node.Children.Select(Shape))})",
    };
}
