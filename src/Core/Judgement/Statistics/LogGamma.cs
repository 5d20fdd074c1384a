namespace Fairway.Judgement.Statistics;

/// <summary>Natural logarithm of the factorial.</summary>
public static class LogGamma
{
    private static readonly double[] Small = Table();

    /// <summary>ln n! for n ≥ 0.</summary>
    /// <remarks>
    /// A table to 255, above it Stirling's series (NIST DLMF 5.11.1) to the term in n⁻⁵, whose remainder is below 1e-19 there.
    /// </remarks>
    public static double Factorial(double n)
    {
        if (n < Small.Length) return Small[(int)n];
        var inverse = 1 / n;
        var square = inverse * inverse;
        return n * Math.Log(n) - n + 0.5 * Math.Log(2 * Math.PI * n) + inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1260));
    }

    private static double[] Table()
    {
        var table = new double[256];
        for (var n = 2; n < table.Length; n++) table[n] = table[n - 1] + Math.Log(n);
        return table;
    }
}
