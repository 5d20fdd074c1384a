using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.Relabelling;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>A sample on its way out.</summary>
/// <param name="Labels">As they are here.</param>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Value">Of a float.</param>
/// <param name="Histogram">Null for a float.</param>
internal readonly record struct OutgoingSample(Labels Labels, long Time, double Value, NativeHistogram? Histogram);

/// <summary>A request on its way out.</summary>
/// <param name="Body">Packed.</param>
/// <param name="Samples">How many relabelling left of what was to be sent.</param>
internal sealed record OutgoingRequest(byte[] Body, int Samples);

/// <summary>Makes requests of remote write from samples. For one thread at a time.</summary>
internal sealed class RemoteWriteEncoder(RemoteWriteConfig config, Labels externalLabels)
{
    private const int MostKnown = 500_000;

    private readonly Dictionary<Labels, Labels?> _outside = [];
    private readonly Dictionary<string, uint> _symbols = new(StringComparer.Ordinal);
    private readonly ProtobufWriter _message = new();
    private readonly ProtobufWriter _series = new();
    private readonly ProtobufWriter _labels = new();
    private int _count;

    /// <summary>A request.</summary>
    /// <param name="samples">What to send.</param>
    /// <param name="metadata">What to tell of metrics; of remote write 2.0, looked up by the names of the samples.</param>
    /// <returns>The body, packed; null when relabelling leaves nothing.</returns>
    public OutgoingRequest? Encode(IReadOnlyList<OutgoingSample> samples, IReadOnlyDictionary<string, MetricMetadata> metadata)
    {
        _message.Clear();
        _count = 0;
        if (config.Version2) EncodeV2(samples, metadata);
        else EncodeV1(samples, metadata);
        if (_message.Length == 0) return null;
        var packed = new byte[Snappy.MostEncoded(_message.Length)];
        var length = Snappy.Encode(_message.Written, packed);
        return new(packed[..length], _count);
    }

    private void EncodeV1(IReadOnlyList<OutgoingSample> samples, IReadOnlyDictionary<string, MetricMetadata> metadata)
    {
        foreach (var sample in samples)
        {
            if (Outside(sample) is not { } labels) continue;
            _count++;
            var series = _message.Begin(1);
            for (var i = 0; i < labels.Count; i++)
            {
                var label = _message.Begin(1);
                _message.Text(1, labels[i].Name);
                _message.Text(2, labels[i].Value);
                _message.End(label);
            }

            Value(_message, sample, 2, 4);
            _message.End(series);
        }

        foreach (var (name, told) in metadata)
        {
            var begun = _message.Begin(3);
            _message.Varint(1, WriteRequestV1.TypeNumber(told.Type));
            _message.Text(2, name);
            _message.Text(4, told.Help);
            _message.Text(5, told.Unit);
            _message.End(begun);
        }
    }

    private void EncodeV2(IReadOnlyList<OutgoingSample> samples, IReadOnlyDictionary<string, MetricMetadata> metadata)
    {
        _symbols.Clear();
        _series.Clear();
        Symbol("");
        foreach (var sample in samples)
        {
            if (Outside(sample) is not { } labels) continue;
            _count++;
            _labels.Clear();
            for (var i = 0; i < labels.Count; i++)
            {
                _labels.Raw(Symbol(labels[i].Name));
                _labels.Raw(Symbol(labels[i].Value));
            }

            var series = _series.Begin(5);
            _series.Bytes(1, _labels.Written);
            Value(_series, sample, 2, 3);
            if (MetadataOf(labels.Name, metadata) is { } told)
            {
                var begun = _series.Begin(5);
                _series.Varint(1, WriteRequestV1.TypeNumber(told.Type));
                _series.Varint(3, Symbol(told.Help));
                _series.Varint(4, Symbol(told.Unit));
                _series.End(begun);
            }

            _series.End(series);
        }

        if (_series.Length == 0) return;
        foreach (var symbol in _symbols.OrderBy(s => s.Value)) _message.Text(4, symbol.Key);
        _message.Append(_series.Written);
    }

    private static MetricMetadata? MetadataOf(string name, IReadOnlyDictionary<string, MetricMetadata> metadata)
    {
        if (metadata.TryGetValue(name, out var told)) return told;
        foreach (var suffix in new[] { "_total", "_bucket", "_count", "_sum" })
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && metadata.TryGetValue(name[..^suffix.Length], out told)) return told;
        }

        return null;
    }

    private static void Value(ProtobufWriter writer, in OutgoingSample sample, int sampleField, int histogramField)
    {
        if (sample.Histogram is { } histogram)
        {
            HistogramMessage.Write(writer, histogramField, histogram, sample.Time);
            return;
        }

        var begun = writer.Begin(sampleField);
        writer.Double(1, sample.Value);
        writer.Varint(2, (ulong)sample.Time);
        writer.End(begun);
    }

    private uint Symbol(string text)
    {
        if (!_symbols.TryGetValue(text, out var number)) _symbols.Add(text, number = (uint)_symbols.Count);
        return number;
    }

    private Labels? Outside(in OutgoingSample sample)
    {
        if (sample.Histogram is not null && !config.SendNativeHistograms) return null;
        if (_outside.TryGetValue(sample.Labels, out var known)) return known;
        if (_outside.Count >= MostKnown) _outside.Clear();
        var labels = sample.Labels;
        for (var i = 0; i < externalLabels.Count; i++)
        {
            var (name, value) = externalLabels[i];
            if (labels.Value(name).Length == 0) labels = labels.With(name, value);
        }

        var outside = config.Relabelling.Apply(labels);
        if (outside?.Name.Length == 0) outside = null;
        _outside.Add(sample.Labels, outside);
        return outside;
    }
}
