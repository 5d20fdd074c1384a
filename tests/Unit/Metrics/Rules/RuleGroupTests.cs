using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Rules;

public sealed class RuleGroupTests : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly MemoryStore _store = new();
    private readonly List<string> _reports = [];

    private RuleWorld World => new(
        _store, _store, (query, at, stop) => new PromQlEngine(_store).Instant(query, at, stop).Value, Labels.Of([new("region", "north")]), "http://here:9090", TimeProvider.System,
        _reports.Add);

    [Fact]
    public void A_recording_rule_records_and_the_next_one_sees_it()
    {
        Write("requests", 0, 7, ("job", "shop"));
        var group = Group(
            new RuleConfig("double", "requests * 2", IsAlert: false) { Labels = [new("by", "rule"), new("job", "")] },
            new RuleConfig("fourfold", "double * 2", IsAlert: false));

        group.Evaluate(Begin, default);

        Assert.Equal("double{by=\"rule\"} 14", Ask("double", 0));
        Assert.Equal("fourfold{by=\"rule\"} 28", Ask("fourfold", 0));
        Assert.All(group.Status.Rules, rule => Assert.Equal((Begin, ""), (rule.EvaluatedAt, rule.LastError)));
    }

    [Fact]
    public void A_series_that_a_rule_gives_no_more_ends_at_once()
    {
        Write("requests", 0, 7, ("job", "shop"));
        var group = Group(new RuleConfig("seen", "requests > 0", IsAlert: false));
        group.Evaluate(Begin, default);
        Write("requests", 15, 0, ("job", "shop"));

        group.Evaluate(Begin.AddSeconds(15), default);

        Assert.Equal("seen{job=\"shop\"} 7", Ask("seen", 14));
        Assert.Equal("", Ask("seen", 15));
    }

    [Fact]
    public void Results_that_the_labels_make_one_are_an_error_and_leave_what_was()
    {
        Write("requests", 0, 7, ("job", "a"));
        Write("requests", 0, 8, ("job", "b"));
        var group = Group(new RuleConfig("seen", "requests", IsAlert: false) { Labels = [new("job", "one")] });

        group.Evaluate(Begin, default);
        group.Evaluate(Begin.AddSeconds(1), default);

        Assert.Equal("vector contains metrics with the same labelset after applying rule labels", group.Status.Rules[0].LastError);
        Assert.Equal("", Ask("seen", 0));
        Assert.Equal("rules.yml: group g: seen: vector contains metrics with the same labelset after applying rule labels", Assert.Single(_reports));
    }

    [Fact]
    public void A_limit_is_an_error_of_the_rule_that_passes_it()
    {
        Write("requests", 0, 7, ("job", "a"));
        Write("requests", 0, 8, ("job", "b"));
        var group = new RuleGroup(
            new("rules.yml", "g") { Limit = 1, Rules = [new("seen", "requests", false), new("sum", "sum(requests)", false), new("Busy", "requests", true)] },
            TimeSpan.FromSeconds(15), World, null);

        group.Evaluate(Begin, default);

        Assert.Equal(["exceeded limit of 1 with 2 series", "", "exceeded limit of 1 with 2 alerts"], group.Status.Rules.Select(r => r.LastError));
        Assert.Equal("sum{} 15", Ask("sum", 0).Replace("sum 15", "sum{} 15", StringComparison.Ordinal));
    }

    [Fact]
    public void An_alert_waits_fires_is_kept_firing_and_is_over()
    {
        var rule = new RuleConfig("Slow", "latency > 1", IsAlert: true)
        {
            For = TimeSpan.FromSeconds(30), KeepFiringFor = TimeSpan.FromSeconds(20), Labels = [new("severity", "page")],
            Annotations = [new("summary", "{{ $labels.job }} in {{ $externalLabels.region }} takes {{ $value | humanizeDuration }}")],
        };
        var group = Group(rule);
        var phases = new List<string>();
        foreach (var (second, latency) in new[] { (0, 2.0), (15, 3.0), (30, 4.0), (45, 0.5), (60, 0.5), (75, 0.5), (90, 5.0) })
        {
            Write("latency", second, latency, ("job", "shop"));
            group.Evaluate(Begin.AddSeconds(second), default);
            phases.Add($"{second} {group.Status.Rules[0].Phase} {group.Status.Rules[0].ActiveAlerts.FirstOrDefault()?.Annotations[0].Value}".TrimEnd());
        }

        Assert.Equal(
            [
                "0 Pending shop in north takes 2s", "15 Pending shop in north takes 3s", "30 Firing shop in north takes 4s", "45 Firing shop in north takes 4s",
                "60 Firing shop in north takes 4s", "75 Inactive", "90 Pending shop in north takes 5s",
            ],
            phases);
        Assert.Equal("ALERTS{alertname=\"Slow\", alertstate=\"pending\", job=\"shop\", severity=\"page\"} 1", Ask("ALERTS", 15));
        Assert.Equal("ALERTS{alertname=\"Slow\", alertstate=\"firing\", job=\"shop\", severity=\"page\"} 1", Ask("ALERTS", 30));
        Assert.Equal("", Ask("ALERTS", 75));
        Assert.Equal($"ALERTS_FOR_STATE{{alertname=\"Slow\", job=\"shop\", severity=\"page\"}} {Begin.ToUnixTimeSeconds()}", Ask("ALERTS_FOR_STATE", 30));
    }

    [Theory]
    [InlineData(50, 10, 0)]
    [InlineData(5, 10, 10)]
    public void After_a_restart_an_alert_goes_on_waiting_where_it_was(int waited, int down, int expectedSince)
    {
        var rule = new RuleConfig("Slow", "latency > 1", IsAlert: true) { For = TimeSpan.FromMinutes(30) };
        var (first, last) = (Group(rule), 0);
        for (var minute = 0; minute <= waited; minute++)
        {
            Write("latency", minute * 60, 2, ("job", "shop"));
            first.Evaluate(Begin.AddMinutes(last = minute), default);
        }

        var now = Begin.AddMinutes(last + down);
        Write("latency", (last + down) * 60, 2, ("job", "shop"));
        var second = Group(rule);
        second.Evaluate(now, default);

        var alert = Assert.Single(second.Status.Rules[0].ActiveAlerts);
        Assert.Equal((expectedSince == 0 ? AlertPhase.Firing : AlertPhase.Pending, Begin.AddMinutes(expectedSince)), (alert.Phase, alert.ActiveAt));
    }

    [Fact]
    public void A_rule_that_stays_the_same_goes_on_in_a_changed_group_and_what_is_gone_ends()
    {
        Write("latency", 0, 2, ("job", "shop"));
        var before = Group(new RuleConfig("Slow", "latency > 1", IsAlert: true) { For = TimeSpan.FromMinutes(1) }, new RuleConfig("seen", "latency", IsAlert: false));
        before.Evaluate(Begin, default);

        var after = new RuleGroup(
            new("rules.yml", "g") { Rules = [new("Slow", "latency > 0.5", true) { For = TimeSpan.FromMinutes(2) }] }, TimeSpan.FromSeconds(15), World, before);
        before.End(Begin.AddSeconds(10));
        after.Evaluate(Begin.AddSeconds(15), default);

        Assert.Equal(Begin, Assert.Single(after.Status.Rules[0].ActiveAlerts).ActiveAt);
        Assert.Equal("", Ask("seen", 12));
        Assert.NotEqual("", Ask("ALERTS", 12));
    }

    [Theory]
    [InlineData("{{ range query \"latency\" }}{{ .Labels.job }}={{ .Value }};{{ end }}", "a=1;b=2;")]
    [InlineData("{{ with query \"latency{job='b'}\" }}{{ . | first | value | printf \"%.2f\" }}{{ end }}", "2.00")]
    [InlineData("{{ if gt $value 3.0 }}high{{ else if gt $value 1.0 }}middle{{ else }}low{{ end }}", "middle")]
    [InlineData("{{- /* nothing */ -}} x {{- \" y\" }}", "x y")]
    [InlineData("{{ define \"greet\" }}hello {{ .arg0 }}{{ end }}{{ template \"greet\" (args $labels.job) }}", "hello b")]
    [InlineData("{{ $a := 1 }}{{ if true }}{{ $a = 2 }}{{ end }}{{ $a }}", "2")]
    [InlineData("{{ reReplaceAll \"(.)a(.)\" \"$2$1\" \"bac\" }} {{ match \"a+\" \"xaay\" }}", "cb true")]
    [InlineData("{{ $labels.none }}|{{ .Labels.job }}|{{ $externalURL }}", "|b|http://here:9090")]
    [InlineData("{{ first (query \"none\") }}", "<error expanding template: error calling first: first() called on vector with no elements>")]
    [InlineData("{{ $x }}", "<error expanding template: undefined variable \"$x\">")]
    [InlineData("{{ range $i, $s := query \"latency\" | sortByLabel \"job\" }}{{ if $i }}, {{ end }}{{ label \"job\" $s }}{{ end }}", "a, b")]
    public void Templates_are_filled_in_as_go_does(string template, string expected)
    {
        Write("latency", 0, 1, ("job", "a"));
        Write("latency", 0, 2, ("job", "b"));
        var group = Group(new RuleConfig("Slow", "latency > 1", IsAlert: true) { Annotations = [new("text", template)] });

        group.Evaluate(Begin, default);

        Assert.Equal(expected, Assert.Single(group.Status.Rules[0].ActiveAlerts).Annotations[0].Value);
    }

    [Theory]
    [InlineData("{{ range 1000000 }}{{ range 1000000 }}x{{ end }}{{ end }}", "takes more than 1000000 steps")]
    [InlineData("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}", "exceeded maximum template depth")]
    [InlineData("{{ range 100000 }}0123456789012345{{ end }}", "the text is longer than 1048576 characters")]
    public void A_template_cannot_take_all_memory_or_time(string template, string error)
    {
        var group = Group(new RuleConfig("Slow", "vector(1)", IsAlert: true) { Annotations = [new("text", template)] });

        group.Evaluate(Begin, default);

        Assert.Equal($"<error expanding template: {error}>", Assert.Single(group.Status.Rules[0].ActiveAlerts).Annotations[0].Value);
    }

    public void Dispose() => _store.Dispose();

    private RuleGroup Group(params RuleConfig[] rules) => new(new("rules.yml", "g") { Rules = [.. rules] }, TimeSpan.FromSeconds(15), World, null);

    private void Write(string name, int second, double value, params (string Name, string Value)[] labels)
    {
        using var batch = _store.Begin();
        long series = 0;
        batch.Add(ref series, Labels.Of([new("__name__", name), .. labels.Select(l => new Label(l.Name, l.Value))]), Begin.AddSeconds(second).ToUnixTimeMilliseconds(), value);
        batch.Commit();
    }

    private string Ask(string query, int second)
    {
        var vector = (VectorValue)new PromQlEngine(_store).Instant(query, Begin.AddSeconds(second).ToUnixTimeMilliseconds(), default).Value;
        return string.Join(' ', vector.Samples.Select(s => $"{s.Labels} {s.Value}"));
    }
}
