using System.Buffers.Binary;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>The message of remote write 2.0, <c>io.prometheus.write.v2.Request</c>: texts stand once in a table of symbols.</summary>
internal sealed class WriteRequestV2(WriteSession session)
{
    private readonly List<Range> _symbols = [];
    private readonly List<uint> _refs = [];
    private readonly Dictionary<string, MetricMetadata> _told = [];
    private byte[] _key = new byte[512];
    private long _left;

    /// <summary>Adds everything of a message.</summary>
    /// <exception cref="FormatException">The message is torn, or becomes much larger than it is once its symbols are put in.</exception>
    public void Take(ReadOnlySpan<byte> message)
    {
        // A series says a symbol in a byte or two, however long that is: real writers gain tenfold by it.
        _left = Math.Min((message.Length * 32L) + (1 << 16), session.MostLabelBytes);
        _symbols.Clear();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            var isSymbol = reader.Field == 4 && reader.Type == WireType.Bytes;
            if (reader.Field is 1 or 3) throw new FormatException("this is a message of remote write 1.0, but the content type says 2.0");
            if (!isSymbol)
            {
                reader.Skip();
                continue;
            }

            var length = reader.Bytes().Length;
            _symbols.Add((reader.Position - length)..reader.Position);
        }

        if (_told.Count > 10_000) _told.Clear();
        reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 5) Series(message, reader.Bytes());
            else reader.Skip();
        }
    }

    private void Series(ReadOnlySpan<byte> message, ReadOnlySpan<byte> timeSeries)
    {
        _refs.Clear();
        long created = 0;
        ReadOnlySpan<byte> metadata = default;
        var reader = new ProtobufReader(timeSeries);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: Refs(ref reader); break;
                case 5: metadata = reader.Bytes(); break;
                case 6: created = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        if (_refs.Count > session.MostLabels * 2)
        {
            session.Tally.Refuse($"more than {session.MostLabels} labels", Labels.Empty);
            return;
        }

        var key = Key(message);
        var hash = ByteHash.Of(key);
        var series = session.Find(key, hash);
        series ??= session.Add(key, hash, ReadLabels);
        if (series is null) return;
        session.Start(series, created);
        Samples(timeSeries, series);
        if (!metadata.IsEmpty) Metadata(message, metadata, series.Labels.Name);
    }

    private void Samples(ReadOnlySpan<byte> timeSeries, RemoteSeries series)
    {
        var reader = new ProtobufReader(timeSeries);
        while (reader.Next())
        {
            if (reader.Field == 2) Sample(reader.Bytes(), series);
            else if (reader.Field == 3) session.Histogram(series, reader.Bytes());
            else reader.Skip();
        }
    }

    private void Sample(ReadOnlySpan<byte> message, RemoteSeries series)
    {
        double value = 0;
        long time = 0, start = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: value = reader.Double(); break;
                case 2: time = reader.Int64(); break;
                case 3: start = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        session.Start(series, start);
        session.Sample(series, time, value);
    }

    private void Metadata(ReadOnlySpan<byte> message, ReadOnlySpan<byte> metadata, string metric)
    {
        var (type, help, unit) = (0L, 0u, 0u);
        var reader = new ProtobufReader(metadata);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = reader.Int64(); break;
                case 3: help = (uint)reader.UInt64(); break;
                case 4: unit = (uint)reader.UInt64(); break;
                default: reader.Skip(); break;
            }
        }

        if (type == 0 && help == 0 && unit == 0) return;
        var told = new MetricMetadata(WriteRequestV1.TypeName(type), Optional(message, help), Optional(message, unit));
        if (_told.TryGetValue(metric, out var before) && before == told) return;
        _told[metric] = told;
        session.Describe(metric, told);
    }

    private string Optional(ReadOnlySpan<byte> message, uint symbol) => symbol == 0 ? "" : session.Pool.Get(Symbol(message, symbol));

    private void Refs(ref ProtobufReader reader)
    {
        if (reader.Type == WireType.Varint)
        {
            _refs.Add((uint)reader.UInt64());
            return;
        }

        var packed = new ProtobufReader(reader.Bytes());
        while (packed.More) _refs.Add((uint)packed.Varint());
    }

    private static void ReadLabels(ReadOnlySpan<byte> key, WriteSession session)
    {
        while (!key.IsEmpty)
        {
            var name = session.Pool.Get(Text(ref key));
            session.Draft.Append(name, session.Pool.Get(Text(ref key)));
        }
    }

    private static ReadOnlySpan<byte> Text(ref ReadOnlySpan<byte> key)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(key);
        var text = key.Slice(4, length);
        key = key[(4 + length)..];
        return text;
    }

    // The numbers of symbols differ from request to request; the texts, each with its length, do not.
    private ReadOnlySpan<byte> Key(ReadOnlySpan<byte> message)
    {
        if (_refs.Count % 2 != 0) throw new FormatException("a series has a label name without a value");
        var length = 0;
        foreach (var reference in _refs)
        {
            var symbol = Symbol(message, reference);
            _left -= symbol.Length;
            if (_left < 0) throw new FormatException("the labels of the series are much longer than the message");
            if (_key.Length < length + symbol.Length + 4) Array.Resize(ref _key, (length + symbol.Length + 4) * 2);
            BinaryPrimitives.WriteInt32LittleEndian(_key.AsSpan(length), symbol.Length);
            symbol.CopyTo(_key.AsSpan(length + 4));
            length += symbol.Length + 4;
        }

        return _key.AsSpan(0, length);
    }

    private ReadOnlySpan<byte> Symbol(ReadOnlySpan<byte> message, uint number) =>
        number < (uint)_symbols.Count ? message[_symbols[(int)number]] : throw new FormatException($"symbol {number} of {_symbols.Count}");
}
