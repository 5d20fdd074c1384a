namespace Fairway.Policy;

/// <summary>An expression, ready to be evaluated.</summary>
/// <param name="Root">Its outermost step.</param>
/// <param name="Slots">How many macros' variables it has at once.</param>
/// <param name="Reads">What it reads of its variables, as paths.</param>
internal sealed record Plan(Step Root, int Slots, ImmutableArray<string> Reads);

/// <summary>Turns an expression into steps: names are found once, functions' overloads are chosen by name and number of arguments.</summary>
internal sealed class Planner
{
    private readonly CelDeclarations _declarations;
    private readonly NameResolver _names;
    private readonly SourceText _source;
    private readonly List<(string Name, int Slot)> _locals = [];
    private readonly List<string> _reads = [];
    private int _slots;

    private Planner(CelDeclarations declarations, NameResolver names, SourceText source) => (_declarations, _names, _source) = (declarations, names, source);

    public static Plan Make(CelExpr expression, CelDeclarations declarations, NameResolver names, SourceText source)
    {
        var planner = new Planner(declarations, names, source);
        var root = planner.Step(expression);
        return new(root, planner._slots, [.. planner._reads.Distinct(StringComparer.Ordinal)]);
    }

    private Step Step(CelExpr expression)
    {
        var at = _source.Place(expression.At);
        switch (expression)
        {
            case LiteralExpr { Value: var value }: return new ConstantStep(value);
            case NameExpr or SelectExpr { Optional: false }: return Chain(expression, at);
            case SelectExpr select: return new SelectStep(Step(select.Operand), select.Field, select.Optional, _declarations, at);
            case HasExpr has: return Has(has, at);
            case IndexExpr index: return new IndexStep(Step(index.Operand), Step(index.Index), index.Optional, at);
            case CallExpr call: return Call(call, at);
            case LogicExpr logic: return new LogicStep([.. logic.Terms.Select(Step)], logic.IsAnd, at);
            case ChoiceExpr choice: return new ChoiceStep(Step(choice.Condition), Step(choice.Then), Step(choice.Else), at);
            case ListExpr list: return new ListStep([.. list.Items.Select(item => (Step(item.Value), item.Optional))], at);
            case MapExpr map: return new MapStep([.. map.Items.Select(item => (Step(item.Key), Step(item.Value), item.Optional))], at);
            case RecordExpr record: return Record(record, at);
            case LoopExpr loop: return Loop(loop, at);
            case BindExpr bind:
                var bound = Step(bind.Value);
                return Within(bind.Name, slot => new BindStep(slot, bound, Step(bind.Body)));
            case OptionalMapExpr map:
                var target = Step(map.Target);
                return Within(map.Name, slot => new OptionalMapStep(target, slot, Step(map.Body), map.IsFlat, at));
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    private HasStep Has(HasExpr has, CelPosition at)
    {
        var known = _reads.Count;
        var operand = Step(has.Operand);
        // What is read is the field, not all that is beside it.
        if (has.Operand is NameExpr or SelectExpr && _reads.Count == known + 1) _reads[^1] += "." + has.Field;
        return new HasStep(operand, has.Field, at);
    }

    private Step Within(string name, Func<int, Step> make)
    {
        var slot = Enter(name);
        var step = make(slot);
        _locals.RemoveAt(_locals.Count - 1);
        return step;
    }

    private int Enter(string name)
    {
        _locals.Add((name, _locals.Count));
        _slots = Math.Max(_slots, _locals.Count);
        return _locals.Count - 1;
    }

    private int Local(string name) => _locals.FindLastIndex(local => local.Name == name);

    private Step Chain(CelExpr expression, CelPosition at)
    {
        if (NameResolver.Chain(expression, out var root) is not { } chain)
        {
            var select = (SelectExpr)expression;
            return new SelectStep(Step(select.Operand), select.Field, select.Optional, _declarations, at);
        }
        Step step;
        int taken;
        if (!root!.Rooted && Local(root.Name) is >= 0 and var slot) (step, taken) = (new SlotStep(slot), 1);
        else if (_names.Resolve(chain, root.Rooted) is { } resolved)
        {
            taken = resolved.Segments;
            step = resolved.Constant is { } constant ? new ConstantStep(constant) : new VariableStep(resolved.Name, _source.Place(root.At));
            if (resolved.Variable is not null) _reads.Add(string.Join('.', chain.AsSpan()[taken..].ToArray().Prepend(resolved.Name)));
        }
        else
        {
            _reads.Add(string.Join('.', chain));
            return new SearchStep([.. Candidates(chain, root.Rooted)], string.Join('.', chain), _declarations, at);
        }
        var parts = new Stack<SelectExpr>();
        for (var part = expression; parts.Count < chain.Length - taken; part = ((SelectExpr)part).Operand) parts.Push((SelectExpr)part);
        foreach (var part in parts) step = new SelectStep(step, part.Field, optional: false, _declarations, _source.Place(part.At));
        return step;
    }

    private IEnumerable<(string Name, ImmutableArray<string> Fields)> Candidates(ImmutableArray<string> chain, bool rooted)
    {
        for (var count = chain.Length; count > 0; count--)
            foreach (var name in _declarations.Candidates(string.Join('.', chain.AsSpan()[..count]!), rooted))
                yield return (name, chain[count..]);
    }

    private Step Call(CallExpr call, CelPosition at)
    {
        if (call.Target is null)
        {
            var overloads = _names.Function(call.Function, call.Rooted, out var name) ?? [];
            return new CallStep(name, overloads, [.. call.Arguments.Select(Step)], at);
        }
        if (_names.Namespaced(call, name => Local(name) >= 0) is { } functions)
            return new CallStep(call.Function, functions, [.. call.Arguments.Select(Step)], at);
        var target = Step(call.Target);
        if (call.Function is "or" or "orValue" && call.Arguments.Length == 1)
            return new OrElseStep(target, Step(call.Arguments[0]), call.Function == "orValue", at);
        return new CallStep(call.Function, _names.Method(call.Function) ?? [], [target, .. call.Arguments.Select(Step)], at);
    }

    private RecordStep Record(RecordExpr record, CelPosition at)
    {
        var name = _names.RecordType(record.TypeName, record.Rooted) ?? record.TypeName;
        var fields = record.Fields.Select(field => (field.Name, Step(field.Value), field.Optional, _source.Place(field.At)));
        return new(name, _declarations.Record(name) ?? (WellKnownTypes.IsKnown(name) ? null : new CelRecordType(name, [])), [.. fields], at);
    }

    private LoopStep Loop(LoopExpr loop, CelPosition at)
    {
        var range = Step(loop.Range);
        var first = Enter(loop.First);
        var second = loop.Second is null ? -1 : Enter(loop.Second);
        var filter = loop.Filter is null ? null : Step(loop.Filter);
        var body = Step(loop.Body);
        _locals.RemoveRange(first, _locals.Count - first);
        return new(loop.Kind, loop.Macro, range, first, second, filter, body, at);
    }
}
