namespace Fairway.Metrics.Model;

/// <summary>
/// The value that says "this series ended here". One bit pattern among the NaNs; every other NaN is a value (Prometheus, model/value).
/// </summary>
public static class StaleMarker
{
    /// <summary>Its bits.</summary>
    public const long Bits = 0x7ff0000000000002;

    /// <summary>The NaN that Prometheus makes where it needs one; a value like any other.</summary>
    public const long OrdinaryNaNBits = 0x7ff8000000000001;

    /// <summary>The marker.</summary>
    public static double Value => BitConverter.Int64BitsToDouble(Bits);

    /// <summary>Whether a value is the marker, by its bits.</summary>
    public static bool Is(double value) => BitConverter.DoubleToInt64Bits(value) == Bits;
}
