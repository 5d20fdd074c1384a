namespace Fairway.Policy;

/// <summary>Arithmetic, concatenation and access by operators. A result outside its type's range is an error, never wrapped.</summary>
internal static class Operators
{
    private static readonly CelError Overflow = CelError.Of(CelErrorKind.Overflow, "the result is outside the range of int");
    private static readonly CelError UintOverflow = CelError.Of(CelErrorKind.Overflow, "the result is outside the range of uint");
    private static readonly CelError ByZero = CelError.Of(CelErrorKind.DivideByZero, "division by zero");
    private static readonly CelError ModuloZero = CelError.Of(CelErrorKind.DivideByZero, "remainder of a division by zero");

    public static IEnumerable<CelFunction> All { get; } =
    [
        CelFunction.Of("!_(bool) -> bool", (_, a) => CelBool.Of(!((CelBool)a[0]).Value)),
        CelFunction.Of("-_(int) -> int", (_, a) => Int(-(Int128)Long(a[0]))),
        CelFunction.Of("-_(double) -> double", (_, a) => new CelDouble(-Real(a[0]))),

        CelFunction.Of("_+_(int, int) -> int", (_, a) => Int((Int128)Long(a[0]) + Long(a[1]))),
        CelFunction.Of("_+_(uint, uint) -> uint", (_, a) => Uint((Int128)Unsigned(a[0]) + Unsigned(a[1]))),
        CelFunction.Of("_+_(double, double) -> double", (_, a) => new CelDouble(Real(a[0]) + Real(a[1]))),
        CelFunction.Of("_+_(string, string) -> string", (meter, a) => Join(meter, ((CelString)a[0]).Value, ((CelString)a[1]).Value)),
        CelFunction.Of("_+_(bytes, bytes) -> bytes", (meter, a) => Join(meter, ((CelBytes)a[0]).Value, ((CelBytes)a[1]).Value)),
        CelFunction.Of("_+_(list(A), list(A)) -> list(A)", (meter, a) => Join(meter, (CelList)a[0], (CelList)a[1])),
        CelFunction.Of("_+_(timestamp, duration) -> timestamp", (_, a) => Shift(a[0], a[1], 1)),
        CelFunction.Of("_+_(duration, timestamp) -> timestamp", (_, a) => Shift(a[1], a[0], 1)),
        CelFunction.Of("_+_(duration, duration) -> duration", (_, a) => CelDuration.Checked((Int128)Nanoseconds(a[0]) + Nanoseconds(a[1]))),

        CelFunction.Of("_-_(int, int) -> int", (_, a) => Int((Int128)Long(a[0]) - Long(a[1]))),
        CelFunction.Of("_-_(uint, uint) -> uint", (_, a) => Uint((Int128)Unsigned(a[0]) - Unsigned(a[1]))),
        CelFunction.Of("_-_(double, double) -> double", (_, a) => new CelDouble(Real(a[0]) - Real(a[1]))),
        CelFunction.Of("_-_(timestamp, timestamp) -> duration", (_, a) => Between((CelTimestamp)a[0], (CelTimestamp)a[1])),
        CelFunction.Of("_-_(timestamp, duration) -> timestamp", (_, a) => Shift(a[0], a[1], -1)),
        CelFunction.Of("_-_(duration, duration) -> duration", (_, a) => CelDuration.Checked((Int128)Nanoseconds(a[0]) - Nanoseconds(a[1]))),

        CelFunction.Of("_*_(int, int) -> int", (_, a) => Int((Int128)Long(a[0]) * Long(a[1]))),
        CelFunction.Of("_*_(uint, uint) -> uint", (_, a) => (UInt128)Unsigned(a[0]) * Unsigned(a[1]) is var product && product <= ulong.MaxValue ? new CelUint((ulong)product) : UintOverflow),
        CelFunction.Of("_*_(double, double) -> double", (_, a) => new CelDouble(Real(a[0]) * Real(a[1]))),

        CelFunction.Of("_/_(int, int) -> int", (_, a) => Long(a[1]) == 0 ? ByZero : Int((Int128)Long(a[0]) / Long(a[1]))),
        CelFunction.Of("_/_(uint, uint) -> uint", (_, a) => Unsigned(a[1]) == 0 ? ByZero : new CelUint(Unsigned(a[0]) / Unsigned(a[1]))),
        CelFunction.Of("_/_(double, double) -> double", (_, a) => new CelDouble(Real(a[0]) / Real(a[1]))),

        // The quotient of the least int and -1 is no int, and so the remainder is refused as well.
        CelFunction.Of("_%_(int, int) -> int", (_, a) => Long(a[1]) == 0 ? ModuloZero : Long(a[0]) == long.MinValue && Long(a[1]) == -1 ? Overflow : CelInt.Of(Long(a[0]) % Long(a[1]))),
        CelFunction.Of("_%_(uint, uint) -> uint", (_, a) => Unsigned(a[1]) == 0 ? ModuloZero : new CelUint(Unsigned(a[0]) % Unsigned(a[1]))),

        CelFunction.Of("_[_](list(A), int) -> A", (_, a) => Access.At((CelList)a[0], a[1])),
        CelFunction.Of("_[_](map(A, B), A) -> B", (meter, a) => Access.At(meter, (CelMap)a[0], a[1])),

        CelFunction.Of("@in(A, list(A)) -> bool", (meter, a) => CelBool.Of(Access.Contains(meter, (CelList)a[1], a[0]))),
        CelFunction.Of("@in(A, map(A, B)) -> bool", (meter, a) => CelBool.Of(Access.Find(meter, (CelMap)a[1], a[0]) is not null)),
    ];

    internal static long Long(CelValue value) => ((CelInt)value).Value;

    internal static ulong Unsigned(CelValue value) => ((CelUint)value).Value;

    internal static double Real(CelValue value) => ((CelDouble)value).Value;

    internal static CelValue Int(Int128 value) => value >= long.MinValue && value <= long.MaxValue ? CelInt.Of((long)value) : Overflow;

    internal static CelValue Uint(Int128 value) => value >= 0 && value <= ulong.MaxValue ? new CelUint((ulong)value) : UintOverflow;

    internal static CelValue Join(CelMeter meter, string one, string other)
    {
        meter.ChargeText((long)one.Length + other.Length);
        return new CelString(one + other);
    }

    private static long Nanoseconds(CelValue value) => ((CelDuration)value).Nanoseconds;

    private static CelBytes Join(CelMeter meter, ImmutableArray<byte> one, ImmutableArray<byte> other)
    {
        meter.ChargeText((long)one.Length + other.Length);
        return new CelBytes([.. one, .. other]);
    }

    private static CelList Join(CelMeter meter, CelList one, CelList other)
    {
        meter.Charge((long)one.Items.Length + other.Items.Length);
        return new CelList([.. one.Items, .. other.Items]);
    }

    private static CelValue Shift(CelValue timestamp, CelValue duration, int sign)
    {
        // 292 years at most: the sum stays inside what NodaTime can hold only when it is checked first.
        var (instant, nanoseconds) = (((CelTimestamp)timestamp).Value, (Int128)Nanoseconds(duration) * sign);
        var limit = nanoseconds >= 0 ? CelTimestamp.Latest - instant : instant - CelTimestamp.Earliest;
        return Int128.Abs(nanoseconds) > (Int128)limit.ToBigIntegerNanoseconds()
            ? CelError.Of(CelErrorKind.Overflow, "the timestamp is outside the years 1 to 9999")
            : new CelTimestamp(instant + NodaTime.Duration.FromNanoseconds((System.Numerics.BigInteger)nanoseconds));
    }

    private static CelValue Between(CelTimestamp one, CelTimestamp other) => CelDuration.Checked((Int128)(one.Value - other.Value).ToBigIntegerNanoseconds());
}
