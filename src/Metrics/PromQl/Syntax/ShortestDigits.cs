using System.Numerics;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>
/// The fewest decimal digits that read back as the same double, the nearest of them where there are several (R. Giulietti, "The Schubfach way to
/// render doubles"). Several times as fast as the general formatting of .NET, which answers of a million values need.
/// </summary>
internal static class ShortestDigits
{
    private const int LeastPower = -292;
    private const int MostPower = 324;

    private static readonly UInt128[] Powers = MakePowers();

    /// <summary>A finite value above zero as digits * 10^exponent; the last digit is not zero.</summary>
    public static (ulong Digits, int Exponent) Of(double value)
    {
        var (digits, exponent) = Raw(BitConverter.DoubleToUInt64Bits(value));
        while (true)
        {
            var (shorter, rest) = Math.DivRem(digits, 10);
            if (rest != 0) return (digits, exponent);
            (digits, exponent) = (shorter, exponent + 1);
        }
    }

    private static (ulong Digits, int Exponent) Raw(ulong bits)
    {
        var fraction = bits & 0xFFFFFFFFFFFFF;
        var biased = (int)(bits >> 52) & 0x7FF;
        var (c, q) = biased == 0 ? (fraction, -1074) : (fraction | (1UL << 52), biased - 1075);
        if (q is <= 0 and > -53 && BitOperations.TrailingZeroCount(c) >= -q) return (c >> -q, 0);

        var isOdd = c & 1;
        var isClose = fraction == 0 && biased > 1;
        var k = ((q * 1262611) - (isClose ? 524031 : 0)) >> 22;
        var shift = q + ((-k * 1741647) >> 19) + 1;
        var power = Powers[-k - LeastPower];
        var lower = RoundToOdd(power, ((4 * c) - (isClose ? 1UL : 2)) << shift) + isOdd;
        var middle = RoundToOdd(power, (4 * c) << shift);
        var upper = RoundToOdd(power, ((4 * c) + 2) << shift) - isOdd;

        var s = middle / 4;
        if (s >= 10)
        {
            var tens = s / 10;
            var (downFits, upFits) = (lower <= 40 * tens, (40 * tens) + 40 <= upper);
            if (downFits != upFits) return (tens + (upFits ? 1UL : 0), k + 1);
        }

        var (fits, nextFits) = (lower <= 4 * s, (4 * s) + 4 <= upper);
        if (fits != nextFits) return (s + (nextFits ? 1UL : 0), k);
        var half = (4 * s) + 2;
        return (s + (middle > half || (middle == half && (s & 1) != 0) ? 1UL : 0), k);
    }

    private static ulong RoundToOdd(UInt128 power, ulong factor)
    {
        var low = Math.BigMul((ulong)power, factor, out _);
        var high = Math.BigMul((ulong)(power >> 64), factor, out var middle);
        middle += low;
        if (middle < low) high++;
        return high | (middle > 1 ? 1UL : 0);
    }

    // The first 128 bits of each power of ten, rounded up.
    private static UInt128[] MakePowers()
    {
        var powers = new UInt128[MostPower - LeastPower + 1];
        for (var k = LeastPower; k <= MostPower; k++)
        {
            var shift = 127 - ((k * 1741647) >> 19);
            var (numerator, denominator) = k >= 0 ? (BigInteger.Pow(10, k), BigInteger.One) : (BigInteger.One, BigInteger.Pow(10, -k));
            if (shift >= 0) numerator <<= shift;
            else denominator <<= -shift;
            powers[k - LeastPower] = (UInt128)((numerator + denominator - 1) / denominator);
        }

        return powers;
    }
}
