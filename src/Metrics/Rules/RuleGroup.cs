using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Rules;

/// <summary>
/// Evaluates the rules of one group in order, each seeing what those before it recorded (Prometheus, rules/group.go). One evaluation at a
/// time.
/// </summary>
public sealed class RuleGroup
{
    private const string AlertsMetric = "ALERTS", SinceMetric = "ALERTS_FOR_STATE", AlertName = "alertname", AlertState = "alertstate";
    private static readonly TimeSpan RestoreWindow = TimeSpan.FromHours(1);

    private readonly RuleWorld _world;
    private readonly RuleStatus[] _rules;
    private readonly HashSet<Labels>[] _given;
    private readonly bool[] _restored;
    private DateTimeOffset? _evaluatedAt;
    private TimeSpan _duration;
    private volatile RuleGroupStatus _status;

    /// <param name="config">The group.</param>
    /// <param name="interval">Between two evaluations.</param>
    /// <param name="world">What it reads and writes.</param>
    /// <param name="before">The group of that name until now, stopped: rules that stayed the same go on where they were.</param>
    public RuleGroup(RuleGroupConfig config, TimeSpan interval, RuleWorld world, RuleGroup? before)
    {
        (Config, Interval, _world) = (config, interval, world);
        _rules = [.. config.Rules.Select(r => new RuleStatus(r))];
        _given = [.. config.Rules.Select(_ => new HashSet<Labels>())];
        _restored = new bool[_rules.Length];
        if (before is not null) TakeOver(before);
        _status = Describe();
    }

    /// <summary>The group.</summary>
    public RuleGroupConfig Config { get; }

    /// <summary>Between two evaluations.</summary>
    public TimeSpan Interval { get; }

    /// <summary>Evaluations that were left out.</summary>
    public long Missed { get; set; }

    /// <summary>How it is.</summary>
    public RuleGroupStatus Status => _status;

    /// <summary>Evaluates all rules.</summary>
    /// <param name="at">Time of the evaluation.</param>
    /// <param name="cancellation">Ends it between two rules, or in a query.</param>
    public void Evaluate(DateTimeOffset at, CancellationToken cancellation)
    {
        var start = _world.Time.GetTimestamp();
        for (var i = 0; i < _rules.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var begun = _world.Time.GetTimestamp();
            var error = "";
            try
            {
                Evaluate(i, at, cancellation);
            }
            catch (Exception failed) when (failed is PromQlException { Kind: not QueryErrorKind.Canceled } or IOException or RuleException)
            {
                error = failed.Message;
                if (_rules[i].LastError != error) _world.Report($"{Config.File}: group {Config.Name}: {_rules[i].Config.Name}: {error}");
            }

            _rules[i] = _rules[i] with { EvaluatedAt = at, Duration = _world.Time.GetElapsedTime(begun), LastError = error };
        }

        (_evaluatedAt, _duration) = (at, _world.Time.GetElapsedTime(start));
        _status = Describe();
    }

    /// <summary>Ends the series it gave: nobody gives them any more.</summary>
    public void End(DateTimeOffset at)
    {
        using var batch = _world.Store.Begin();
        foreach (var labels in _given.SelectMany(g => g)) Add(batch, labels, at.ToUnixTimeMilliseconds(), StaleMarker.Value);
        batch.Commit();
    }

    private RuleGroupStatus Describe() => new(Config, Interval, [.. _rules], _evaluatedAt, _duration, Missed);

    private void TakeOver(RuleGroup before)
    {
        (Missed, _evaluatedAt, _duration) = (before.Missed, before._evaluatedAt, before._duration);
        var taken = new HashSet<int>();
        for (var i = 0; i < _rules.Length; i++)
        {
            var config = _rules[i].Config;
            var from = Array.FindIndex(before._rules, r => r.Config.Name == config.Name && r.Config.IsAlert == config.IsAlert && r.Config.Labels.SequenceEqual(config.Labels));
            while (from >= 0 && !taken.Add(from))
                from = Array.FindIndex(before._rules, from + 1, r => r.Config.Name == config.Name && r.Config.IsAlert == config.IsAlert && r.Config.Labels.SequenceEqual(config.Labels));
            if (from < 0) continue;
            _rules[i] = before._rules[from] with { Config = config };
            (_given[i], _restored[i]) = (before._given[from], before._restored[from]);
            before._given[from] = [];
        }
    }

    private void Evaluate(int i, DateTimeOffset at, CancellationToken cancellation)
    {
        var rule = _rules[i].Config;
        var time = (at - Config.QueryOffset).ToUnixTimeMilliseconds();
        var samples = _world.Query(rule.Expr, time, cancellation) switch
        {
            VectorValue vector => vector.Samples,
            ScalarValue scalar => [new(Labels.Empty, scalar.Value, null)],
            _ => throw new RuleException("rule result is not a vector or scalar"),
        };
        var given = rule.IsAlert ? Alerts(i, samples, at, cancellation) : Recorded(rule, samples);
        using var batch = _world.Store.Begin();
        var now = new HashSet<Labels>();
        foreach (var sample in given)
        {
            now.Add(sample.Labels);
            if (sample.Histogram is { } histogram)
            {
                long series = 0;
                batch.Add(ref series, sample.Labels, time, histogram);
            }
            else Add(batch, sample.Labels, time, sample.Value);
        }

        foreach (var gone in _given[i].Where(g => !now.Contains(g))) Add(batch, gone, time, StaleMarker.Value);
        batch.Commit();
        _given[i] = now;
    }

    private List<VectorSample> Recorded(RuleConfig rule, IReadOnlyList<VectorSample> samples)
    {
        var seen = new HashSet<Labels>();
        var recorded = new List<VectorSample>(samples.Count);
        foreach (var sample in samples)
        {
            var labels = rule.Labels.Aggregate(sample.Labels.With(Labels.MetricName, rule.Name), (l, one) => l.With(one.Name, one.Value));
            if (!seen.Add(labels)) throw new RuleException("vector contains metrics with the same labelset after applying rule labels");
            recorded.Add(sample with { Labels = labels });
        }

        if (Config.Limit > 0 && recorded.Count > Config.Limit) throw new RuleException($"exceeded limit of {Config.Limit} with {recorded.Count} series");
        return recorded;
    }

    private List<VectorSample> Alerts(int i, IReadOnlyList<VectorSample> samples, DateTimeOffset at, CancellationToken cancellation)
    {
        var rule = _rules[i].Config;
        var time = (at - Config.QueryOffset).ToUnixTimeMilliseconds();
        var template = new RuleTemplate(text => _world.Query(text, time, cancellation), at, _world.ExternalLabels, _world.ExternalUrl);
        var found = new Dictionary<Labels, Alert>();
        foreach (var sample in samples)
        {
            var bare = sample with { Labels = sample.Labels.Without(Labels.MetricName) };
            var labels = rule.Labels.Aggregate(bare.Labels, (l, one) => l.With(one.Name, template.Expand(one.Value, bare, cancellation))).With(AlertName, rule.Name);
            ImmutableArray<Label> annotations = [.. rule.Annotations.Select(a => new Label(a.Name, template.Expand(a.Value, bare, cancellation)))];
            if (!found.TryAdd(labels, new(labels, annotations, sample.Value, AlertPhase.Pending, at)))
                throw new RuleException("vector contains metrics with the same labelset after applying alert labels");
        }

        if (Config.Limit > 0 && found.Count > Config.Limit)
        {
            _rules[i] = _rules[i] with { Alerts = [] };
            throw new RuleException($"exceeded limit of {Config.Limit} with {found.Count} alerts");
        }

        var alerts = AlertDecider.Decide(_rules[i].Alerts, found, rule, at);
        if (!_restored[i])
        {
            if (rule.For >= RuleRunner.GracePeriod) alerts = Restored(alerts, rule, at, cancellation);
            _restored[i] = true;
        }

        _rules[i] = _rules[i] with { Alerts = alerts };
        return
        [
            .. alerts.Values.Where(a => a.Phase != AlertPhase.Inactive).SelectMany(a => (VectorSample[])
            [
                new(a.Labels.With(Labels.MetricName, AlertsMetric).With(AlertState, a.Phase == AlertPhase.Firing ? "firing" : "pending"), 1, null),
                new(a.Labels.With(Labels.MetricName, SinceMetric), a.ActiveAt.ToUnixTimeSeconds(), null),
            ]),
        ];
    }

    // What held before this process began is in the store.
    private ImmutableDictionary<Labels, Alert> Restored(ImmutableDictionary<Labels, Alert> alerts, RuleConfig rule, DateTimeOffset at, CancellationToken cancellation)
    {
        var now = at.ToUnixTimeMilliseconds();
        LabelMatcher[] matchers = [new(Labels.MetricName, MatchKind.Equal, SinceMetric), new(AlertName, MatchKind.Equal, rule.Name)];
        var buffer = new SampleBuffer();
        foreach (var series in _world.Source.Select(now - (long)RestoreWindow.TotalMilliseconds, now, matchers, cancellation))
        {
            if (!alerts.TryGetValue(series.Labels.Without(Labels.MetricName), out var alert)) continue;
            buffer.Clear();
            series.Read(now - (long)RestoreWindow.TotalMilliseconds, now, buffer);
            for (var last = buffer.Count - 1; last >= 0; last--)
            {
                if (StaleMarker.Is(buffer.Values[last])) continue;
                var restored = AlertDecider.Restore(
                    alert, DateTimeOffset.FromUnixTimeSeconds((long)buffer.Values[last]), DateTimeOffset.FromUnixTimeMilliseconds(buffer.Times[last]), rule, at);
                alerts = alerts.SetItem(alert.Labels, at - restored.ActiveAt >= rule.For ? restored with { Phase = AlertPhase.Firing, FiredAt = at } : restored);
                break;
            }
        }

        return alerts;
    }

    private static void Add(IAppendBatch batch, Labels labels, long time, double value)
    {
        long series = 0;
        batch.Add(ref series, labels, time, value);
    }
}

/// <summary>What rules read and write.</summary>
/// <param name="Source">Series that are there.</param>
/// <param name="Store">Where they record.</param>
/// <param name="Query">Evaluates a query at a time in milliseconds since 1970.</param>
/// <param name="ExternalLabels">Of this server, for templates.</param>
/// <param name="ExternalUrl">Where this server is reached, for templates.</param>
/// <param name="Time">Where time comes from.</param>
/// <param name="Report">Told what goes wrong, when it changes.</param>
public sealed record RuleWorld(
    ISeriesSource Source, ISampleStore Store, Func<string, long, CancellationToken, QueryValue> Query, Labels ExternalLabels, string ExternalUrl, TimeProvider Time,
    Action<string> Report);

/// <summary>A rule's result that cannot be used.</summary>
internal sealed class RuleException(string message) : Exception(message);
