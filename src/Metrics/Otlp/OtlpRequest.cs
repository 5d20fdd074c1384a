using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Otlp;

/// <summary>Walks through one request at a time; used again for the next one.</summary>
internal sealed class OtlpRequest
{
    private readonly OtlpOptions _options;
    private readonly ISampleStore _store;
    private readonly OtlpResources _resources;
    private readonly List<OtlpSeries> _toldStarts = [];
    private readonly OtlpPoint _point = new();
    private readonly OtlpPoints _points;
    private readonly LabelDraft _draft = new();
    private readonly TextPool _pool = new();
    private readonly List<(string Key, string Value)> _attributes = [];
    private readonly ProtobufWriter _key = new();
    private readonly Func<string, Label?, Labels> _labelsOfPart;
    private OtlpResource? _resource;
    private OtlpMetric? _metric;
    private long _nowSeconds;

    public OtlpRequest(OtlpOptions options, ISampleStore store, OtlpResources resources)
    {
        (_options, _store, _resources) = (options, store, resources);
        _points = new(options, _toldStarts);
        _labelsOfPart = LabelsOfPart;
    }

    /// <summary>Adds everything of a message.</summary>
    /// <exception cref="FormatException">The message is torn.</exception>
    public OtlpTally Take(ReadOnlySpan<byte> message, IAppendBatch batch, long nowSeconds)
    {
        var tally = new OtlpTally();
        _nowSeconds = nowSeconds;
        _toldStarts.Clear();
        _points.Begin(batch);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) Resource(reader.Bytes(), batch, tally);
            else reader.Skip();
        }

        return tally;
    }

    /// <summary>The batch was thrown away: the store has forgotten the starts it was told.</summary>
    public void Undo()
    {
        foreach (var series in _toldStarts) series.ToldStart = 0;
    }

    private void Resource(ReadOnlySpan<byte> message, IAppendBatch batch, OtlpTally tally)
    {
        ReadOnlySpan<byte> key = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) key = reader.Bytes();
            else reader.Skip();
        }

        var resource = _resources.Get(key, _nowSeconds, _attributes, _draft, _pool);
        lock (resource.Gate)
        {
            _resource = resource;
            long newest = 0;
            reader = new(message);
            while (reader.Next())
            {
                if (reader.Field == 2) Scope(reader.Bytes(), ref newest, tally);
                else reader.Skip();
            }

            if (resource.Info is { } info && newest > 0) batch.Add(ref resource.InfoSeries, info, newest, 1);
            _resources.Sweep(resource, _nowSeconds);
        }
    }

    private void Scope(ReadOnlySpan<byte> message, ref long newest, OtlpTally tally)
    {
        ReadOnlySpan<byte> scope = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) scope = reader.Bytes();
            else reader.Skip();
        }

        if (!_options.ScopeLabels) scope = default;
        reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 2) Metric(reader.Bytes(), scope, ref newest, tally);
            else reader.Skip();
        }
    }

    private void Metric(ReadOnlySpan<byte> message, ReadOnlySpan<byte> scope, ref long newest, OtlpTally tally)
    {
        ReadOnlySpan<byte> name = default, description = default, unit = default, data = default;
        var kind = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.Bytes(); break;
                case 2: description = reader.Bytes(); break;
                case 3: unit = reader.Bytes(); break;
                case OtlpKinds.Gauge or OtlpKinds.Sum or OtlpKinds.Histogram or OtlpKinds.Exponential or OtlpKinds.Summary:
                    kind = reader.Field;
                    data = reader.Bytes();
                    break;
                default: reader.Skip(); break;
            }
        }

        if (kind == 0) return;
        var (temporality, monotonic, points) = Shape(data, kind);
        var fault = name.IsEmpty ? "a metric without a name"
            : kind is OtlpKinds.Sum or OtlpKinds.Histogram or OtlpKinds.Exponential && temporality is not (1 or 2) ? "a sum or histogram without its temporality"
            : null;
        if (fault is not null)
        {
            tally.Reject(fault, points);
            return;
        }

        _metric = MetricOf(name, unit, scope, kind, monotonic);
        if (_metric.Description is null || !description.SequenceEqual(_metric.Description))
        {
            _metric.Description = description.ToArray();
            _store.Describe(_metric.Name, new(_metric.Type, TextPool.Decode(description), OtlpNames.Unit(TextPool.Decode(unit))));
        }

        reader = new(data);
        while (reader.Next())
        {
            if (reader.Field == 1) Point(reader.Bytes(), kind, temporality == 1, monotonic || kind != OtlpKinds.Sum, ref newest, tally);
            else reader.Skip();
        }
    }

    private static (long Temporality, bool Monotonic, int Points) Shape(ReadOnlySpan<byte> data, int kind)
    {
        var (temporality, monotonic, points) = (0L, false, 0);
        var reader = new ProtobufReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1) points++;
            if (reader.Field == 2 && kind is OtlpKinds.Sum or OtlpKinds.Histogram or OtlpKinds.Exponential) temporality = reader.Int64();
            else if (reader.Field == 3 && kind == OtlpKinds.Sum) monotonic = reader.Int64() != 0;
            else reader.Skip();
        }

        return (temporality, monotonic, points);
    }

    private OtlpMetric MetricOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> scope, int kind, bool monotonic)
    {
        _key.Clear();
        _key.Raw((ulong)((kind * 2) + (monotonic ? 1 : 0)));
        _key.Bytes(1, name);
        _key.Bytes(2, unit);
        _key.Bytes(3, scope);
        var hash = ByteHash.Of(_key.Written);
        var metrics = _resource!.Metrics;
        var metric = metrics.Find(_key.Written, hash);
        if (metric is null)
        {
            var type = kind switch
            {
                OtlpKinds.Sum => monotonic ? "counter" : "gauge",
                OtlpKinds.Gauge => "gauge",
                OtlpKinds.Summary => "summary",
                _ => "histogram",
            };
            metric = new(_key.Written.ToArray(), hash, OtlpNames.Metric(TextPool.Decode(name), TextPool.Decode(unit), type, _options.Naming), type) { Scope = ScopeOf(scope) };
            metrics.Add(metric);
        }

        metric.Seen = _nowSeconds;
        return metric;
    }

    private (string Name, string Version) ScopeOf(ReadOnlySpan<byte> scope)
    {
        var (name, version) = ("", "");
        var reader = new ProtobufReader(scope);
        while (reader.Next())
        {
            if (reader.Field == 1) name = _pool.Get(reader.Bytes());
            else if (reader.Field == 2) version = _pool.Get(reader.Bytes());
            else reader.Skip();
        }

        return (name, version);
    }

    private void Point(ReadOnlySpan<byte> message, int kind, bool delta, bool counts, ref long newest, OtlpTally tally)
    {
        var key = _point.Read(message, kind);
        try
        {
            if (_point.Time <= 0) throw new FormatException("a point without a time");
            newest = Math.Max(newest, _point.Time);
            var hash = ByteHash.Of(key);
            var series = _metric!.Series.Find(key, hash);
            if (series is null)
            {
                ReadAttributes(key);
                series = new(key.ToArray(), hash);
                _metric.Series.Add(series);
                _resource!.SeriesCount++;
            }
            else if (series.Parts.Length == 0 || !_point.Bounds.SequenceEqual(series.Bounds))
            {
                ReadAttributes(key);
            }

            series.Seen = _nowSeconds;
            tally.Count(_points.Add(series, _labelsOfPart, _point, kind, delta, counts), _metric.Name);
        }
        catch (FormatException e)
        {
            tally.Reject($"{_metric!.Name}: {e.Message}");
        }
    }

    private void ReadAttributes(ReadOnlySpan<byte> fields)
    {
        _attributes.Clear();
        var reader = new ProtobufReader(fields);
        while (reader.Next())
        {
            if (_attributes.Count == _options.Attributes) throw new FormatException($"more than {_options.Attributes} attributes");
            _attributes.Add(OtlpAttributes.Read(reader.Bytes(), _pool));
        }
    }

    private Labels LabelsOfPart(string suffix, Label? extra)
    {
        _draft.Clear();
        OtlpAttributes.AddLabels(_attributes, _options.Naming, _draft);
        foreach (var (name, value) in _resource!.Promoted)
        {
            if (!_draft.Has(name)) _draft.Set(name, value);
        }

        if (_metric!.Scope.Name.Length > 0) _draft.Set("otel_scope_name", _metric.Scope.Name);
        if (_metric.Scope.Version.Length > 0) _draft.Set("otel_scope_version", _metric.Scope.Version);
        if (_resource.Job.Length > 0) _draft.Set("job", _resource.Job);
        if (_resource.Instance.Length > 0) _draft.Set("instance", _resource.Instance);
        if (extra is { } label) _draft.Set(label.Name, label.Value);
        _draft.Set(Labels.MetricName, _metric.Name + suffix);
        return _draft.ToLabels();
    }
}
