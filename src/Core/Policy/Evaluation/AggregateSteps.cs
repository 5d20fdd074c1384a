namespace Fairway.Policy;

internal sealed class ListStep(ImmutableArray<(Step Value, bool Optional)> items, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var list = ImmutableArray.CreateBuilder<CelValue>(items.Length);
        foreach (var (step, optional) in items)
        {
            var value = step.Run(run);
            if (value is CelError) return value;
            if (!optional) list.Add(value);
            else if (value is not CelOptional given) return Given.NotOptional(value, at);
            else if (given.Value is { } present) list.Add(present);
        }
        return run.Meter.Admit(new CelList(list.ToImmutable()));
    }
}

internal sealed class MapStep(ImmutableArray<(Step Key, Step Value, bool Optional)> items, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<CelValue, CelValue>>(items.Length);
        foreach (var (keyStep, valueStep, optional) in items)
        {
            var key = keyStep.Run(run);
            if (key is CelError) return key;
            var value = valueStep.Run(run);
            if (value is CelError) return value;
            if (!optional) entries.Add(new(key, value));
            else if (value is not CelOptional given) return Given.NotOptional(value, at);
            else if (given.Value is { } present) entries.Add(new(key, present));
        }
        var map = CelMap.Of(entries.ToImmutable());
        return map is CelError error ? error.Placed(at) : run.Meter.Admit(map);
    }
}

/// <summary>A record literal, of a declared or a well-known type.</summary>
internal sealed class RecordStep(string name, CelRecordType? type, ImmutableArray<(string Name, Step Value, bool Optional, CelPosition At)> fields, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var given = new Dictionary<string, CelValue>(StringComparer.Ordinal);
        var known = type?.Fields ?? [.. WellKnownTypes.Describe(name).Fields];
        foreach (var (field, step, optional, fieldAt) in fields)
        {
            var value = step.Run(run);
            if (value is CelError) return value;
            if (optional)
            {
                if (value is not CelOptional maybe) return Given.NotOptional(value, fieldAt);
                if (maybe.Value is not { } present) continue;
                value = present;
            }
            if (known.FirstOrDefault(one => one.Name == field) is not { } declared)
                return CelError.Of(CelErrorKind.NoSuchField, $"{name} has no field {field}").Placed(fieldAt);
            // Null leaves a field that holds a message unset.
            if (type is not null && value is CelNull && declared.Type.Kind is CelKind.Record or CelKind.Wrapper or CelKind.Timestamp or CelKind.Duration) continue;
            if (type is not null && !Fit.Value(declared.Type, value))
                return CelError.Of(CelErrorKind.NoMatchingOverload, $"{name}.{field} is a {declared.Type.Text}, not a {value.Type.Name}").Placed(fieldAt);
            given[field] = value;
        }
        var made = type is null ? WellKnownTypes.Make(name, given) : new CelRecord(type, given);
        return made is CelError error ? error.Placed(at) : run.Meter.Admit(made);
    }
}

internal sealed class BindStep(int slot, Step value, Step body) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        // An error is bound too: a body that does not read it has a value.
        run.Slots[slot] = value.Run(run);
        return body.Run(run);
    }
}

internal sealed class OptionalMapStep(Step target, int slot, Step body, bool isFlat, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var value = target.Run(run);
        if (value is CelError) return value;
        if (value is not CelOptional optional) return Given.NotOptional(value, at);
        if (optional.Value is null) return optional;
        run.Slots[slot] = optional.Value;
        var result = body.Run(run);
        return result is CelError || (isFlat && result is CelOptional) ? result : isFlat ? Given.NotOptional(result, at) : run.Meter.Admit(CelOptional.Of(result));
    }
}

/// <summary>What is said of a value that should be optional.</summary>
internal static class Given
{
    public static CelError NotOptional(CelValue value, CelPosition at)
        => CelError.Of(CelErrorKind.NoMatchingOverload, $"an optional value is expected here, not {value.Type.Name}").Placed(at);
}
