using System.Text;

namespace Fairway.Policy;

/// <summary>Writes an expression in its plainest form; what is written parses to the same expression.</summary>
internal sealed class CelPrinter
{
    private const int Choice = 1, Or = 2, And = 3, Relation = 4, Sum = 5, Product = 6, Sign = 7, Chain = 8;

    private readonly StringBuilder _text = new();

    public static string Print(CelExpr expression)
    {
        var printer = new CelPrinter();
        printer.Write(expression, 0);
        return printer._text.ToString();
    }

    private static int Level(CelExpr expression) => expression switch
    {
        ChoiceExpr => Choice,
        LogicExpr { IsAnd: false } => Or,
        LogicExpr => And,
        CallExpr { Function: "!_" or "-_" } => Sign,
        CallExpr { Function: "@in" } => Relation,
        CallExpr { Function: ['_', .. var symbol, '_'], Target: null } when !char.IsAsciiLetterOrDigit(symbol[0]) => symbol switch
        {
            "+" or "-" => Sum,
            "*" or "/" or "%" => Product,
            _ => Relation,
        },
        LiteralExpr { Value: CelInt { Value: < 0 } } => Sign,
        LiteralExpr { Value: CelDouble { Value: var number } } when double.IsNegative(number) => Sign,
        _ => Chain,
    };

    private void Write(CelExpr expression, int least)
    {
        var level = Level(expression);
        if (level < least) _text.Append('(');
        Plain(expression, level);
        if (level < least) _text.Append(')');
    }

    private void Plain(CelExpr expression, int level)
    {
        switch (expression)
        {
            case LiteralExpr { Value: var value }:
                _text.Append(CelText.Of(value, cut: false));
                break;
            case NameExpr name:
                _text.Append(name.Rooted ? "." : "").Append(name.Name);
                break;
            case SelectExpr select:
                Write(select.Operand, Chain);
                _text.Append(select.Optional ? ".?" : ".").Append(Selector(select.Field));
                break;
            case HasExpr has:
                _text.Append("has(");
                Write(has.Operand, Chain);
                _text.Append('.').Append(Selector(has.Field)).Append(')');
                break;
            case IndexExpr index:
                Write(index.Operand, Chain);
                _text.Append(index.Optional ? "[?" : "[");
                Write(index.Index, 0);
                _text.Append(']');
                break;
            case CallExpr call when level < Chain:
                Operator(call, level);
                break;
            case CallExpr call:
                Call(call.Rooted ? "." + call.Function : call.Function, call.Target, call.Arguments);
                break;
            case LogicExpr logic:
                Each(logic.Terms, logic.IsAnd ? " && " : " || ", term => Write(term, level + 1));
                break;
            case ChoiceExpr choice:
                Write(choice.Condition, Or);
                _text.Append(" ? ");
                Write(choice.Then, Or);
                _text.Append(" : ");
                Write(choice.Else, Choice);
                break;
            case LoopExpr loop:
                Call(loop.Macro, loop.Range, Arguments(loop));
                break;
            case BindExpr bind:
                Call("cel.bind", null, [new NameExpr(0, bind.Name, false), bind.Value, bind.Body]);
                break;
            case OptionalMapExpr map:
                Call(map.IsFlat ? "optFlatMap" : "optMap", map.Target, [new NameExpr(0, map.Name, false), map.Body]);
                break;
            default:
                Aggregate(expression);
                break;
        }
    }

    private void Aggregate(CelExpr expression)
    {
        switch (expression)
        {
            case ListExpr list:
                _text.Append('[');
                Each(list.Items, ", ", item =>
                {
                    _text.Append(item.Optional ? "?" : "");
                    Write(item.Value, 0);
                });
                _text.Append(']');
                break;
            case MapExpr map:
                _text.Append('{');
                Each(map.Items, ", ", item =>
                {
                    _text.Append(item.Optional ? "?" : "");
                    Write(item.Key, 0);
                    _text.Append(": ");
                    Write(item.Value, 0);
                });
                _text.Append('}');
                break;
            case RecordExpr record:
                _text.Append(record.Rooted ? "." : "").Append(record.TypeName).Append('{');
                Each(record.Fields, ", ", field =>
                {
                    _text.Append(field.Optional ? "?" : "").Append(Selector(field.Name)).Append(": ");
                    Write(field.Value, 0);
                });
                _text.Append('}');
                break;
        }
    }

    private static ImmutableArray<CelExpr> Arguments(LoopExpr loop)
    {
        var arguments = ImmutableArray.CreateBuilder<CelExpr>();
        arguments.Add(new NameExpr(0, loop.First, false));
        if (loop.Second is not null) arguments.Add(new NameExpr(0, loop.Second, false));
        if (loop.Filter is not null) arguments.Add(loop.Filter);
        arguments.Add(loop.Body);
        return arguments.ToImmutable();
    }

    private void Operator(CallExpr call, int level)
    {
        if (level == Sign)
        {
            _text.Append(call.Function[0]);
            // "-1" would be a number, "!-x" and "-!x" are no expressions.
            var isSame = call.Arguments[0] is CallExpr inner && inner.Function == call.Function;
            var isNegative = call.Function == "-_" && call.Arguments[0] is LiteralExpr && Level(call.Arguments[0]) == Sign;
            var isNumber = call.Arguments[0] is LiteralExpr { Value: CelInt or CelDouble };
            Write(call.Arguments[0], isSame || isNegative ? Sign : isNumber ? Chain + 1 : Chain);
            return;
        }
        Write(call.Arguments[0], level);
        _text.Append(' ').Append(call.Function == "@in" ? "in" : call.Function[1..^1]).Append(' ');
        Write(call.Arguments[1], level + 1);
    }

    private void Call(string name, CelExpr? target, ImmutableArray<CelExpr> arguments)
    {
        if (target is not null)
        {
            Write(target, Chain);
            _text.Append('.');
        }
        _text.Append(name).Append('(');
        Each(arguments, ", ", argument => Write(argument, 0));
        _text.Append(')');
    }

    private void Each<T>(ImmutableArray<T> parts, string between, Action<T> write)
    {
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 0) _text.Append(between);
            write(parts[i]);
        }
    }

    private static string Selector(string name)
        => name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') && !char.IsAsciiDigit(name[0]) && name is not ("true" or "false" or "null" or "in")
            ? name : $"`{name}`";
}
