using System.Text.Json;

namespace Fairway.Metrics.Otlp;

/// <summary>How a value of JSON is written in protobuf.</summary>
internal enum OtlpFieldKind { Message, Text, Bool, Bytes, Double, Fixed64, Varint, ZigZag, Temporality }

/// <summary>A field of a message.</summary>
internal sealed record OtlpField(string Name, int Number, OtlpFieldKind Kind, bool Repeated = false, OtlpSchema? Schema = null);

/// <summary>The fields of the messages of a metrics request that we read (opentelemetry-proto, collector/metrics/v1, metrics/v1,
/// resource/v1, common/v1).</summary>
internal sealed class OtlpSchema
{
    /// <summary>ExportMetricsServiceRequest.</summary>
    public static readonly OtlpSchema Request = Make();

    private OtlpField[] _fields = [];

    /// <summary>The field whose name the reader is at; null for one we do not read.</summary>
    public OtlpField? Find(ref Utf8JsonReader reader)
    {
        foreach (var field in _fields)
        {
            if (reader.ValueTextEquals(field.Name)) return field;
        }

        return null;
    }

    private static OtlpSchema Of(params OtlpField[] fields) => new() { _fields = fields };

    private static OtlpField Field(string name, int number, OtlpFieldKind kind) => new(name, number, kind);

    private static OtlpField One(string name, int number, OtlpSchema schema) => new(name, number, OtlpFieldKind.Message, false, schema);

    private static OtlpField Many(string name, int number, OtlpSchema schema) => new(name, number, OtlpFieldKind.Message, true, schema);

    private static OtlpField Numbers(string name, int number, OtlpFieldKind kind) => new(name, number, kind, true);

    private static OtlpSchema Make()
    {
        var attribute = Attribute();
        var start = Field("startTimeUnixNano", 2, OtlpFieldKind.Fixed64);
        var time = Field("timeUnixNano", 3, OtlpFieldKind.Fixed64);
        var count = Field("count", 4, OtlpFieldKind.Fixed64);
        var sum = Field("sum", 5, OtlpFieldKind.Double);
        var temporality = Field("aggregationTemporality", 2, OtlpFieldKind.Temporality);

        var number = Of(
            Many("attributes", 7, attribute), start, time,
            Field("asDouble", 4, OtlpFieldKind.Double), Field("asInt", 6, OtlpFieldKind.Fixed64), Field("flags", 8, OtlpFieldKind.Varint));
        var histogram = Of(
            Many("attributes", 9, attribute), start, time, count, sum,
            Numbers("bucketCounts", 6, OtlpFieldKind.Fixed64), Numbers("explicitBounds", 7, OtlpFieldKind.Double), Field("flags", 10, OtlpFieldKind.Varint));
        var buckets = Of(Field("offset", 1, OtlpFieldKind.ZigZag), Numbers("bucketCounts", 2, OtlpFieldKind.Varint));
        var exponential = Of(
            Many("attributes", 1, attribute), start, time, count, sum,
            Field("scale", 6, OtlpFieldKind.ZigZag), Field("zeroCount", 7, OtlpFieldKind.Fixed64), One("positive", 8, buckets), One("negative", 9, buckets),
            Field("flags", 10, OtlpFieldKind.Varint), Field("zeroThreshold", 14, OtlpFieldKind.Double));
        var quantile = Of(Field("quantile", 1, OtlpFieldKind.Double), Field("value", 2, OtlpFieldKind.Double));
        var summary = Of(Many("attributes", 7, attribute), start, time, count, sum, Many("quantileValues", 6, quantile), Field("flags", 8, OtlpFieldKind.Varint));

        var metric = Of(
            Field("name", 1, OtlpFieldKind.Text), Field("description", 2, OtlpFieldKind.Text), Field("unit", 3, OtlpFieldKind.Text),
            One("gauge", OtlpKinds.Gauge, Of(Many("dataPoints", 1, number))),
            One("sum", OtlpKinds.Sum, Of(Many("dataPoints", 1, number), temporality, Field("isMonotonic", 3, OtlpFieldKind.Bool))),
            One("histogram", OtlpKinds.Histogram, Of(Many("dataPoints", 1, histogram), temporality)),
            One("exponentialHistogram", OtlpKinds.Exponential, Of(Many("dataPoints", 1, exponential), temporality)),
            One("summary", OtlpKinds.Summary, Of(Many("dataPoints", 1, summary))));
        var scope = Of(Field("name", 1, OtlpFieldKind.Text), Field("version", 2, OtlpFieldKind.Text));
        var scopeMetrics = Of(One("scope", 1, scope), Many("metrics", 2, metric));
        var resource = Of(Many("attributes", 1, attribute));
        return Of(Many("resourceMetrics", 1, Of(One("resource", 1, resource), Many("scopeMetrics", 2, scopeMetrics))));
    }

    // AnyValue holds lists and maps of itself.
    private static OtlpSchema Attribute()
    {
        var any = new OtlpSchema();
        var keyValue = Of(Field("key", 1, OtlpFieldKind.Text), One("value", 2, any));
        any._fields =
        [
            Field("stringValue", 1, OtlpFieldKind.Text), Field("boolValue", 2, OtlpFieldKind.Bool), Field("intValue", 3, OtlpFieldKind.Varint),
            Field("doubleValue", 4, OtlpFieldKind.Double), One("arrayValue", 5, Of(Many("values", 1, any))), One("kvlistValue", 6, Of(Many("values", 1, keyValue))),
            Field("bytesValue", 7, OtlpFieldKind.Bytes),
        ];
        return keyValue;
    }
}
