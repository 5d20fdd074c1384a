namespace Fairway.Policy;

/// <summary>Names, fields, indexes, calls and macros.</summary>
internal sealed partial class Checker
{
    private CelType Chain(CelExpr expression)
    {
        if (NameResolver.Chain(expression, out var root) is not { } chain)
        {
            var select = (SelectExpr)expression;
            return Field(Type(select.Operand), select.Field, select.At);
        }
        CelType type;
        int taken;
        if (!root!.Rooted && _locals.FindLastIndex(local => local.Name == root.Name) is >= 0 and var index) (type, taken) = (_locals[index].Type, 1);
        else if (_names.Resolve(chain, root.Rooted) is { } resolved) (type, taken) = (resolved.Variable?.Type ?? resolved.Constant!.Type, resolved.Segments);
        else return Unknown(root, chain);
        var parts = new Stack<SelectExpr>();
        for (var part = expression; parts.Count < chain.Length - taken; part = ((SelectExpr)part).Operand) parts.Push((SelectExpr)part);
        foreach (var part in parts) type = Field(type, part.Field, part.At);
        return type;
    }

    private CelType Unknown(NameExpr root, ImmutableArray<string> chain)
    {
        var known = _declarations.Variables.Keys.Concat(_locals.Select(local => local.Name)).ToArray();
        if (_names.Function(root.Name, root.Rooted, out _) is not null && chain.Length == 1)
            return Wrong(root.At, $"{root.Name} is a function", $"{root.Name}(…)");
        return Wrong(root.At, $"there is no variable {root.Name}", known.Length is > 0 and <= 12 ? $"one of {string.Join(", ", known.Distinct(StringComparer.Ordinal))}" : null,
            NearestName.Of(string.Join('.', chain), known) ?? NearestName.Of(root.Name, known));
    }

    // Of an optional value a field is optional again.
    private CelType Field(CelType operand, string field, int at)
    {
        var type = _types.Known(operand);
        switch (type.Kind)
        {
            case CelKind.Dyn or CelKind.Error:
                return type;
            case CelKind.Parameter:
                _types.Accept([(type, CelType.Dyn)]);
                return CelType.Dyn;
            case CelKind.Optional:
                return Optional(Field(type.Parameters[0], field, at));
            case CelKind.Map:
                return _types.Accept([(type.Parameters[0], CelType.String)]) ? type.Parameters[1]
                    : Wrong(at, $"the keys of {Shown(type)} are not strings", $"[{Shown(type.Parameters[0])}]");
            case CelKind.Record when _declarations.Record(type.Name) is { } record:
                return record.Find(field)?.Type
                    ?? Wrong(at, $"{Spoken(type.Name)} has no field {field}", record.Fields.Length is > 0 and <= 12 ? $"one of {string.Join(", ", record.Fields.Select(one => one.Name))}" : null,
                        NearestName.Of(field, record.Fields.Select(one => one.Name)));
            default:
                return Wrong(at, $"{Shown(type)} has no fields", "a record or a map before the dot");
        }
    }

    private static string Spoken(string typeName) => typeName[(typeName.LastIndexOf('.') + 1)..] is { Length: > 0 } name ? char.ToLowerInvariant(name[0]) + name[1..] : typeName;

    private CelType Index(IndexExpr index)
    {
        var result = Index(_types.Known(Type(index.Operand)), Type(index.Index), index);
        return index.Optional ? Optional(result) : result;
    }

    private CelType Index(CelType operand, CelType key, IndexExpr index)
    {
        switch (operand.Kind)
        {
            case CelKind.Dyn or CelKind.Error:
                return operand;
            case CelKind.Parameter:
                _types.Accept([(operand, CelType.Dyn)]);
                return CelType.Dyn;
            case CelKind.Optional:
                return Optional(Index(_types.Known(operand.Parameters[0]), key, index));
            case CelKind.List:
                return _types.Accept([(CelType.Int, key)]) ? operand.Parameters[0] : Wrong(index.Index.At, $"the index of a list is {Shown(key)}", "int");
            case CelKind.Map:
                return _types.Accept([(operand.Parameters[0], key)]) ? operand.Parameters[1]
                    : Wrong(index.Index.At, $"the key of {Shown(operand)} is {Shown(key)}", Shown(operand.Parameters[0]));
            default:
                return Wrong(index.At, $"{Shown(operand)} has no index", "a list or a map before [");
        }
    }

    private CelType Call(CallExpr call)
    {
        if (call.Target is not null && _names.Namespaced(call, name => _locals.Exists(local => local.Name == name)) is { } functions)
            return Overload(call, functions, [.. call.Arguments.Select(Type)]);
        var types = call.Parts.Select(Type).ToImmutableArray();
        var found = call.Target is null ? _names.Function(call.Function, call.Rooted, out _) : _names.Method(call.Function);
        return found is { } overloads ? Overload(call, overloads, types) : NoFunction(call);
    }

    private CelType NoFunction(CallExpr call)
    {
        if (call.Target is not null && _names.Function(call.Function, false, out _) is not null)
            return Wrong(call.At, $"{call.Function} is not called on a value", $"{call.Function}(value)");
        if (call.Target is null && _names.Method(call.Function) is not null)
            return Wrong(call.At, $"{call.Function} is called on a value", $"value.{call.Function}(…)");
        var name = call.Target is not null && NameResolver.Chain(call.Target, out _) is { } chain && _names.Resolve(chain, false) is null ? $"{string.Join('.', chain)}.{call.Function}" : call.Function;
        return Wrong(call.At, $"there is no function {name}", null, NearestName.Of(name, _declarations.FunctionNames.Where(known => char.IsAsciiLetter(known[0]))
            .Concat(["all", "exists", "exists_one", "map", "filter", "has", "transformList", "transformMap", "sortBy", "optMap", "optFlatMap", "cel.bind"])));
    }

    private CelType Overload(CallExpr call, ImmutableArray<CelFunction> overloads, ImmutableArray<CelType> arguments)
    {
        CelType? result = null;
        foreach (var overload in overloads)
        {
            var signature = overload.Signature;
            if (!signature.Takes(arguments.Length) || (overload.IsFallback && result is not null)) continue;
            var rename = _types.Renaming();
            if (!_types.Accept(arguments.Select((argument, index) => (rename(signature.Parameter(index)), argument)))) continue;
            var given = _types.Known(rename(signature.Result));
            // Several fit when a type is not known: the result is known only if it is the same of all.
            result = result is null ? given : result.Equals(given) ? result : CelType.Dyn;
        }
        return result ?? NoOverload(call, overloads, arguments);
    }

    private CelType NoOverload(CallExpr call, ImmutableArray<CelFunction> overloads, ImmutableArray<CelType> arguments)
    {
        var types = arguments.Select(Shown).ToArray();
        if (arguments.Any(argument => argument.Kind == CelKind.Error)) return CelType.Error;
        var isSymbol = call.Target is null && !char.IsAsciiLetter(call.Function[0]);
        if (isSymbol)
        {
            var symbol = call.Function == "@in" ? "in" : call.Function.Trim('_');
            var numbers = arguments.All(argument => _types.Known(argument).Kind is CelKind.Int or CelKind.Uint or CelKind.Double);
            return Wrong(call.At, $"{symbol} does not take {string.Join(" and ", types)}",
                Rewritten(call, arguments) ?? (numbers && arguments.Length == 2 ? $"the same type on both sides, such as {types[0]}(…) around the right one"
                    : symbol is "==" or "!=" ? "the same type on both sides, or dyn(…) around one of them" : null));
        }
        var fitting = overloads.Where(overload => overload.Signature.Takes(arguments.Length)).DefaultIfEmpty(overloads[0]).Select(overload => overload.Signature.Text);
        return Wrong(call.At, $"{call.Function}() does not take {(types.Length == 0 ? "nothing" : string.Join(", ", types))}", string.Join(" or ", fitting.Take(4)));
    }

    // A whole number beside a double or a uint was meant as one.
    private string? Rewritten(CallExpr call, ImmutableArray<CelType> arguments)
    {
        for (var i = 0; i < 2 && arguments.Length == 2; i++)
            if (call.Arguments[i] is LiteralExpr { Value: CelInt { Value: var number } })
            {
                var other = _types.Known(arguments[1 - i]).Kind;
                if (other == CelKind.Double || (other == CelKind.Uint && number >= 0)) return other == CelKind.Double ? $"{number}.0" : $"{number}u";
            }
        return null;
    }

    private CelType Loop(LoopExpr loop)
    {
        var range = _types.Known(Type(loop.Range));
        var (key, item) = Items(loop, range);
        var first = loop.Second is null && range.Kind != CelKind.Map ? item : key;
        return Within(loop.Second is null ? [(loop.First, first)] : [(loop.First, first), (loop.Second, item)], () =>
        {
            if (loop.Filter is not null) Expect(CelType.Bool, loop.Filter, $"the condition of {loop.Macro}()");
            if (loop.Kind is LoopKind.All or LoopKind.Exists or LoopKind.ExistsOne or LoopKind.Filter)
            {
                Expect(CelType.Bool, loop.Body, $"the condition of {loop.Macro}()");
                return loop.Kind == LoopKind.Filter ? CelType.List(first) : CelType.Bool;
            }
            var body = Type(loop.Body);
            return loop.Kind switch
            {
                LoopKind.SortBy => Sorted(loop, range, body),
                LoopKind.TransformMap => CelType.Map(key, body),
                LoopKind.TransformMapEntry => Entries(loop, body),
                _ => CelType.List(body),
            };
        });
    }

    private CelType Sorted(LoopExpr loop, CelType range, CelType key)
        => _types.Known(key).Kind is CelKind.List or CelKind.Map or CelKind.Record or CelKind.Null or CelKind.Type or CelKind.Optional
            ? Wrong(loop.Body.At, $"{Shown(key)} has no order", "a number, string, bytes, bool, timestamp or duration") : range;

    private CelType Entries(LoopExpr loop, CelType body)
    {
        var map = CelType.Map(_types.Fresh(), _types.Fresh());
        return _types.Accept([(map, body)]) ? map : Wrong(loop.Body.At, $"{loop.Macro}() makes {Shown(body)}", "a map, of which the entries are taken");
    }

    // Types of what the two variables stand for: index and item, or key and value.
    private (CelType Key, CelType Item) Items(LoopExpr loop, CelType range)
    {
        switch (range.Kind)
        {
            case CelKind.List: return (CelType.Int, range.Parameters[0]);
            case CelKind.Map when loop.Kind != LoopKind.SortBy: return (range.Parameters[0], range.Parameters[1]);
            case CelKind.Dyn or CelKind.Error: return (range, range);
            case CelKind.Parameter:
                _types.Accept([(range, CelType.Dyn)]);
                return (CelType.Dyn, CelType.Dyn);
            default:
                Wrong(loop.Range.At, $"{loop.Macro}() is called on {Shown(range)}", loop.Kind == LoopKind.SortBy ? "a list" : "a list or a map");
                return (CelType.Error, CelType.Error);
        }
    }
}
