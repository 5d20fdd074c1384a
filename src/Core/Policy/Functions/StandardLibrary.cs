namespace Fairway.Policy;

/// <summary>Every function that expressions may call, and every type they may name: the standard definitions and the standard extensions.</summary>
internal static class StandardLibrary
{
    /// <summary>Overloads by the function's full name.</summary>
    public static ImmutableDictionary<string, ImmutableArray<CelFunction>> Functions { get; } = new[]
        {
            Operators.All, Comparisons.All, Conversions.All, TextFunctions.All, TimeFunctions.All, TextExtension.All, MathExtension.All, ListExtension.All,
            SetExtension.All, OptionalExtension.All,
        }
        .SelectMany(functions => functions).GroupBy(function => function.Signature.Name, StringComparer.Ordinal)
        .ToImmutableDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);

    /// <summary>Types that have a name everywhere.</summary>
    public static ImmutableDictionary<string, CelTypeValue> Types { get; } = new[]
        {
            CelType.Bool, CelType.Int, CelType.Uint, CelType.Double, CelType.String, CelType.Bytes, CelType.AnyList, CelType.AnyMap, CelType.Null, CelType.Dyn,
            CelType.TypeOf(CelType.Dyn), CelType.Timestamp, CelType.Duration, CelType.Optional(CelType.Dyn),
        }
        .ToImmutableDictionary(type => type.Name, type => new CelTypeValue(type), StringComparer.Ordinal);
}
