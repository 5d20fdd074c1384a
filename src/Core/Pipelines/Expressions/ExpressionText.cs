using System.Globalization;
using System.Text;

namespace Fairway.Pipelines.Expressions;

/// <summary>Writes expressions so that reading them again gives the same.</summary>
internal static class ExpressionText
{
    private const int Or = 0, And = 1, Equality = 2, Order = 3, Prefix = 4, Postfix = 5, Number = 6;

    public static string Write(ExpressionNode node)
    {
        var text = new StringBuilder();
        Write(text, node, Or);
        return text.ToString();
    }

    /// <summary>A text as a literal.</summary>
    public static string Quote(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static void Write(StringBuilder text, ExpressionNode node, int binding)
    {
        var own = Binding(node);
        if (own < binding) text.Append('(');
        switch (node)
        {
            case LiteralNode literal:
                text.Append(Literal(literal.Value));
                break;
            case NameNode name:
                text.Append(name.Name);
                break;
            case IndexNode index:
                Target(text, index.Target);
                if (index.Name is { } member && ExpressionLexer.IsWord(member)) text.Append('.').Append(member);
                else
                {
                    text.Append('[');
                    Write(text, index.Index, Or);
                    text.Append(']');
                }
                break;
            case FilterNode filter:
                Target(text, filter.Target);
                text.Append(".*");
                break;
            case CallNode call:
                text.Append(call.Function).Append('(');
                WriteAll(text, call.Arguments, ", ", Or);
                text.Append(')');
                break;
            case NotNode not:
                text.Append('!');
                Write(text, not.Operand, Prefix);
                break;
            case ComparisonNode comparison:
                Write(text, comparison.Left, own);
                text.Append(' ').Append(comparison.Operator).Append(' ');
                Write(text, comparison.Right, own + 1);
                break;
            case LogicalNode logical:
                WriteAll(text, logical.Operands, logical.All ? " && " : " || ", own + 1);
                break;
        }
        if (own < binding) text.Append(')');
    }

    /// <summary>A point after a number would belong to it.</summary>
    private static void Target(StringBuilder text, ExpressionNode target)
        => Write(text, target, target is LiteralNode { Value: NumberValue } ? Number : Postfix);

    private static void WriteAll(StringBuilder text, ImmutableArray<ExpressionNode> nodes, string between, int binding)
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            if (i > 0) text.Append(between);
            Write(text, nodes[i], binding);
        }
    }

    private static int Binding(ExpressionNode node) => node switch
    {
        LogicalNode { All: false } => Or,
        LogicalNode => And,
        ComparisonNode { Operator: "==" or "!=" } => Equality,
        ComparisonNode => Order,
        NotNode => Prefix,
        _ => Postfix,
    };

    private static string Literal(ExpressionValue value) => value switch
    {
        NullValue => "null",
        StringValue written => Quote(written.Value),
        NumberValue { Value: var number } => number == 0 && double.IsNegative(number) ? "-0"
            : number.ToString("R", CultureInfo.InvariantCulture),
        _ => value.ToText(),
    };
}
