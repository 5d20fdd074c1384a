using Fairway.Metrics.Configuration;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Scrape;

/// <summary>From discovered addresses to targets (Prometheus, scrape.PopulateLabels).</summary>
public static class TargetRelabelling
{
    private const string Address = "__address__";
    private const string ParamPrefix = "__param_";

    /// <summary>The targets of a scrape config.</summary>
    public static TargetSet Apply(ScrapeConfig config, IEnumerable<TargetGroup> groups)
    {
        var active = new Dictionary<(Labels, string), ScrapeTarget>();
        var dropped = ImmutableArray.CreateBuilder<Labels>();
        var problems = ImmutableArray.CreateBuilder<string>();
        var draft = new LabelDraft();
        foreach (var group in groups)
        {
            foreach (var address in group.Targets)
            {
                var discovered = Discovered(config, group, address, draft);
                if (!config.Relabelling.Apply(draft))
                {
                    dropped.Add(discovered);
                    continue;
                }

                try
                {
                    var target = Target(config, discovered, draft);
                    active.TryAdd((target.Labels, target.Url.AbsoluteUri), target);
                }
                catch (FormatException e)
                {
                    problems.Add($"{config.JobName}: {address}: {e.Message}");
                }
            }
        }

        return new([.. active.Values], dropped.ToImmutable(), problems.ToImmutable());
    }

    private static Labels Discovered(ScrapeConfig config, TargetGroup group, string address, LabelDraft draft)
    {
        draft.Clear();
        foreach (var (name, value) in group.Labels) draft.Set(name, value);
        draft.Set(Address, address);
        SetDefault(draft, "job", config.JobName);
        SetDefault(draft, "__scrape_interval__", PrometheusDuration.ToText(config.ScrapeInterval));
        SetDefault(draft, "__scrape_timeout__", PrometheusDuration.ToText(config.ScrapeTimeout));
        SetDefault(draft, "__metrics_path__", config.MetricsPath);
        SetDefault(draft, "__scheme__", config.Scheme);
        foreach (var (name, values) in config.Params)
        {
            if (values.Length > 0) SetDefault(draft, ParamPrefix + name, values[0]);
        }

        return draft.ToLabels();
    }

    private static ScrapeTarget Target(ScrapeConfig config, Labels discovered, LabelDraft draft)
    {
        var address = draft.Get(Address);
        if (address.Length == 0) throw new FormatException("no address after relabelling");
        if (address.Contains('/', StringComparison.Ordinal)) throw new FormatException($"\"{address}\" is not a valid hostname");
        var interval = Duration(draft, "__scrape_interval__");
        var timeout = Duration(draft, "__scrape_timeout__");
        if (timeout > interval)
            throw new FormatException($"scrape timeout cannot be greater than scrape interval ({PrometheusDuration.ToText(timeout)} > {PrometheusDuration.ToText(interval)})");
        var scheme = draft.Get("__scheme__");
        if (scheme is not ("http" or "https")) throw new FormatException($"scheme \"{scheme}\" is neither http nor https");
        var path = draft.Get("__metrics_path__");
        var text = $"{scheme}://{address}{(path.StartsWith('/') ? path : "/" + path)}{Query(config, draft, path.Contains('?', StringComparison.Ordinal))}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) throw new FormatException($"\"{text}\" is no address");
        SetDefault(draft, "instance", address);
        draft.RemoveWhere(static n => n.StartsWith("__", StringComparison.Ordinal));
        return new(config.JobName, discovered, draft.ToLabels(), url, interval, timeout);
    }

    private static string Query(ScrapeConfig config, LabelDraft draft, bool more)
    {
        var values = config.Params.ToDictionary(p => p.Key, p => p.Value.ToList(), StringComparer.Ordinal);
        foreach (var (name, value) in draft.All)
        {
            if (!name.StartsWith(ParamPrefix, StringComparison.Ordinal)) continue;
            var key = name[ParamPrefix.Length..];
            if (!values.TryGetValue(key, out var list)) values.Add(key, list = []);
            if (list.Count > 0) list[0] = value;
            else list.Add(value);
        }

        var pairs = values.OrderBy(v => v.Key, StringComparer.Ordinal).SelectMany(v => v.Value.Select(x => $"{Uri.EscapeDataString(v.Key)}={Uri.EscapeDataString(x)}")).ToArray();
        return pairs.Length == 0 ? "" : (more ? "&" : "?") + string.Join('&', pairs);
    }

    private static TimeSpan Duration(LabelDraft draft, string name)
    {
        var text = draft.Get(name);
        if (!PrometheusDuration.TryParse(text, out var duration)) throw new FormatException($"{name} \"{text}\" is no duration");
        return duration > TimeSpan.Zero ? duration : throw new FormatException($"{name} must be longer than 0");
    }

    private static void SetDefault(LabelDraft draft, string name, string value)
    {
        if (draft.Get(name).Length == 0) draft.Set(name, value);
    }
}
