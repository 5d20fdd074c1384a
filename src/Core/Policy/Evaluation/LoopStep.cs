namespace Fairway.Policy;

/// <summary>A macro over the items of a list or the keys of a map. With two variables: index and item, or key and value.</summary>
internal sealed class LoopStep(LoopKind kind, string macro, Step range, int first, int second, Step? filter, Step body, CelPosition at) : Step
{
    protected override CelValue Compute(Evaluation run)
    {
        var over = range.Run(run);
        if (over is CelError) return over;
        if (over is not (CelList or CelMap) || (kind == LoopKind.SortBy && over is not CelList))
            return CelError.Of(CelErrorKind.NoMatchingOverload, $"{macro}() goes over {(kind == LoopKind.SortBy ? "lists" : "lists and maps")}, not over {over.Type.Name}").Placed(at);
        return kind switch
        {
            LoopKind.All => Quantify(run, over, isAll: true),
            LoopKind.Exists => Quantify(run, over, isAll: false),
            LoopKind.ExistsOne => ExactlyOne(run, over),
            LoopKind.SortBy => Sort(run, (CelList)over),
            LoopKind.TransformMap or LoopKind.TransformMapEntry => TransformMap(run, over),
            _ => Collect(run, over),
        };
    }

    private static int Count(CelValue over) => over is CelList list ? list.Items.Length : ((CelMap)over).Entries.Length;

    private void Enter(Evaluation run, CelValue over, int index)
    {
        var (one, other) = over is CelList list ? (CelInt.Of(index), list.Items[index]) : (((CelMap)over).Entries[index].Key, ((CelMap)over).Entries[index].Value);
        run.Slots[first] = second < 0 && over is CelList ? other : one;
        if (second >= 0) run.Slots[second] = other;
    }

    private CelError NotTruth(CelValue value) => value as CelError
        ?? CelError.Of(CelErrorKind.NoMatchingOverload, $"{macro}() takes a truth value, not {value.Type.Name}").Placed(at);

    private CelValue Quantify(Evaluation run, CelValue over, bool isAll)
    {
        CelError? error = null;
        for (var i = 0; i < Count(over); i++)
        {
            Enter(run, over, i);
            var value = body.Run(run);
            if (value is not CelBool { Value: var truth }) error ??= NotTruth(value);
            else if (truth != isAll) return value;
        }
        return error ?? (CelValue)CelBool.Of(isAll);
    }

    private CelValue ExactlyOne(Evaluation run, CelValue over)
    {
        var found = 0;
        for (var i = 0; i < Count(over); i++)
        {
            Enter(run, over, i);
            var value = body.Run(run);
            if (value is not CelBool { Value: var truth }) return NotTruth(value);
            if (truth) found++;
        }
        return CelBool.Of(found == 1);
    }

    private CelValue Collect(Evaluation run, CelValue over)
    {
        var items = ImmutableArray.CreateBuilder<CelValue>();
        var condition = kind == LoopKind.Filter ? body : filter;
        for (var i = 0; i < Count(over); i++)
        {
            Enter(run, over, i);
            if (condition is not null)
            {
                var holds = condition.Run(run);
                if (holds is not CelBool { Value: var truth }) return NotTruth(holds);
                if (!truth) continue;
            }
            var value = kind == LoopKind.Filter ? run.Slots[first] : body.Run(run);
            if (value is CelError) return value;
            items.Add(value);
        }
        return run.Meter.Admit(new CelList(items.ToImmutable()));
    }

    private CelValue TransformMap(Evaluation run, CelValue over)
    {
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<CelValue, CelValue>>();
        for (var i = 0; i < Count(over); i++)
        {
            Enter(run, over, i);
            var key = run.Slots[first];
            if (filter is not null)
            {
                var holds = filter.Run(run);
                if (holds is not CelBool { Value: var truth }) return NotTruth(holds);
                if (!truth) continue;
            }
            var value = body.Run(run);
            if (value is CelError) return value;
            if (kind == LoopKind.TransformMap) entries.Add(new(key, value));
            else if (value is CelMap { Entries: var made })
            {
                run.Meter.Charge(made.Length);
                entries.AddRange(made);
            }
            else return CelError.Of(CelErrorKind.NoMatchingOverload, $"{macro}() makes entries of maps, not of {value.Type.Name}").Placed(at);
        }
        var map = CelMap.Of(entries.ToImmutable());
        return map is CelError error ? error.Placed(at) : run.Meter.Admit(map);
    }

    private CelValue Sort(Evaluation run, CelList list)
    {
        var keys = ImmutableArray.CreateBuilder<CelValue>(list.Items.Length);
        for (var i = 0; i < list.Items.Length; i++)
        {
            Enter(run, list, i);
            var key = body.Run(run);
            if (key is CelError) return key;
            keys.Add(key);
        }
        return ListExtension.Sort(run.Meter, list.Items, keys.ToImmutable()) is var sorted && sorted is CelError error ? error.Placed(at) : sorted;
    }
}
