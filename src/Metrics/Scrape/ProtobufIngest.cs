using System.Buffers.Binary;
using Fairway.Metrics.Exposition;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Protobuf;

namespace Fairway.Metrics.Scrape;

/// <summary>From a protobuf body (length-delimited io.prometheus.client.MetricFamily messages) to samples: the format of native
/// histograms.</summary>
internal sealed class ProtobufIngest(SeriesRun run, SeriesLabels labels, FamilyTexts families, ScrapeIngestOptions options)
{
    private static readonly string[] Types = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"];

    private readonly LabelDraft _draft = new();
    private readonly TextPool _pool = new();
    private readonly ClientHistogram _histogram = new();
    private byte[] _key = new byte[512];
    private int _prefix;
    private int _length;

    /// <summary>Adds every sample of a body.</summary>
    /// <exception cref="FormatException">The body is not in its format, or breaks a limit.</exception>
    public void Take(ReadOnlySpan<byte> body)
    {
        families.Begin();
        var reader = new ProtobufReader(body);
        while (reader.More)
        {
            var length = reader.Varint();
            if (length > (ulong)(body.Length - reader.Position)) throw new FormatException($"protobuf: a metric family is cut off (byte {reader.Position})");
            var family = body.Slice(reader.Position, (int)length);
            Family(family);
            reader.Jump((int)length);
        }

        families.Flush();
    }

    private void Family(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> name = default, help = default, unit = default;
        long type = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.Bytes(); break;
                case 2: help = reader.Bytes(); break;
                case 3: type = reader.Int64(); break;
                case 5: unit = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        if (name.IsEmpty) throw new FormatException("protobuf: a metric family without a name");
        if (type is < 0 or > 5) throw new FormatException($"protobuf: metric type {type} of {_pool.Get(name)}");
        families.Take(ExpositionItem.Type, name, System.Text.Encoding.ASCII.GetBytes(Types[type]));
        families.Take(ExpositionItem.Help, name, help);
        families.Take(ExpositionItem.Unit, name, unit);
        reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 4) Metric(name, reader.Bytes());
            else reader.Skip();
        }
    }

    private void Metric(ReadOnlySpan<byte> name, ReadOnlySpan<byte> message)
    {
        long time = 0;
        StartKey(name);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) Append(reader.Bytes());
            else if (reader.Field == 6) time = reader.Int64();
            else reader.Skip();
        }

        _prefix = _length;
        reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2 or 3 or 5: Number(name, reader.Bytes(), reader.Field == 3, time); break;
                case 4: Summary(name, reader.Bytes(), time); break;
                case 7: Histogram(name, reader.Bytes(), time); break;
                default: reader.Skip(); break;
            }
        }
    }

    private void Number(ReadOnlySpan<byte> name, ReadOnlySpan<byte> message, bool counter, long time)
    {
        double value = 0;
        long start = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) value = reader.Double();
            else if (reader.Field == 3 && counter) start = ClientHistogram.Milliseconds(reader.Bytes());
            else if (reader.Field == 2 && counter)
            {
                run.Counts.Exemplars++;
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }

        Sample(Series(name, "", null, start), time, value);
    }

    private void Summary(ReadOnlySpan<byte> name, ReadOnlySpan<byte> message, long time)
    {
        double count = 0, sum = 0;
        long start = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: count = reader.UInt64(); break;
                case 2: sum = reader.Double(); break;
                case 4: start = ClientHistogram.Milliseconds(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        Sample(Series(name, "_count", null, start), time, count);
        Sample(Series(name, "_sum", null, start), time, sum);
        reader = new(message);
        while (reader.Next())
        {
            if (reader.Field != 3)
            {
                reader.Skip();
                continue;
            }

            double quantile = 0, value = 0;
            var inner = new ProtobufReader(reader.Bytes());
            while (inner.Next())
            {
                if (inner.Field == 1) quantile = inner.Double();
                else if (inner.Field == 2) value = inner.Double();
                else inner.Skip();
            }

            Sample(Series(name, "", new("quantile", NumberText.ToText(quantile)), 0), time, value);
        }
    }

    private void Histogram(ReadOnlySpan<byte> name, ReadOnlySpan<byte> message, long time)
    {
        _histogram.Read(message);
        run.Counts.Exemplars += _histogram.Exemplars;
        var start = _histogram.Start;
        if (_histogram.IsNative)
        {
            var native = _histogram.ToNative(families.CurrentType == "gaugehistogram");
            if (HistogramCheck.Fault(native) is { } fault) throw new FormatException($"{_pool.Get(name)}: {fault}");
            var series = Series(name, "", null, start);
            run.Saw(series);
            run.Sample(series, time != 0, time, native);
            if (!options.AlwaysScrapeClassicHistograms) return;
        }

        Sample(Series(name, "_count", null, start), time, _histogram.Count);
        Sample(Series(name, "_sum", null, start), time, _histogram.Sum);
        var infinite = false;
        foreach (var (bound, below) in _histogram.Buckets)
        {
            infinite |= double.IsPositiveInfinity(bound);
            Sample(Series(name, "_bucket", new("le", NumberText.ToText(bound)), start), time, below);
        }

        if (!infinite) Sample(Series(name, "_bucket", new("le", "+Inf"), start), time, _histogram.Count);
    }

    private void Sample(ScrapeSeries series, long time, double value)
    {
        run.Saw(series);
        run.Sample(series, time != 0, time, double.IsNaN(value) && !StaleMarker.Is(value) ? BitConverter.Int64BitsToDouble(StaleMarker.OrdinaryNaNBits) : value);
    }

    // The key of a series: the family's name, the messages of its labels, and which of the family's series it is.
    private ScrapeSeries Series(ReadOnlySpan<byte> name, string suffix, Label? extra, long start)
    {
        _length = _prefix;
        Append(System.Text.Encoding.UTF8.GetBytes(suffix));
        if (extra is { } label) Append(System.Text.Encoding.UTF8.GetBytes(label.Value));
        var key = _key.AsSpan(0, _length);
        var hash = ByteHash.Of(key);
        var series = run.Guess is { } guess && guess.Hash == hash && key.SequenceEqual(guess.Key) ? guess : run.Find(key, hash);
        if (series is null)
        {
            ReadLabels();
            _draft.Append(Labels.MetricName, _pool.Get(name) + suffix);
            if (extra is { } more) _draft.Append(more.Name, more.Value);
            series = new(key.ToArray(), hash, labels.Of(_draft)) { Group = start > 0 && options.StartTimes ? new() : null };
            run.Add(series);
        }

        if (series.Group is not null) series.Group.Start = start;
        return series;
    }

    private void ReadLabels()
    {
        _draft.Clear();
        var rest = _key.AsSpan(0, _prefix);
        rest = rest[(4 + BinaryPrimitives.ReadInt32LittleEndian(rest))..];
        while (rest.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            var reader = new ProtobufReader(rest.Slice(4, length));
            var (name, value) = ("", "");
            while (reader.Next())
            {
                if (reader.Field == 1) name = _pool.Get(reader.Bytes());
                else if (reader.Field == 2) value = _pool.Get(reader.Bytes());
                else reader.Skip();
            }

            if (name.Length == 0) throw new FormatException("protobuf: a label without a name");
            _draft.Append(name, value);
            rest = rest[(4 + length)..];
        }
    }

    private void StartKey(ReadOnlySpan<byte> name)
    {
        _length = 0;
        Append(name);
    }

    private void Append(ReadOnlySpan<byte> part)
    {
        if (_key.Length < _length + part.Length + 4) Array.Resize(ref _key, (_length + part.Length + 4) * 2);
        BinaryPrimitives.WriteInt32LittleEndian(_key.AsSpan(_length), part.Length);
        part.CopyTo(_key.AsSpan(_length + 4));
        _length += part.Length + 4;
    }
}
