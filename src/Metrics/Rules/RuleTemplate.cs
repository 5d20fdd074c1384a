using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.Rules.Templates;

namespace Fairway.Metrics.Rules;

/// <summary>Fills in the templates of labels and annotations for one sample.</summary>
/// <param name="query">Evaluates a query at the time of the rule.</param>
/// <param name="now">That time.</param>
/// <param name="externalLabels">Of this server.</param>
/// <param name="externalUrl">Where this server is reached.</param>
internal sealed class RuleTemplate(Func<string, QueryValue> query, DateTimeOffset now, Labels externalLabels, string externalUrl)
{
    // What Prometheus puts before each template.
    private const string Head = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";

    private readonly TemplateWorld _world = new(text => Samples(query, text), now, externalUrl);
    private readonly IReadOnlyDictionary<string, string> _external = Map(externalLabels);

    /// <summary>Parses without filling in.</summary>
    /// <exception cref="TemplateException">It is no template.</exception>
    public static void Check(string text)
    {
        if (text.Contains("{{", StringComparison.Ordinal)) TemplateParser.Parse(Head + text, new(StringComparer.Ordinal));
    }

    /// <summary>The text for a sample; what goes wrong is told in its place, as Prometheus does: an alert must not be lost for it.</summary>
    public string Expand(string text, VectorSample sample, CancellationToken cancellation)
    {
        if (!text.Contains("{{", StringComparison.Ordinal)) return text;
        try
        {
            var defined = new Dictionary<string, ImmutableArray<TemplateNode>>(StringComparer.Ordinal);
            var nodes = TemplateParser.Parse(Head + text, defined);
            object value = sample.Histogram is { } histogram ? HistogramText.Format(histogram) : sample.Value;
            return new TemplateRun(_world, defined, cancellation).Fill(nodes, new TemplateData(Map(sample.Labels), _external, externalUrl, value));
        }
        catch (TemplateException error)
        {
            return $"<error expanding template: {error.Message}>";
        }
    }

    private static IReadOnlyList<TemplateSample> Samples(Func<string, QueryValue> query, string text)
    {
        try
        {
            return query(text) switch
            {
                VectorValue vector => [.. vector.Samples.Select(s => new TemplateSample(Map(s.Labels), s.Value))],
                ScalarValue scalar => [new(Map(Labels.Empty), scalar.Value)],
                StringValue value => [new(new Dictionary<string, string>(StringComparer.Ordinal) { ["__value__"] = value.Value }, 0)],
                _ => throw new TemplateException("the query gives no vector"),
            };
        }
        catch (PromQl.Syntax.PromQlException error)
        {
            throw new TemplateException(error.Message, error);
        }
    }

    private static Dictionary<string, string> Map(Labels labels) => labels.Pairs().ToDictionary(l => l.Name, l => l.Value, StringComparer.Ordinal);
}
