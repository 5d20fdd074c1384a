using Fairway.Metrics.Ingest;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>The message of remote write 1.0, <c>prometheus.WriteRequest</c>: every series brings all its labels as text each time, so they
/// are looked up by their bytes.</summary>
internal static class WriteRequestV1
{
    private static readonly string[] Types = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

    /// <summary>Adds everything of a message.</summary>
    /// <exception cref="FormatException">The message is torn.</exception>
    public static void Take(ReadOnlySpan<byte> message, WriteSession session)
    {
        byte[]? gathered = null;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) Series(reader.Bytes(), session, ref gathered);
            else if (reader.Field == 3) Metadata(reader.Bytes(), session);
            else reader.Skip();
        }
    }

    private static void Series(ReadOnlySpan<byte> message, WriteSession session, ref byte[]? gathered)
    {
        var key = LabelBytes(message, ref gathered);
        var hash = ByteHash.Of(key);
        var series = session.Find(key, hash);
        series ??= session.Add(key, hash, ReadLabels);

        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                var sample = reader.Bytes();
                if (series is not null) Sample(sample, series, session);
            }
            else if (reader.Field == 4)
            {
                var histogram = reader.Bytes();
                if (series is not null) session.Histogram(series, histogram);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    // Labels come first and together from every writer we know; others are copied together.
    private static ReadOnlySpan<byte> LabelBytes(ReadOnlySpan<byte> message, ref byte[]? gathered)
    {
        var (end, other) = (0, false);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            var isLabel = reader.Field == 1;
            reader.Skip();
            if (isLabel && other) return Gather(message, ref gathered);
            if (isLabel) end = reader.Position;
            else other = true;
        }

        return message[..end];
    }

    private static ReadOnlySpan<byte> Gather(ReadOnlySpan<byte> message, ref byte[]? gathered)
    {
        if (gathered is null || gathered.Length < message.Length) gathered = new byte[message.Length];
        var length = 0;
        var reader = new ProtobufReader(message);
        for (var start = 0; reader.Next(); start = reader.Position)
        {
            var isLabel = reader.Field == 1;
            reader.Skip();
            if (!isLabel) continue;
            var field = message[start..reader.Position];
            field.CopyTo(gathered.AsSpan(length));
            length += field.Length;
        }

        return gathered.AsSpan(0, length);
    }

    private static void ReadLabels(ReadOnlySpan<byte> fields, WriteSession session)
    {
        var reader = new ProtobufReader(fields);
        while (reader.Next())
        {
            var label = new ProtobufReader(reader.Bytes());
            var (name, value) = ("", "");
            while (label.Next())
            {
                if (label.Field == 1) name = session.Pool.Get(label.Bytes());
                else if (label.Field == 2) value = session.Pool.Get(label.Bytes());
                else label.Skip();
            }

            session.Draft.Append(name, value);
        }
    }

    private static void Sample(ReadOnlySpan<byte> message, RemoteSeries series, WriteSession session)
    {
        double value = 0;
        long time = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) value = reader.Double();
            else if (reader.Field == 2) time = reader.Int64();
            else reader.Skip();
        }

        session.Sample(series, time, value);
    }

    private static void Metadata(ReadOnlySpan<byte> message, WriteSession session)
    {
        var (type, name, help, unit) = (0L, "", "", "");
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = reader.Int64(); break;
                case 2: name = TextPool.Decode(reader.Bytes()); break;
                case 4: help = TextPool.Decode(reader.Bytes()); break;
                case 5: unit = TextPool.Decode(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        if (name.Length > 0) session.Describe(name, new(TypeName(type), help, unit));
    }

    /// <summary>A type as <see cref="MetricMetadata"/> names it; the numbers are the same in both versions.</summary>
    public static string TypeName(long type) => type is >= 0 and < 8 ? Types[type] : Types[0];

    /// <summary>The number of a type.</summary>
    public static ulong TypeNumber(string type) => (ulong)Math.Max(0, Array.IndexOf(Types, type));
}
