using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Json;

/// <summary>Answers in the form of Prometheus' HTTP API (prometheus.io/docs, "HTTP API").</summary>
public static class QueryJson
{
    private const int MostRemarks = 10;

    /// <summary>How to make a writer: text as it is, nothing checked twice.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true };

    /// <summary>A whole response: <c>{"status":"success","data":{…},"warnings":[…],"infos":[…]}</c>.</summary>
    public static void Write(Utf8JsonWriter writer, QueryResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, "success"u8);
        writer.WritePropertyName("data"u8);
        WriteData(writer, result.Value);
        WriteRemarks(writer, result);
        writer.WriteEndObject();
    }

    /// <summary>The members <c>warnings</c> and <c>infos</c>, where there are any.</summary>
    internal static void WriteRemarks(Utf8JsonWriter writer, QueryResult result)
    {
        Remarks(writer, "warnings", result.Warnings);
        Remarks(writer, "infos", result.Infos);
    }

    /// <summary>A whole response to a query without an answer: <c>{"status":"error","errorType":…,"error":…}</c>.</summary>
    public static void WriteError(Utf8JsonWriter writer, QueryErrorKind kind, string message)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, "error"u8);
        writer.WriteString("errorType"u8, ErrorType(kind));
        writer.WriteString("error"u8, message);
        writer.WriteEndObject();
    }

    /// <summary>The API's word for a kind of error.</summary>
    public static string ErrorType(QueryErrorKind kind) => kind switch
    {
        QueryErrorKind.BadData => "bad_data",
        QueryErrorKind.Timeout => "timeout",
        QueryErrorKind.Canceled => "canceled",
        _ => "execution",
    };

    /// <summary>The HTTP status of a kind of error.</summary>
    public static int HttpStatus(QueryErrorKind kind) =>
        kind switch { QueryErrorKind.BadData => 400, QueryErrorKind.Execution => 422, _ => 503 };

    /// <summary>The member <c>data</c>: <c>{"resultType":…,"result":…}</c>.</summary>
    public static void WriteData(Utf8JsonWriter writer, QueryValue value)
    {
        var scratch = new ArrayBufferWriter<byte>(1 << 16);
        writer.WriteStartObject();
        switch (value)
        {
            case ScalarValue scalar:
                writer.WriteString("resultType"u8, "scalar"u8);
                writer.WriteStartArray("result"u8);
                writer.WriteRawValue(Seconds(scalar.Time), skipInputValidation: true);
                writer.WriteStringValue(GoNumber.Plain(scalar.Value));
                writer.WriteEndArray();
                break;
            case StringValue text:
                writer.WriteString("resultType"u8, "string"u8);
                writer.WriteStartArray("result"u8);
                writer.WriteRawValue(Seconds(text.Time), skipInputValidation: true);
                writer.WriteStringValue(text.Value);
                writer.WriteEndArray();
                break;
            case VectorValue vector:
                writer.WriteString("resultType"u8, "vector"u8);
                writer.WriteStartArray("result"u8);
                foreach (var sample in vector.Samples) Vector(writer, vector.Time, sample, scratch);
                writer.WriteEndArray();
                break;
            case MatrixValue matrix:
                writer.WriteString("resultType"u8, "matrix"u8);
                writer.WriteStartArray("result"u8);
                var starts = new SampleStarts();
                foreach (var series in matrix.Series) Matrix(writer, series, starts, scratch);
                writer.WriteEndArray();
                break;
        }

        writer.WriteEndObject();
    }

    /// <summary>Labels as an object.</summary>
    public static void WriteLabels(Utf8JsonWriter writer, Labels labels)
    {
        writer.WriteStartObject();
        for (var i = 0; i < labels.Count; i++) writer.WriteString(labels[i].Name, labels[i].Value);
        writer.WriteEndObject();
    }

    private static void Remarks(Utf8JsonWriter writer, string name, ImmutableArray<string> remarks)
    {
        if (remarks.IsEmpty) return;
        writer.WriteStartArray(name);
        foreach (var remark in remarks.Take(MostRemarks)) writer.WriteStringValue(remark);
        if (remarks.Length > MostRemarks) writer.WriteStringValue($"{remarks.Length - MostRemarks} more {name.TrimEnd('s')} annotations omitted");
        writer.WriteEndArray();
    }

    private static void Vector(Utf8JsonWriter writer, long time, VectorSample sample, ArrayBufferWriter<byte> scratch)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("metric"u8);
        WriteLabels(writer, sample.Labels);
        if (sample.Histogram is { } histogram)
        {
            writer.WritePropertyName("histogram"u8);
            HistogramSample(writer, time, histogram, scratch);
        }
        else
        {
            writer.WritePropertyName("value"u8);
            scratch.ResetWrittenCount();
            Sample(time, sample.Value, scratch);
            writer.WriteRawValue(scratch.WrittenSpan, skipInputValidation: true);
        }

        writer.WriteEndObject();
    }

    /// <summary>One series of a matrix.</summary>
    internal static void Matrix(Utf8JsonWriter writer, MatrixSeries series, SampleStarts starts, ArrayBufferWriter<byte> scratch)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("metric"u8);
        WriteLabels(writer, series.Labels);
        scratch.ResetWrittenCount();
        starts.Write(series, scratch);
        if (scratch.WrittenCount > 2)
        {
            writer.WritePropertyName("values"u8);
            writer.WriteRawValue(scratch.WrittenSpan, skipInputValidation: true);
        }

        if (series.Histograms is not null)
        {
            writer.WriteStartArray("histograms"u8);
            for (var i = 0; i < series.Times.Length; i++)
            {
                if (series.Histograms[i] is { } histogram) HistogramSample(writer, series.Times[i], histogram, scratch);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    // Scalars and texts are written by another encoder there: shortest digits, and never an exponent.
    private static string Seconds(long time) => GoNumber.Plain(time / 1000.0);

    private static void Sample(long time, double value, IBufferWriter<byte> into)
    {
        into.Write("["u8);
        SampleText.WriteTime(time, into);
        into.Write(",\""u8);
        SampleText.WriteValue(value, into);
        into.Write("\"]"u8);
    }

    private static void HistogramSample(Utf8JsonWriter writer, long time, NativeHistogram histogram, ArrayBufferWriter<byte> scratch)
    {
        writer.WriteStartArray();
        scratch.ResetWrittenCount();
        SampleText.WriteTime(time, scratch);
        writer.WriteRawValue(scratch.WrittenSpan, skipInputValidation: true);
        writer.WriteStartObject();
        writer.WriteString("count"u8, SampleText.Format(histogram.Count));
        writer.WriteString("sum"u8, SampleText.Format(histogram.Sum));
        var isFirst = true;
        foreach (var bucket in BucketBounds.All(histogram))
        {
            if (isFirst) writer.WriteStartArray("buckets"u8);
            isFirst = false;
            writer.WriteStartArray();
            // Which bounds belong to the bucket: the upper, the lower, neither, both.
            writer.WriteNumberValue((bucket.LowerInclusive, bucket.UpperInclusive) switch { (false, true) => 0, (true, false) =>
                1, (false, false) => 2, _ => 3 });
            writer.WriteStringValue(SampleText.Format(bucket.Lower));
            writer.WriteStringValue(SampleText.Format(bucket.Upper));
            writer.WriteStringValue(SampleText.Format(bucket.Count));
            writer.WriteEndArray();
        }

        if (!isFirst) writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
    }
}

/// <summary>The beginnings of samples, <c>[1435781430.781,"</c>: the same for every series that has the same times.</summary>
internal sealed class SampleStarts
{
    // The beginning of a sample, its value, its end, and the end of the array.
    private const int MostOfSample = 40 + GoNumber.MostBytes + 3;
    private const int Room = 1 << 14;

    private readonly ArrayBufferWriter<byte> _text = new();
    private long[]? _times;
    private int[] _ends = [];

    /// <summary>The floats of a series as an array of samples.</summary>
    public void Write(MatrixSeries series, ArrayBufferWriter<byte> into)
    {
        if (!ReferenceEquals(series.Times, _times)) Make(series.Times);
        var span = into.GetSpan(Room);
        span[0] = (byte)'[';
        var at = 1;
        var start = 0;
        var isFirst = true;
        for (var i = 0; i < series.Times.Length; i++)
        {
            var text = _text.WrittenSpan[start.._ends[i]];
            start = _ends[i];
            if (series.Histograms?[i] is not null) continue;
            if (span.Length - at < MostOfSample)
            {
                into.Advance(at);
                span = into.GetSpan(Room);
                at = 0;
            }

            // The comma is part of every beginning but need not be of the first.
            if (isFirst) text = text[1..];
            isFirst = false;
            text.CopyTo(span[at..]);
            at += text.Length;
            at += SampleText.WriteValue(series.Values[i], span[at..]);
            span[at] = (byte)'"';
            span[at + 1] = (byte)']';
            at += 2;
        }

        span[at] = (byte)']';
        into.Advance(at + 1);
    }

    private void Make(long[] times)
    {
        _times = times;
        _text.ResetWrittenCount();
        _ends = new int[times.Length];
        for (var i = 0; i < times.Length; i++)
        {
            _text.Write(",["u8);
            SampleText.WriteTime(times[i], _text);
            _text.Write(",\""u8);
            _ends[i] = _text.WrittenCount;
        }
    }
}
