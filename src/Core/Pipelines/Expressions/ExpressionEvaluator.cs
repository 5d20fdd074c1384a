using System.Globalization;
using System.Text;

namespace Fairway.Pipelines.Expressions;

/// <summary>Computes the value of an expression. Arguments and operands that do not matter are not evaluated.</summary>
internal readonly record struct ExpressionEvaluator(ExpressionContext Context, ExpressionBudget Budget)
{
    public ExpressionValue Evaluate(ExpressionNode node)
    {
        try
        {
            return node switch
            {
                LiteralNode literal => literal.Value,
                NameNode name => Context.Values.GetValueOrDefault(name.Name, ExpressionValue.Null),
                IndexNode index => Index(Evaluate(index.Target), index.Index),
                FilterNode filter => Filter(Evaluate(filter.Target)),
                CallNode call => Call(call),
                NotNode not => ExpressionValue.Of(!Evaluate(not.Operand).IsTruthy),
                ComparisonNode comparison => ExpressionValue.Of(Compare(comparison)),
                LogicalNode logical => Logical(logical),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (ExpressionFailure failure) when (failure.Offset < 0)
        {
            failure.Offset = node.Offset;
            throw;
        }
    }

    private bool Compare(ComparisonNode node)
    {
        var (left, right) = (Evaluate(node.Left), Evaluate(node.Right));
        return node.Operator switch
        {
            "==" => ExpressionComparison.AreEqual(left, right),
            "!=" => !ExpressionComparison.AreEqual(left, right),
            ">" => ExpressionComparison.IsGreater(left, right),
            "<" => ExpressionComparison.IsGreater(right, left),
            ">=" => ExpressionComparison.AreEqual(left, right) || ExpressionComparison.IsGreater(left, right),
            _ => ExpressionComparison.AreEqual(left, right) || ExpressionComparison.IsGreater(right, left),
        };
    }

    /// <summary>The first operand that decides, or the last.</summary>
    private ExpressionValue Logical(LogicalNode node)
    {
        var value = ExpressionValue.Null;
        foreach (var operand in node.Operands)
        {
            value = Evaluate(operand);
            if (value.IsTruthy != node.All) break;
        }
        return value;
    }

    private ArrayValue Filtered(ImmutableArray<ExpressionValue> items)
    {
        Budget.Values(items.Length);
        return new ArrayValue(items, filtered: true);
    }

    private ExpressionValue Filter(ExpressionValue target) => target switch
    {
        ArrayValue { Filtered: true } list => Filtered([.. list.Items.SelectMany(Values)]),
        ArrayValue or ObjectValue => Filtered([.. Values(target)]),
        _ => ExpressionValue.Null,
    };

    private static IEnumerable<ExpressionValue> Values(ExpressionValue value) => value switch
    {
        ArrayValue list => list.Items,
        ObjectValue members => members.Members.Select(member => member.Value),
        _ => [],
    };

    private ExpressionValue Index(ExpressionValue target, ExpressionNode indexNode)
    {
        if (target.IsPrimitive) return ExpressionValue.Null;
        var index = Evaluate(indexNode);
        return target is ArrayValue { Filtered: true } list
            ? Filtered([.. list.Items.Select(item => At(item, index)).OfType<ExpressionValue>()])
            : At(target, index) ?? ExpressionValue.Null;
    }

    private static ExpressionValue? At(ExpressionValue target, ExpressionValue index)
    {
        if (!index.IsPrimitive) return null;
        if (target is ObjectValue members) return members.Find(index.ToText());
        if (target is not ArrayValue list) return null;
        var place = Math.Floor(index.ToNumber());
        return place >= 0 && place < list.Items.Length ? list.Items[(int)place] : null;
    }

    private ExpressionValue Call(CallNode call) => call.Function.ToLowerInvariant() switch
    {
        "contains" => ExpressionValue.Of(Contains(call)),
        "startswith" => ExpressionValue.Of(Ends(call, static (text, part) => text.StartsWith(part, StringComparison.OrdinalIgnoreCase))),
        "endswith" => ExpressionValue.Of(Ends(call, static (text, part) => text.EndsWith(part, StringComparison.OrdinalIgnoreCase))),
        "format" => ExpressionValue.Of(Format(call)),
        "join" => ExpressionValue.Of(Join(call)),
        "tojson" => ExpressionValue.Of(ExpressionJson.Write(Evaluate(call.Arguments[0]), Budget)),
        "fromjson" => ExpressionJson.Read(Text(Evaluate(call.Arguments[0])), Budget),
        "hashfiles" => ExpressionValue.Of(Hash(call)),
        "case" => Case(call),
        "always" => ExpressionValue.True,
        "cancelled" => ExpressionValue.Of(Context.Status.Cancelled),
        "success" => ExpressionValue.Of(Status(call, static status => status.Success, all: true)),
        "failure" => ExpressionValue.Of(Status(call, static status => status.Failure, all: false)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private string Text(ExpressionValue value)
    {
        var text = value.ToText();
        if (value is not StringValue) Budget.Text(text.Length);
        return text;
    }

    private bool Contains(CallNode call)
    {
        var (search, item) = (Evaluate(call.Arguments[0]), Evaluate(call.Arguments[1]));
        return search switch
        {
            ArrayValue list => list.Items.Any(each => ExpressionComparison.AreEqual(each, item)),
            { IsPrimitive: true } when item.IsPrimitive => Text(search).Contains(Text(item), StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
    }

    private bool Ends(CallNode call, Func<string, string, bool> test)
    {
        var (text, part) = (Evaluate(call.Arguments[0]), Evaluate(call.Arguments[1]));
        return text.IsPrimitive && part.IsPrimitive && test(Text(text), Text(part));
    }

    private string Join(CallNode call)
    {
        var items = Evaluate(call.Arguments[0]);
        if (items is not ArrayValue list) return items.IsPrimitive ? Text(items) : "";
        var separator = ",";
        if (call.Arguments.Length > 1 && Evaluate(call.Arguments[1]) is { IsPrimitive: true } given) separator = given.ToText();
        var text = new StringBuilder();
        for (var i = 0; i < list.Items.Length; i++)
        {
            var item = list.Items[i].ToText();
            Budget.Text(item.Length + (i > 0 ? separator.Length : 0));
            if (i > 0) text.Append(separator);
            text.Append(item);
        }
        return text.ToString();
    }

    /// <summary><c>{N}</c> is an argument, <c>{{</c> and <c>}}</c> are braces; any other brace is a mistake.</summary>
    private string Format(CallNode call)
    {
        var pattern = Evaluate(call.Arguments[0]).ToText();
        var text = new StringBuilder();
        var values = new string?[call.Arguments.Length - 1];
        for (var i = 0; i < pattern.Length;)
        {
            var brace = pattern.AsSpan(i).IndexOfAny('{', '}');
            var end = brace < 0 ? pattern.Length : i + brace;
            Budget.Text(end - i + 1);
            text.Append(pattern, i, end - i);
            if (brace < 0) break;
            if (end + 1 < pattern.Length && pattern[end + 1] == pattern[end])
            {
                text.Append(pattern[end]);
                i = end + 2;
                continue;
            }
            if (pattern[end] == '}') throw Malformed(pattern, end, "a single } stands there; a brace is written }}");
            var close = pattern.IndexOf('}', end);
            var digits = close < 0 ? "" : pattern[(end + 1)..close];
            if (!byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var place))
                throw Malformed(pattern, end, "after { a number and } are expected; a brace is written {{");
            if (place >= values.Length) throw Malformed(pattern, end, $"there is no argument for {{{place}}}");
            var value = values[place] ??= Text(Evaluate(call.Arguments[place + 1]));
            Budget.Text(value.Length);
            text.Append(value);
            i = close + 1;
        }
        return text.ToString();
    }

    private static ExpressionFailure Malformed(string pattern, int at, string what)
    {
        var start = Math.Max(0, at - 10);
        var shown = pattern.Substring(start, Math.Min(30, pattern.Length - start));
        return new(string.Create(CultureInfo.InvariantCulture,
            $"format is given a text it cannot follow at letter {at + 1}, near \"{shown}\": {what}"));
    }

    private string Hash(CallNode call)
    {
        var self = this;
        try
        {
            return Context.HashFiles([.. call.Arguments.Select(argument => self.Text(self.Evaluate(argument)))]);
        }
        catch (FormatException refused)
        {
            throw new ExpressionFailure($"hashFiles: {refused.Message}");
        }
    }

    private ExpressionValue Case(CallNode call)
    {
        for (var i = 0; i + 1 < call.Arguments.Length; i += 2)
        {
            if (Evaluate(call.Arguments[i]) is not BooleanValue condition)
                throw new ExpressionFailure($"condition {i / 2 + 1} of case() is neither true nor false") { Offset = call.Arguments[i].Offset };
            if (condition.Value) return Evaluate(call.Arguments[i + 1]);
        }
        return Evaluate(call.Arguments[^1]);
    }

    private bool Status(CallNode call, Func<StatusChecks, bool> ask, bool all)
    {
        if (call.Arguments.IsEmpty) return ask(Context.Status);
        foreach (var argument in call.Arguments)
        {
            var id = Evaluate(argument).ToText();
            var status = Context.StatusOf(id) ?? throw new ExpressionFailure($"{call.Function}: no job {id} is needed here");
            if (ask(status) != all) return !all;
        }
        return all;
    }
}
