using System.Globalization;

namespace Fairway.Rollouts;

/// <summary>An e-value in words: how many times likelier what was seen is if the claim holds than if it does not.</summary>
public static class EValueText
{
    /// <summary>From its natural logarithm: <c>0.3</c>, <c>4.1</c>, <c>212</c>, <c>over 1000000</c>.</summary>
    public static string Of(double log)
        => log > 13.8 ? "over 1000000" : Math.Exp(log).ToString(log < 2.3 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
