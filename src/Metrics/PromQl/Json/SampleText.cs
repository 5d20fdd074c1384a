using System.Buffers;
using System.Buffers.Text;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Json;

/// <summary>Times and values as Prometheus' API writes them (util/jsonutil).</summary>
public static class SampleText
{
    private const int MostBytes = 32;

    /// <summary>Seconds, with three digits of a fraction unless it is nothing: <c>1435781430.781</c>.</summary>
    /// <param name="time">Milliseconds since 1970.</param>
    /// <param name="into">Taken at the end.</param>
    public static void WriteTime(long time, IBufferWriter<byte> into)
    {
        var span = into.GetSpan(MostBytes);
        var at = 0;
        var size = (ulong)Math.Abs(time);
        if (time < 0) span[at++] = (byte)'-';
        Utf8Formatter.TryFormat(size / 1000, span[at..], out var written);
        at += written;
        var fraction = (int)(size % 1000);
        if (fraction > 0)
        {
            span[at++] = (byte)'.';
            span[at++] = (byte)('0' + (fraction / 100));
            span[at++] = (byte)('0' + (fraction / 10 % 10));
            span[at++] = (byte)('0' + (fraction % 10));
        }

        into.Advance(at);
    }

    /// <summary>The shortest digits that read back the same; with an exponent below 1e-6 and from 1e21 on; <c>NaN</c>, <c>+Inf</c>, <c>-Inf</c>. Without quotes.</summary>
    public static void WriteValue(double value, IBufferWriter<byte> into)
    {
        var span = into.GetSpan(MostBytes);
        if (value == Math.Floor(value) && Math.Abs(value) < 1e15)
        {
            // Whole numbers are most of all there is, and quicker. Zero has a sign.
            if (value == 0 && double.IsNegative(value)) span[0] = (byte)'-';
            var start = value == 0 && double.IsNegative(value) ? 1 : 0;
            Utf8Formatter.TryFormat((long)value, span[start..], out var digits);
            into.Advance(start + digits);
            return;
        }

        into.Advance(GoNumber.Write(value, into.GetSpan(GoNumber.MostBytes), HasExponent(value)));
    }

    /// <summary>The same as text.</summary>
    public static string Format(double value) => HasExponent(value) ? GoNumber.Scientific(value) : GoNumber.Plain(value);

    private static bool HasExponent(double value) => Math.Abs(value) is (> 0 and < 1e-6) or >= 1e21;
}
