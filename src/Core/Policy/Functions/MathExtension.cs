namespace Fairway.Policy;

/// <summary>The extension for numbers.</summary>
internal static class MathExtension
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        .. Extreme("math.greatest", 1),
        .. Extreme("math.least", -1),
        Real("math.ceil", Math.Ceiling),
        Real("math.floor", Math.Floor),
        Real("math.round", number => Math.Round(number, MidpointRounding.AwayFromZero)),
        Real("math.trunc", Math.Truncate),
        CelFunction.Of("math.sqrt(double) -> double", (_, a) => new CelDouble(Math.Sqrt(Operators.Real(a[0])))),
        CelFunction.Of("math.sqrt(int) -> double", (_, a) => new CelDouble(Math.Sqrt(Operators.Long(a[0])))),
        CelFunction.Of("math.sqrt(uint) -> double", (_, a) => new CelDouble(Math.Sqrt(Operators.Unsigned(a[0])))),
        CelFunction.Of("math.abs(int) -> int", (_, a) => Operators.Int(Int128.Abs(Operators.Long(a[0])))),
        CelFunction.Of("math.abs(uint) -> uint", (_, a) => a[0]),
        CelFunction.Of("math.abs(double) -> double", (_, a) => new CelDouble(Math.Abs(Operators.Real(a[0])))),
        CelFunction.Of("math.sign(int) -> int", (_, a) => CelInt.Of(Math.Sign(Operators.Long(a[0])))),
        CelFunction.Of("math.sign(uint) -> uint", (_, a) => new CelUint(Operators.Unsigned(a[0]) == 0 ? 0UL : 1)),
        CelFunction.Of("math.sign(double) -> double", (_, a) => double.IsNaN(Operators.Real(a[0])) ? a[0] : new CelDouble(Math.Sign(Operators.Real(a[0])))),
        CelFunction.Of("math.isNaN(double) -> bool", (_, a) => CelBool.Of(double.IsNaN(Operators.Real(a[0])))),
        CelFunction.Of("math.isInf(double) -> bool", (_, a) => CelBool.Of(double.IsInfinity(Operators.Real(a[0])))),
        CelFunction.Of("math.isFinite(double) -> bool", (_, a) => CelBool.Of(double.IsFinite(Operators.Real(a[0])))),
        .. Bits("math.bitAnd", (x, y) => x & y),
        .. Bits("math.bitOr", (x, y) => x | y),
        .. Bits("math.bitXor", (x, y) => x ^ y),
        CelFunction.Of("math.bitNot(int) -> int", (_, a) => CelInt.Of(~Operators.Long(a[0]))),
        CelFunction.Of("math.bitNot(uint) -> uint", (_, a) => new CelUint(~Operators.Unsigned(a[0]))),
        .. Shift("math.bitShiftLeft", (bits, by) => bits << by),
        // A shift to the right fills with zeros, also of an int.
        .. Shift("math.bitShiftRight", (bits, by) => bits >> by),
    ];

    private static CelFunction Real(string name, Func<double, double> compute)
        => CelFunction.Of($"{name}(double) -> double", (_, a) => new CelDouble(compute(Operators.Real(a[0]))));

    private static CelFunction[] Bits(string name, Func<ulong, ulong, ulong> compute) =>
    [
        CelFunction.Of($"{name}(int, int) -> int", (_, a) => CelInt.Of((long)compute((ulong)Operators.Long(a[0]), (ulong)Operators.Long(a[1])))),
        CelFunction.Of($"{name}(uint, uint) -> uint", (_, a) => new CelUint(compute(Operators.Unsigned(a[0]), Operators.Unsigned(a[1])))),
    ];

    private static CelFunction[] Shift(string name, Func<ulong, int, ulong> compute)
    {
        return
        [
            CelFunction.Of($"{name}(int, int) -> int", (_, a) => Shifted((ulong)Operators.Long(a[0]), a[1], bits => CelInt.Of((long)bits))),
            CelFunction.Of($"{name}(uint, int) -> uint", (_, a) => Shifted(Operators.Unsigned(a[0]), a[1], bits => new CelUint(bits))),
        ];

        CelValue Shifted(ulong bits, CelValue by, Func<ulong, CelValue> make) => Operators.Long(by) switch
        {
            < 0 => CelError.Of(CelErrorKind.InvalidArgument, "a shift is by 0 bits or more"),
            >= 64 => make(0),
            var count => make(compute(bits, (int)count)),
        };
    }

    // The type of the result is known when all arguments have the same one.
    private static IEnumerable<CelFunction> Extreme(string name, int sign)
    {
        foreach (var type in (string[])["int", "uint", "double", "number"])
        {
            var result = type == "number" ? "dyn" : type;
            yield return new(CelSignature.Parse($"{name}({type}...) -> {result}"), (meter, a) => Extreme(meter, [.. a], sign), type == "number");
            yield return new(CelSignature.Parse($"{name}(list({type})) -> {result}"), (meter, a) => Extreme(meter, ((CelList)a[0]).Items, sign), type == "number");
        }
    }

    private static CelValue Extreme(CelMeter meter, ImmutableArray<CelValue> numbers, int sign)
    {
        if (numbers.IsEmpty) return CelError.Of(CelErrorKind.InvalidArgument, "an empty list has no greatest or least item");
        var best = numbers[0];
        foreach (var number in numbers)
        {
            meter.Charge(1);
            if (number is not (CelInt or CelUint or CelDouble)) return CelError.Of(CelErrorKind.NoMatchingOverload, $"a {number.Type.Name} is no number");
            if (CelEquality.CompareNumbers(number, best) is { } order && order * sign > 0) best = number;
        }
        return best;
    }
}
