using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Protobuf;

namespace Fairway.Metrics.Otlp;

/// <summary>Who sent us metrics, by the bytes of their resource. For several threads at once.</summary>
internal sealed class OtlpResources(OtlpOptions options)
{
    private const long ForgottenAfterSeconds = 60 * 60;

    private readonly Lock _lock = new();
    private readonly RawTable<OtlpResource> _resources = new();
    private int _sweepAt = 1024;

    /// <summary>The resource of a message.</summary>
    /// <param name="message">Of type Resource; may be empty.</param>
    /// <param name="nowSeconds">For forgetting those that are gone.</param>
    /// <param name="attributes">To work with.</param>
    /// <param name="draft">To work with.</param>
    /// <param name="pool">For texts.</param>
    /// <exception cref="FormatException">The message is torn.</exception>
    public OtlpResource Get(ReadOnlySpan<byte> message, long nowSeconds, List<(string Key, string Value)> attributes, LabelDraft draft, TextPool pool)
    {
        var hash = ByteHash.Of(message);
        lock (_lock)
        {
            var resource = _resources.Find(message, hash);
            if (resource is null)
            {
                resource = Make(message, hash, attributes, draft, pool);
                if (_resources.Count >= _sweepAt)
                {
                    _resources.ForgetBefore(nowSeconds - ForgottenAfterSeconds);
                    _sweepAt = Math.Max(1024, _resources.Count * 2);
                }

                if (_resources.Count < options.KnownSeries) _resources.Add(resource);
            }

            resource.Seen = nowSeconds;
            return resource;
        }
    }

    /// <summary>Forgets series of a resource that were not written for long, when it has many. Hold its lock.</summary>
    public void Sweep(OtlpResource resource, long nowSeconds)
    {
        if (resource.SeriesCount < options.KnownSeries) return;
        resource.SeriesCount = 0;
        foreach (var metric in resource.Metrics.Entries())
        {
            metric.Series.ForgetBefore(nowSeconds - ForgottenAfterSeconds);
            resource.SeriesCount += metric.Series.Count;
        }

        resource.Metrics.ForgetBefore(nowSeconds - ForgottenAfterSeconds);
        if (resource.SeriesCount < options.KnownSeries) return;
        // All of them are in use: the table has to be bounded all the same, and numbers are found again by their labels.
        foreach (var metric in resource.Metrics.Entries()) metric.Series.ForgetBefore(long.MaxValue);
        resource.SeriesCount = 0;
    }

    private OtlpResource Make(ReadOnlySpan<byte> message, ulong hash, List<(string Key, string Value)> attributes, LabelDraft draft, TextPool pool)
    {
        var resource = new OtlpResource(message.ToArray(), hash);
        attributes.Clear();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            if (attributes.Count == options.Attributes) throw new FormatException($"a resource of more than {options.Attributes} attributes");
            attributes.Add(OtlpAttributes.Read(reader.Bytes(), pool));
        }

        string Value(string key) => attributes.Find(a => a.Key == key).Value ?? "";
        var (service, space) = (Value("service.name"), Value("service.namespace"));
        resource.Job = service.Length > 0 && space.Length > 0 ? space + "/" + service : service;
        resource.Instance = Value("service.instance.id");
        draft.Clear();
        OtlpAttributes.AddLabels([.. attributes.Where(a => options.PromoteAllAttributes || options.PromotedAttributes.Contains(a.Key, StringComparer.Ordinal))], options.Naming, draft);
        resource.Promoted.AddRange(draft.All);
        if (options.TargetInfo) resource.Info = Info(resource, attributes, draft);
        return resource;
    }

    // Identifying attributes are job and instance already; without either nothing could be joined to the others.
    private Labels? Info(OtlpResource resource, List<(string Key, string Value)> attributes, LabelDraft draft)
    {
        draft.Clear();
        OtlpAttributes.AddLabels([.. attributes.Where(a => a.Key is not ("service.name" or "service.namespace" or "service.instance.id"))], options.Naming, draft);
        if (draft.Count == 0 || resource.Job.Length + resource.Instance.Length == 0) return null;
        draft.Set("job", resource.Job);
        draft.Set("instance", resource.Instance);
        draft.Set(Labels.MetricName, "target_info");
        return draft.ToLabels();
    }
}
