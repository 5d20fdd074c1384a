namespace Fairway.Policy;

/// <summary>The extension for lists.</summary>
internal static class ListExtension
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        CelFunction.Of("list(A).slice(int, int) -> list(A)", (meter, a) => Slice(meter, (CelList)a[0], Operators.Long(a[1]), Operators.Long(a[2]))),
        CelFunction.Of("list(list(A)).flatten() -> list(A)", (meter, a) => Flatten(meter, (CelList)a[0], 1)),
        new(CelSignature.Parse("list(A).flatten() -> list(A)"), (meter, a) => Flatten(meter, (CelList)a[0], 1), IsFallback: true),
        CelFunction.Of("list(dyn).flatten(int) -> list(dyn)", (meter, a) => Flatten(meter, (CelList)a[0], Operators.Long(a[1]))),
        CelFunction.Of("list(A).distinct() -> list(A)", (meter, a) => Distinct(meter, (CelList)a[0])),
        CelFunction.Of("list(A).reverse() -> list(A)", (meter, a) => Reverse(meter, (CelList)a[0])),
        .. ((string[])["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"])
            .Select(type => CelFunction.Of($"list({type}).sort() -> list({type})", (meter, a) => Sort(meter, ((CelList)a[0]).Items, ((CelList)a[0]).Items))),
        CelFunction.Of("list(A).first() -> optional(A)", (_, a) => ((CelList)a[0]).Items is [var first, ..] ? CelOptional.Of(first) : CelOptional.None),
        CelFunction.Of("list(A).last() -> optional(A)", (_, a) => ((CelList)a[0]).Items is [.., var last] ? CelOptional.Of(last) : CelOptional.None),
        CelFunction.Of("lists.range(int) -> list(int)", (meter, a) => Range(meter, Operators.Long(a[0]))),
    ];

    /// <summary>Items in the order of their keys, which are of one type that has an order; equal keys keep their order.</summary>
    public static CelValue Sort(CelMeter meter, ImmutableArray<CelValue> items, ImmutableArray<CelValue> keys)
    {
        if (items.IsEmpty) return CelList.Empty;
        foreach (var key in keys)
        {
            if (key.Kind != keys[0].Kind) return CelError.Of(CelErrorKind.InvalidArgument, "items of different types have no order");
            if (key is not (CelBool or CelInt or CelUint or CelDouble or CelString or CelBytes or CelTimestamp or CelDuration))
                return CelError.Of(CelErrorKind.InvalidArgument, $"items of type {key.Type.Name} have no order");
        }
        // Paid for before it is done: a comparison that throws would not end the sort as it ends an evaluation.
        var rounds = System.Numerics.BitOperations.Log2((uint)items.Length) + 2L;
        meter.Charge(items.Length * rounds);
        meter.ChargeText(keys.Sum(key => key.Weight) * rounds);
        var order = Enumerable.Range(0, items.Length).ToArray();
        Array.Sort(order, (one, other) =>
        {
            var compared = CelEquality.Compare(keys[one], keys[other], null) ?? Rank(keys[one]).CompareTo(Rank(keys[other]));
            return compared != 0 ? compared : one.CompareTo(other);
        });
        return new CelList([.. order.Select(index => items[index])]);
    }

    // NaN before all numbers, so that there is one order.
    private static int Rank(CelValue key) => key is CelDouble { Value: double.NaN } ? 0 : 1;

    private static CelValue Slice(CelMeter meter, CelList list, long start, long end)
    {
        if (start < 0 || end < 0 || end > list.Items.Length) return CelError.Of(CelErrorKind.IndexOutOfRange, $"the list has no items from {start} to {end}, it has {list.Items.Length}");
        if (start > end) return CelError.Of(CelErrorKind.InvalidArgument, $"the slice would end at {end}, before it starts at {start}");
        meter.Charge(end - start);
        return new CelList(list.Items[(int)start..(int)end]);
    }

    private static CelValue Flatten(CelMeter meter, CelList list, long depth)
    {
        if (depth < 0) return CelError.Of(CelErrorKind.InvalidArgument, "a list is flattened by 0 levels or more");
        var items = ImmutableArray.CreateBuilder<CelValue>();
        Add(list, depth);
        return new CelList(items.ToImmutable());

        void Add(CelList from, long levels)
        {
            foreach (var item in from.Items)
            {
                meter.Charge(1);
                if (item is CelList inner && levels > 0) Add(inner, levels - 1);
                else items.Add(item);
            }
        }
    }

    private static CelList Distinct(CelMeter meter, CelList list)
    {
        // By hash first: equal values have the same.
        var seen = new Dictionary<int, List<CelValue>>();
        var items = ImmutableArray.CreateBuilder<CelValue>();
        foreach (var item in list.Items)
        {
            meter.Charge(1);
            var hash = CelKeys.Hash(item);
            if (!seen.TryGetValue(hash, out var same)) seen[hash] = same = [];
            if (same.Exists(known => CelEquality.AreEqual(known, item, meter))) continue;
            same.Add(item);
            items.Add(item);
        }
        return new CelList(items.ToImmutable());
    }

    private static CelList Reverse(CelMeter meter, CelList list)
    {
        meter.Charge(list.Items.Length);
        return new CelList([.. list.Items.Reverse()]);
    }

    private static CelList Range(CelMeter meter, long count)
    {
        meter.Charge(Math.Max(0, count));
        return new CelList([.. Enumerable.Range(0, (int)Math.Max(0, count)).Select(number => CelInt.Of(number))]);
    }
}
