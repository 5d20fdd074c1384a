namespace Fairway.Policy;

/// <summary>The extension that treats lists as sets.</summary>
internal static class SetExtension
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        CelFunction.Of("sets.contains(list(A), list(A)) -> bool", (meter, a) => CelBool.Of(Contains(meter, (CelList)a[0], (CelList)a[1]))),
        CelFunction.Of("sets.equivalent(list(A), list(A)) -> bool", (meter, a)
            => CelBool.Of(Contains(meter, (CelList)a[0], (CelList)a[1]) && Contains(meter, (CelList)a[1], (CelList)a[0]))),
        CelFunction.Of("sets.intersects(list(A), list(A)) -> bool", (meter, a) => CelBool.Of(Intersects(meter, (CelList)a[0], (CelList)a[1]))),
    ];

    private static bool Contains(CelMeter meter, CelList whole, CelList part)
    {
        foreach (var item in part.Items)
            if (!Access.Contains(meter, whole, item)) return false;
        return true;
    }

    private static bool Intersects(CelMeter meter, CelList one, CelList other)
    {
        foreach (var item in one.Items)
            if (Access.Contains(meter, other, item)) return true;
        return false;
    }
}
