using System.Globalization;
using System.Text;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Writes expressions the way Prometheus does, in one line or in several.</summary>
public static class Printer
{
    private const int MostCharacters = 100;

    /// <summary>In one line; parses back to the same.</summary>
    public static string Line(Expr expr)
    {
        var text = new StringBuilder();
        Write(expr, text);
        return text.ToString();
    }

    /// <summary>In lines of about 100 characters, what is inside two blanks deeper (the API's <c>format_query</c>).</summary>
    public static string Pretty(Expr expr, int level = 0)
    {
        var indent = new string(' ', 2 * level);
        var line = Line(expr);
        switch (expr)
        {
            case UnaryExpr unary:
                return indent + (unary.Negative ? "-" : "+") + Pretty(unary.Inner, level).TrimStart();
            case not (BinaryExpr or AggregateExpr or CallExpr or ParenExpr or SubqueryExpr):
            case var _ when Encoding.UTF8.GetByteCount(line) <= MostCharacters:
                return indent + line;
            case BinaryExpr b:
                return $"{Pretty(b.Left, level + 1)}\n{indent}{b.Operator.Text()}{Modifiers(b)}\n{Pretty(b.Right, level + 1)}";
            case AggregateExpr a:
                var parameter = a.Parameter is null ? "" : Pretty(a.Parameter, level + 1) + ",\n";
                return $"{indent}{Head(a)}(\n{parameter}{Pretty(a.Inner, level + 1)}\n{indent})";
            case CallExpr c:
                return $"{indent}{c.Function.Name}(\n{string.Join(",\n", c.Arguments.Select(x => Pretty(x, level + 1)))}\n{indent})";
            case ParenExpr p:
                return $"{indent}(\n{Pretty(p.Inner, level + 1)}\n{indent})";
            default:
                var subquery = (SubqueryExpr)expr;
                return Pretty(subquery.Inner, level) + Suffix(subquery);
        }
    }

    private static void Write(Expr expr, StringBuilder text)
    {
        switch (expr)
        {
            case NumberLiteral n:
                text.Append(Number(n));
                break;
            case StringLiteral s:
                text.Append(GoText.Quoted(s.Value));
                break;
            case ParenExpr p:
                text.Append('(');
                Write(p.Inner, text);
                text.Append(')');
                break;
            case UnaryExpr u:
                text.Append(u.Negative ? '-' : '+');
                Write(u.Inner, text);
                break;
            case BinaryExpr b:
                Write(b.Left, text);
                text.Append(' ').Append(b.Operator.Text()).Append(Modifiers(b)).Append(' ');
                Write(b.Right, text);
                break;
            case AggregateExpr a:
                text.Append(Head(a)).Append('(');
                if (a.Parameter is not null)
                {
                    Write(a.Parameter, text);
                    text.Append(", ");
                }

                Write(a.Inner, text);
                text.Append(')');
                break;
            case CallExpr c:
                text.Append(c.Function.Name).Append('(');
                for (var i = 0; i < c.Arguments.Length; i++)
                {
                    if (i > 0) text.Append(", ");
                    Write(c.Arguments[i], text);
                }

                text.Append(')');
                break;
            case VectorSelector v:
                text.Append(Selector(v)).Append(Word(v.Kind)).Append(Time(v.Time));
                break;
            case MatrixSelector m:
                text.Append(Selector(m.Selector)).Append('[').Append(m.Range).Append(']').Append(Word(m.Selector.Kind)).Append(Time(m.Selector.Time));
                break;
            case SubqueryExpr s:
                Write(s.Inner, text);
                text.Append(Suffix(s));
                break;
        }
    }

    private static string Number(NumberLiteral n) => n.IsDuration ? DurationText.Format((long)Math.Round(n.Value * 1000)) : GoNumber.Plain(n.Value);

    private static string Head(AggregateExpr a)
    {
        var grouping = a.Without || !a.Grouping.IsEmpty ? $" {(a.Without ? "without" : "by")} ({Names(a.Grouping)}) " : "";
        return a.Operator.Text() + grouping;
    }

    private static string Modifiers(BinaryExpr b)
    {
        var text = new StringBuilder(b.ReturnBool ? " bool" : "");
        if (b.Matching is not { } m) return text.ToString();
        var grouped = m.Cardinality is Cardinality.ManyToOne or Cardinality.OneToMany;
        if (!m.Labels.IsEmpty || m.On || grouped) text.Append(m.On ? " on (" : " ignoring (").Append(Names(m.Labels)).Append(')');
        if (grouped) text.Append(m.Cardinality == Cardinality.ManyToOne ? " group_left (" : " group_right (").Append(Names(m.Include)).Append(')');
        if (m.FillLeft is { } left && m.FillRight is { } right && left.Equals(right)) text.Append(" fill (").Append(GoNumber.Plain(left)).Append(')');
        else
        {
            if (m.FillLeft is { } onlyLeft) text.Append(" fill_left (").Append(GoNumber.Plain(onlyLeft)).Append(')');
            if (m.FillRight is { } onlyRight) text.Append(" fill_right (").Append(GoNumber.Plain(onlyRight)).Append(')');
        }

        return text.ToString();
    }

    private static string Names(IEnumerable<string> labels) => string.Join(", ", labels.Select(LabelName));

    private static bool IsPlain(string name, bool colons) => name.Length > 0 && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_' || (colons && c == ':'));

    private static string LabelName(string name) => IsPlain(name, colons: false) ? name : GoText.Quoted(name);

    private static string Selector(VectorSelector v)
    {
        var plain = IsPlain(v.Name, colons: true);
        var parts = new List<string>();
        if (v.Name.Length > 0 && !plain) parts.Add(GoText.Quoted(v.Name));
        var matchers = v.Name.Length > 0 ? v.Matchers.SkipLast(1) : v.Matchers;
        parts.AddRange(matchers.Select(m => LabelName(m.Name) + Sign(m.Kind) + GoText.Quoted(m.Value)));
        return (plain ? v.Name : "") + (parts.Count > 0 || !plain ? "{" + string.Join(",", parts) + "}" : "");
    }

    private static string Sign(MatchKind kind) => kind switch { MatchKind.Equal => "=", MatchKind.NotEqual => "!=", MatchKind.Regex => "=~", _ => "!~" };

    private static string Word(RangeKind kind) => kind switch { RangeKind.Anchored => " anchored", RangeKind.Smoothed => " smoothed", _ => "" };

    private static string Suffix(SubqueryExpr s) => $"[{s.Range}:{s.Step}]{Time(s.Time)}";

    private static string Time(TimeModifiers time)
    {
        var at = time.At switch
        {
            AtPreprocessor.Start => " @ start()",
            AtPreprocessor.End => " @ end()",
            _ => time.Timestamp is { } t ? " @ " + (t / 1000.0).ToString("F3", CultureInfo.InvariantCulture) : "",
        };
        return time.Offset is null ? at : $"{at} offset {time.Offset}";
    }
}
