namespace Fairway.Policy;

/// <summary>Finds the type of an expression and of all its parts, and what cannot be evaluated with any values of those types.</summary>
internal sealed partial class Checker
{
    private const int MostIssues = 20;

    private readonly CelDeclarations _declarations;
    private readonly NameResolver _names;
    private readonly SourceText _source;
    private readonly TypeUnifier _types = new();
    private readonly List<(string Name, CelType Type)> _locals = [];
    private readonly List<CelIssue> _issues = [];

    private Checker(CelDeclarations declarations, NameResolver names, SourceText source) => (_declarations, _names, _source) = (declarations, names, source);

    /// <summary>The type, and all mistakes by place.</summary>
    public static (CelType Type, ImmutableArray<CelIssue> Issues) Check(CelExpr expression, CelDeclarations declarations, NameResolver names, SourceText source)
    {
        var checker = new Checker(declarations, names, source);
        var type = checker._types.Final(checker.Type(expression));
        return (type, [.. checker._issues.OrderBy(issue => issue.At.Offset).Take(MostIssues)]);
    }

    private CelType Wrong(int at, string what, string? expected = null, string? didYouMean = null)
    {
        if (_issues.Count < MostIssues * 4) _issues.Add(new(_source.Place(at), what, expected, didYouMean));
        return CelType.Error;
    }

    private CelType Type(CelExpr expression) => expression switch
    {
        LiteralExpr literal => literal.Value.Type,
        NameExpr or SelectExpr { Optional: false } => Chain(expression),
        SelectExpr select => Optional(Field(Type(select.Operand), select.Field, select.At)),
        HasExpr has => Has(has),
        IndexExpr index => Index(index),
        CallExpr call => Call(call),
        LogicExpr logic => Logic(logic),
        ChoiceExpr choice => Choice(choice),
        ListExpr list => List(list),
        MapExpr map => Map(map),
        RecordExpr record => Record(record),
        LoopExpr loop => Loop(loop),
        BindExpr bind => Bind(bind),
        OptionalMapExpr map => OptionalMap(map),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private CelType Expect(CelType expected, CelExpr expression, string what)
    {
        var type = Type(expression);
        return _types.Accept([(expected, type)]) ? type : Wrong(expression.At, $"{what} is {Shown(type)}", Shown(expected));
    }

    private string Shown(CelType type) => _types.Final(type).Text;

    private CelType Has(HasExpr has)
    {
        Field(Type(has.Operand), has.Field, has.At);
        return CelType.Bool;
    }

    private CelType Logic(LogicExpr logic)
    {
        foreach (var term in logic.Terms) Expect(CelType.Bool, term, $"this side of {(logic.IsAnd ? "&&" : "||")}");
        return CelType.Bool;
    }

    private CelType Choice(ChoiceExpr choice)
    {
        Expect(CelType.Bool, choice.Condition, "the condition");
        var (then, otherwise) = (Type(choice.Then), Type(choice.Else));
        var result = _types.Fresh();
        return _types.Accept([(result, then), (result, otherwise)]) ? result
            : Wrong(choice.At, $"the results are {Shown(then)} and {Shown(otherwise)}", "one type on both sides of the colon, or dyn() around one of them");
    }

    private CelType List(ListExpr list)
    {
        CelType? type = null;
        foreach (var item in list.Items) type = _types.Join(type, Item(item.Value, item.Optional));
        return CelType.List(type ?? _types.Fresh());
    }

    private CelType Map(MapExpr map)
    {
        CelType? key = null, value = null;
        foreach (var item in map.Items)
        {
            var keyType = Type(item.Key);
            if (_types.Known(keyType).Kind is not (CelKind.Int or CelKind.Uint or CelKind.Bool or CelKind.String or CelKind.Dyn or CelKind.Error or CelKind.Parameter or CelKind.Wrapper))
                keyType = Wrong(item.Key.At, $"a key is {Shown(keyType)}", "an int, uint, bool or string");
            key = _types.Join(key, keyType);
            value = _types.Join(value, Item(item.Value, item.Optional));
        }
        return CelType.Map(key ?? _types.Fresh(), value ?? _types.Fresh());
    }

    private CelType Item(CelExpr expression, bool optional)
    {
        var type = Type(expression);
        if (!optional) return type;
        var inner = _types.Fresh();
        return _types.Accept([(CelType.Optional(inner), type)]) ? inner : Wrong(expression.At, $"what follows ? is {Shown(type)}", "an optional value");
    }

    private CelType Record(RecordExpr record)
    {
        if (_names.RecordType(record.TypeName, record.Rooted) is not { } name)
        {
            foreach (var field in record.Fields) Type(field.Value);
            return Wrong(record.At, $"there is no type {record.TypeName}", null, NearestName.Of(record.TypeName, _declarations.Records.Keys));
        }
        var (type, fields) = _declarations.Record(name) is { } declared ? (declared.Type, declared.Fields) : WellKnownTypes.Describe(name);
        foreach (var field in record.Fields)
        {
            var given = Item(field.Value, field.Optional);
            if (fields.FirstOrDefault(one => one.Name == field.Name) is not { } known)
                Wrong(field.At, $"{name} has no field {field.Name}", null, NearestName.Of(field.Name, fields.Select(one => one.Name)));
            else if (!_types.Accept([(known.Type, given)])) Wrong(field.Value.At, $"{field.Name} is {Shown(given)}", known.Type.Text);
        }
        return type;
    }

    private CelType Bind(BindExpr bind)
    {
        var value = Type(bind.Value);
        return Within([(bind.Name, value)], () => Type(bind.Body));
    }

    private CelType OptionalMap(OptionalMapExpr map)
    {
        var target = Type(map.Target);
        var inner = _types.Fresh();
        if (!_types.Accept([(CelType.Optional(inner), target)])) Wrong(map.At, $"{(map.IsFlat ? "optFlatMap" : "optMap")}() is called on {Shown(target)}", "an optional value");
        var body = Within([(map.Name, inner)], () => Type(map.Body));
        if (!map.IsFlat) return CelType.Optional(body);
        var result = CelType.Optional(_types.Fresh());
        return _types.Accept([(result, body)]) ? result : Wrong(map.Body.At, $"optFlatMap() makes {Shown(body)}", "an optional value");
    }

    private T Within<T>(ReadOnlySpan<(string Name, CelType Type)> locals, Func<T> check)
    {
        var outside = _locals.Count;
        _locals.AddRange(locals);
        var result = check();
        _locals.RemoveRange(outside, _locals.Count - outside);
        return result;
    }

    private static CelType Optional(CelType type) => type.Kind == CelKind.Optional ? type : CelType.Optional(type);
}
