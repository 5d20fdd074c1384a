using System.Globalization;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary><c>series</c>, <c>labels</c>, <c>label/NAME/values</c> and <c>metadata</c>: what there is to ask for.</summary>
/// <param name="store">The store.</param>
internal sealed class SeriesEndpoints(IMetricStore store)
{
    /// <summary>Label sets.</summary>
    public Task SeriesAsync(HttpContext context, ApiParameters parameters)
    {
        var ((from, to), limit) = (parameters.Span(), parameters.Limit());
        var found = new SortedSet<Labels>();
        foreach (var selector in Needed(parameters)) found.UnionWith(store.Series(from, to, selector, context.RequestAborted));
        return ApiAnswer.SuccessAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var labels in found.Take(limit)) QueryJson.WriteLabels(json, labels);
            json.WriteEndArray();
        }, found.Count > limit);
    }

    /// <summary>Names of labels.</summary>
    public Task NamesAsync(HttpContext context, ApiParameters parameters) =>
        Union(context, parameters, (from, to, selector) => store.LabelNames(from, to, selector, context.RequestAborted));

    /// <summary>Values of one label.</summary>
    public Task ValuesAsync(HttpContext context, ApiParameters parameters, string name)
    {
        if (name.Length == 0) throw new PromQlException(QueryErrorKind.BadData, $"invalid label name: \"{name}\"");
        return Union(context, parameters, (from, to, selector) => store.LabelValues(name, from, to, selector, context.RequestAborted));
    }

    /// <summary>Type, help and unit of metrics.</summary>
    public Task MetadataAsync(HttpContext context, ApiParameters parameters)
    {
        var (metric, limit) = (parameters.One("metric"), Number(parameters, "limit"));
        Number(parameters, "limit_per_metric");
        var known = store.Metadata.Where(m => metric.Length == 0 || m.Key == metric).OrderBy(m => m.Key, StringComparer.Ordinal).Take(limit).ToArray();
        return ApiAnswer.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            foreach (var (name, about) in known)
            {
                json.WriteStartArray(name);
                json.WriteStartObject();
                json.WriteString("type"u8, about.Type);
                json.WriteString("help"u8, about.Help);
                json.WriteString("unit"u8, about.Unit);
                json.WriteEndObject();
                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }

    private static IReadOnlyList<IReadOnlyList<LabelMatcher>> Needed(ApiParameters parameters)
    {
        if (!parameters.All("match[]").Any()) throw new PromQlException(QueryErrorKind.BadData, "no match[] parameter provided");
        try
        {
            return parameters.Selectors();
        }
        catch (PromQlException e)
        {
            throw ApiParameters.Invalid("match[]", e.Message);
        }
    }

    // Limits of metadata are older than the others: any number below zero is none.
    private static int Number(ApiParameters parameters, string name)
    {
        var text = parameters.One(name);
        if (text.Length == 0) return int.MaxValue;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            throw new PromQlException(QueryErrorKind.BadData, $"{name} must be a number");
        return number < 0 ? int.MaxValue : number;
    }

    private static Task Union(HttpContext context, ApiParameters parameters, Func<long, long, IReadOnlyList<LabelMatcher>, IReadOnlyList<string>> find)
    {
        var ((from, to), limit) = (parameters.Span(), parameters.Limit());
        var selectors = parameters.Selectors();
        if (selectors.Count == 0) return ApiAnswer.ListAsync(context, [.. find(from, to, [])], limit);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var selector in selectors) found.UnionWith(find(from, to, selector));
        return ApiAnswer.ListAsync(context, found, limit);
    }
}
