namespace Fairway.Policy;

/// <summary>Lists, maps, records, arguments, and the macros that look like calls.</summary>
internal sealed partial class CelParser
{
    private ImmutableArray<CelExpr> Arguments()
    {
        if (Take(")")) return [];
        var arguments = ImmutableArray.CreateBuilder<CelExpr>();
        do arguments.Add(Expression());
        while (Take(","));
        Expect(")", ", or )");
        return arguments.ToImmutable();
    }

    private ListExpr List()
    {
        var at = _token.Start;
        Take("[");
        var items = ImmutableArray.CreateBuilder<ListItem>();
        while (!Is("]"))
        {
            var optional = Take("?");
            items.Add(new(Expression(), optional));
            if (!Take(",")) break;
        }
        Expect("]", ", or ]");
        return Made(new ListExpr(at, items.ToImmutable()));
    }

    private MapExpr Map()
    {
        var at = _token.Start;
        Take("{");
        var items = ImmutableArray.CreateBuilder<MapItem>();
        while (!Is("}"))
        {
            var optional = Take("?");
            var key = Expression();
            Expect(":", ": and the key's value");
            items.Add(new(key, Expression(), optional));
            if (!Take(",")) break;
        }
        Expect("}", ", or }");
        return Made(new MapExpr(at, items.ToImmutable()));
    }

    private RecordExpr Record(int at, string name, bool rooted)
    {
        Take("{");
        var fields = ImmutableArray.CreateBuilder<FieldItem>();
        while (!Is("}"))
        {
            var optional = Take("?");
            var fieldAt = _token.Start;
            var field = Selector();
            if (fields.Any(known => known.Name == field)) throw new CelSyntaxException(fieldAt, $"the field {field} is there twice");
            Expect(":", ": and the field's value");
            fields.Add(new(fieldAt, field, Expression(), optional));
            if (!Take(",")) break;
        }
        Expect("}", ", or }");
        return Made(new RecordExpr(at, name, rooted, fields.ToImmutable()));
    }

    private static CelExpr Call(int at, string name, CelExpr? target, ImmutableArray<CelExpr> arguments, bool rooted)
    {
        if (target is null && !rooted && name == "has" && arguments.Length == 1)
            return arguments[0] is SelectExpr { Optional: false } select ? Made(new HasExpr(at, select.Operand, select.Field))
                : throw new CelSyntaxException(arguments[0].At, "has() asks for a field", "has(value.field)");
        if (target is NameExpr { Name: "cel", Rooted: false } && name == "bind" && arguments.Length == 3)
            return Made(new BindExpr(at, Variable(arguments[0], "cel.bind"), arguments[1], arguments[2]));
        if (target is not null && name is "optMap" or "optFlatMap" && arguments.Length == 2)
            return Made(new OptionalMapExpr(at, name == "optFlatMap", target!, Variable(arguments[0], name), arguments[1]));
        if (target is not null && Loop(at, name, target, arguments) is { } loop) return loop;
        return Made(new CallExpr(at, name, target, arguments, rooted));
    }

    private static LoopExpr? Loop(int at, string name, CelExpr range, ImmutableArray<CelExpr> arguments)
    {
        LoopKind? kind = (name, arguments.Length) switch
        {
            ("all", 2 or 3) => LoopKind.All,
            ("exists", 2 or 3) => LoopKind.Exists,
            ("exists_one" or "existsOne", 2 or 3) => LoopKind.ExistsOne,
            ("map", 2 or 3) => LoopKind.Map,
            ("filter", 2) => LoopKind.Filter,
            ("transformList", 3 or 4) => LoopKind.TransformList,
            ("transformMap", 3 or 4) => LoopKind.TransformMap,
            ("transformMapEntry", 3 or 4) => LoopKind.TransformMapEntry,
            ("sortBy", 2) => LoopKind.SortBy,
            _ => null,
        };
        if (kind is not { } loop) return null;
        var first = Variable(arguments[0], name);
        var two = loop is LoopKind.TransformList or LoopKind.TransformMap or LoopKind.TransformMapEntry
            || (arguments.Length == 3 && loop is LoopKind.All or LoopKind.Exists or LoopKind.ExistsOne);
        var second = two ? Variable(arguments[1], name) : null;
        if (second == first) throw new CelSyntaxException(arguments[1].At, $"{name} needs two names, and {first} is there twice");
        var filter = arguments.Length == (two ? 4 : 3) ? arguments[^2] : null;
        return Made(new LoopExpr(at, loop, name, range, first, second, filter, arguments[^1]));
    }

    private static string Variable(CelExpr argument, string macro) => argument is NameExpr { Rooted: false, Name: var name } ? name
        : throw new CelSyntaxException(argument.At, $"{macro} names a variable first", "a plain name such as x");
}
