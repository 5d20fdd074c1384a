namespace Fairway.Policy;

/// <summary>One evaluation: the values of variables, what it may cost, and the values of macros' variables.</summary>
internal sealed class Evaluation(CelBindings bindings, CelMeter meter, int slots)
{
    public CelBindings Bindings => bindings;

    public CelMeter Meter => meter;

    public CelValue[] Slots { get; } = new CelValue[slots];
}

/// <summary>A part of an expression, ready to be evaluated. Every evaluation of a step costs one.</summary>
internal abstract class Step
{
    /// <summary>Its value, or a <see cref="CelError"/>.</summary>
    public CelValue Run(Evaluation run)
    {
        run.Meter.Charge(1);
        return Compute(run);
    }

    protected abstract CelValue Compute(Evaluation run);
}

internal sealed class ConstantStep(CelValue value) : Step
{
    protected override CelValue Compute(Evaluation run) => value;
}

internal sealed class SlotStep(int slot) : Step
{
    protected override CelValue Compute(Evaluation run) => run.Slots[slot];
}

internal sealed class VariableStep(string name, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run) => run.Bindings.Find(name) switch
    {
        null => CelError.Of(CelErrorKind.Unbound, $"{name} has no value").Placed(at),
        CelError error => error.Placed(at),
        var value => value,
    };
}

/// <summary>A chain that was not declared: the longest front of it that has a value, and then its fields.</summary>
internal sealed class SearchStep(ImmutableArray<(string Name, ImmutableArray<string> Fields)> candidates, string written, CelDeclarations declarations, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        foreach (var (name, fields) in candidates)
        {
            run.Meter.Charge(1);
            if (run.Bindings.Find(name) is not { } value) continue;
            foreach (var field in fields)
            {
                if (value is CelError) break;
                value = Access.Field(run.Meter, value, field, declarations);
            }
            return value is CelError error ? error.Placed(at) : value;
        }
        return CelError.Of(CelErrorKind.Unbound, $"there is no {written}").Placed(at);
    }
}

internal sealed class SelectStep(Step operand, string field, bool optional, CelDeclarations declarations, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var value = operand.Run(run);
        if (value is CelError) return value;
        var found = !optional ? Access.Field(run.Meter, value, field, declarations)
            : Access.TryField(run.Meter, value, field) is not { } present ? CelOptional.None
            : present is CelError ? present
            : value is CelRecord record && !Access.IsSet(record, field) ? CelOptional.None : CelOptional.Of(present);
        return found is CelError error ? error.Placed(at) : found;
    }
}

internal sealed class HasStep(Step operand, string field, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var value = operand.Run(run);
        if (value is CelError) return value;
        var found = Access.TryField(run.Meter, value, field);
        return found is CelError error ? error.Placed(at)
            : CelBool.Of(found is not null && (value is not CelRecord record || Access.IsSet(record, field)));
    }
}

internal sealed class IndexStep(Step operand, Step index, bool optional, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var value = operand.Run(run);
        if (value is CelError) return value;
        var key = index.Run(run);
        if (key is CelError) return key;
        var found = Access.TryIndex(run.Meter, value, key);
        if (found is CelError error) return error.Placed(at);
        if (optional || value is CelOptional) return found is null ? CelOptional.None : CelOptional.Of(found);
        if (found is not null) return found;
        return (value is CelList { Items.Length: var count }
            ? CelError.Of(CelErrorKind.IndexOutOfRange, $"the list has no index {CelText.Brief(key)}, it has {count} items") : Access.NoSuchKey(key)).Placed(at);
    }
}

/// <summary>A call of a function: the first overload that takes values of these types.</summary>
internal sealed class CallStep(string name, ImmutableArray<CelFunction> overloads, ImmutableArray<Step> arguments, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var values = new CelValue[arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i].Run(run);
            if (values[i] is CelError) return values[i];
        }
        foreach (var overload in overloads)
        {
            if (!Takes(overload.Signature, values)) continue;
            var result = overload.Body(run.Meter, values);
            return result is CelError error ? error.Placed(at) : result.Weight == 1 ? result : run.Meter.Admit(result);
        }
        if (Comparisons.AreNumbers(name, values))
            return overloads.First(overload => overload.Signature.Parameters[0].Kind == CelKind.Int).Body(run.Meter, values);
        return CelError.Of(CelErrorKind.NoMatchingOverload, $"{Shown} does not take {string.Join(" and ", values.Select(value => value.Type.Name).DefaultIfEmpty("nothing"))}").Placed(at);
    }

    private string Shown => name switch
    {
        "@in" => "in",
        ['_', .. var symbol, '_'] => symbol,
        [var symbol, '_'] => symbol.ToString(),
        _ => $"{name}()",
    };

    private static bool Takes(CelSignature signature, CelValue[] values)
    {
        if (!signature.Takes(values.Length)) return false;
        for (var i = 0; i < values.Length; i++)
            if (!Fit.Value(signature.Parameter(i), values[i])) return false;
        return true;
    }
}

/// <summary>An operation on an optional value that looks at its argument only when the value is absent.</summary>
internal sealed class OrElseStep(Step target, Step argument, bool isValue, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var value = target.Run(run);
        if (value is CelError) return value;
        if (value is not CelOptional optional)
            return CelError.Of(CelErrorKind.NoMatchingOverload, $"{(isValue ? "orValue()" : "or()")} is for optional values, not for {value.Type.Name}").Placed(at);
        if (optional.Value is { } present) return isValue ? present : optional;
        var other = argument.Run(run);
        return isValue || other is CelOptional or CelError ? other
            : CelError.Of(CelErrorKind.NoMatchingOverload, $"or() takes an optional value, not {other.Type.Name}").Placed(at);
    }
}

/// <summary><c>&amp;&amp;</c> and <c>||</c>: a term that decides absorbs the errors of all others, wherever they stand.</summary>
internal sealed class LogicStep(ImmutableArray<Step> terms, bool isAnd, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        CelError? first = null;
        foreach (var term in terms)
        {
            var value = term.Run(run);
            if (value is CelBool { Value: var truth })
            {
                if (truth != isAnd) return value;
            }
            else
            {
                first ??= value as CelError
                    ?? CelError.Of(CelErrorKind.NoMatchingOverload, $"{(isAnd ? "&&" : "||")} takes truth values, not {value.Type.Name}").Placed(at);
            }
        }
        return first ?? (CelValue)CelBool.Of(isAnd);
    }
}

internal sealed class ChoiceStep(Step condition, Step then, Step otherwise, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run) => condition.Run(run) switch
    {
        CelBool { Value: var truth } => truth ? then.Run(run) : otherwise.Run(run),
        CelError error => error,
        var other => CelError.Of(CelErrorKind.NoMatchingOverload, $"? takes a truth value, not {other.Type.Name}").Placed(at),
    };
}
