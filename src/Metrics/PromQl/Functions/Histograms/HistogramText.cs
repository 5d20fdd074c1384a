using System.Text;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Functions.Histograms;

/// <summary>Whole histograms: compared, and written as a label value.</summary>
internal static class HistogramText
{
    /// <summary>As <c>count_values</c> writes one: <c>{count:3, sum:5, (1,2]:3}</c>.</summary>
    public static string Format(NativeHistogram h)
    {
        var text = new StringBuilder("{count:").Append(GoNumber.General(h.Count)).Append(", sum:").Append(GoNumber.General(h.Sum));
        foreach (var b in BucketBounds.All(h))
        {
            text.Append(", ").Append(b.LowerInclusive ? '[' : '(').Append(GoNumber.General(b.Lower)).Append(',').Append(GoNumber.General(b.Upper))
                .Append(b.UpperInclusive ? ']' : ')').Append(':').Append(GoNumber.General(b.Count));
        }

        return text.Append('}').ToString();
    }

    /// <summary>Whether two hold the same observations in the same buckets; what they say of resets does not count.</summary>
    public static bool AreEqual(NativeHistogram a, NativeHistogram b) =>
        a.Schema == b.Schema && SameBits(a.Count, b.Count) && SameBits(a.Sum, b.Sum) && SameBits(a.ZeroCount, b.ZeroCount)
        && a.ZeroThreshold.Equals(b.ZeroThreshold) && (a.Bounds ?? []).AsSpan().SequenceEqual(b.Bounds ?? [])
        && BucketBounds.Each(a.PositiveSpans, a.PositiveBuckets).SequenceEqual(BucketBounds.Each(b.PositiveSpans, b.PositiveBuckets))
        && BucketBounds.Each(a.NegativeSpans, a.NegativeBuckets).SequenceEqual(BucketBounds.Each(b.NegativeSpans, b.NegativeBuckets));

    private static bool SameBits(double a, double b) => a == b || (double.IsNaN(a) && double.IsNaN(b));
}
