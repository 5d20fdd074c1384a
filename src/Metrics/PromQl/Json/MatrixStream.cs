using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Fairway.Metrics.PromQl.Json;

/// <summary>
/// Writes answers of many series as they are sent: a part at a time, each on a core of its own, so that an answer of any size takes
/// little memory. The same bytes as <see cref="QueryJson.Write"/>.
/// </summary>
public static class MatrixStream
{
    private const int SeriesOfPart = 16;
    private const int LeastValues = 20_000;

    /// <summary>Writes a whole response.</summary>
    /// <param name="output">Flushed part by part; waits for who reads slowly.</param>
    /// <param name="result">What to write.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task WriteAsync(PipeWriter output, QueryResult result, CancellationToken cancellation)
    {
        if (result.Value is MatrixValue matrix && matrix.Series.Count > SeriesOfPart && matrix.Series.Sum(s => (long)s.Values.Length) >= LeastValues)
        {
            await WriteAsync(output, matrix, result, cancellation);
            return;
        }

        await using (var json = new Utf8JsonWriter(output, QueryJson.WriterOptions)) QueryJson.Write(json, result);
        await output.FlushAsync(cancellation);
    }

    private static async Task WriteAsync(PipeWriter output, MatrixValue matrix, QueryResult result, CancellationToken cancellation)
    {
        output.Write("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["u8);
        var parts = new Part[Environment.ProcessorCount * 2];
        for (var i = 0; i < parts.Length; i++) parts[i] = new();
        try
        {
            for (var first = 0; first < matrix.Series.Count; first += parts.Length * SeriesOfPart)
            {
                var begin = first;
                Parallel.For(0, parts.Length, part => parts[part].Write(matrix.Series, begin + (part * SeriesOfPart)));
                foreach (var part in parts) output.Write(part.Written);
                var flushed = await output.FlushAsync(cancellation);
                if (flushed.IsCompleted) return;
            }
        }
        finally
        {
            foreach (var part in parts) part.Dispose();
        }

        output.Write("]}"u8);
        output.Write(Rest(result));
        await output.FlushAsync(cancellation);
    }

    // The members behind the data, and the last brace.
    private static byte[] Rest(QueryResult result)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            QueryJson.WriteRemarks(json, result);
            json.WriteEndObject();
        }

        var rest = text.WrittenSpan.ToArray();
        if (rest.Length == 2) return [.. "}"u8];
        rest[0] = (byte)',';
        return rest;
    }

    private sealed class Part : IDisposable
    {
        private readonly ArrayBufferWriter<byte> _text = new(1 << 16);
        private readonly ArrayBufferWriter<byte> _scratch = new(1 << 12);
        private readonly SampleStarts _starts = new();
        private readonly Utf8JsonWriter _json;

        public Part() => _json = new(_text, QueryJson.WriterOptions);

        public void Dispose() => _json.Dispose();

        public ReadOnlySpan<byte> Written => _text.WrittenSpan;

        public void Write(IReadOnlyList<MatrixSeries> all, int first)
        {
            _text.ResetWrittenCount();
            for (var i = first; i < Math.Min(all.Count, first + SeriesOfPart); i++)
            {
                if (i > 0) _text.Write(","u8);
                _json.Reset(_text);
                if (all[i].Histograms is not null)
                {
                    QueryJson.Matrix(_json, all[i], _starts, _scratch);
                    _json.Flush();
                    continue;
                }

                _text.Write("{\"metric\":"u8);
                QueryJson.WriteLabels(_json, all[i].Labels);
                _json.Flush();
                _text.Write(",\"values\":"u8);
                _starts.Write(all[i], _text);
                _text.Write("}"u8);
            }
        }
    }
}
