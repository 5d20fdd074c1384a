namespace Fairway.Policy;

/// <summary>The extension for values that may be absent. <c>or</c> and <c>orValue</c> look at their argument only when they need it.</summary>
internal static class OptionalExtension
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        CelFunction.Of("optional.of(A) -> optional(A)", (_, a) => CelOptional.Of(a[0])),
        CelFunction.Of("optional.none() -> optional(A)", (_, _) => CelOptional.None),
        CelFunction.Of("optional.ofNonZeroValue(A) -> optional(A)", (_, a) => Zeros.IsZero(a[0]) ? CelOptional.None : CelOptional.Of(a[0])),
        CelFunction.Of("optional.unwrap(list(optional(A))) -> list(A)", (meter, a) => Unwrap(meter, (CelList)a[0])),
        CelFunction.Of("list(optional(A)).unwrapOpt() -> list(A)", (meter, a) => Unwrap(meter, (CelList)a[0])),
        CelFunction.Of("optional(A).hasValue() -> bool", (_, a) => CelBool.Of(((CelOptional)a[0]).Value is not null)),
        CelFunction.Of("optional(A).value() -> A", (_, a) => ((CelOptional)a[0]).Value ?? CelError.Of(CelErrorKind.InvalidArgument, "the optional value is absent")),
        CelFunction.Of("optional(A).or(optional(A)) -> optional(A)", (_, a) => ((CelOptional)a[0]).Value is null ? a[1] : a[0]),
        CelFunction.Of("optional(A).orValue(A) -> A", (_, a) => ((CelOptional)a[0]).Value ?? a[1]),
    ];

    private static CelValue Unwrap(CelMeter meter, CelList list)
    {
        meter.Charge(list.Items.Length);
        var items = ImmutableArray.CreateBuilder<CelValue>();
        foreach (var item in list.Items)
        {
            if (item is not CelOptional optional) return CelError.Of(CelErrorKind.NoMatchingOverload, $"a {item.Type.Name} is not optional");
            if (optional.Value is { } value) items.Add(value);
        }
        return new CelList(items.ToImmutable());
    }
}
