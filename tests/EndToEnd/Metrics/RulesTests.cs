using System.Text.Json;
using Fairway.Hammer;
using Fairway.Serve;

namespace Fairway.EndToEnd.Metrics;

/// <summary>Rule files, evaluated by the program as a user starts it, and by Debian's Prometheus beside it.</summary>
public sealed class RulesTests
{
    // Of each template: what it is given is in the rule's expression.
    private static readonly (string Expr, string Template)[] Templates =
    [
        ("vector(1234.5678)", "{{ $value }} {{ .Value }} {{ $value | humanize }} {{ humanize1024 $value }} {{ humanizeDuration $value }} {{ humanizePercentage $value }}"),
        ("vector(0.000123)", "{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizeDuration $value }} {{ humanizePercentage $value }}"),
        ("vector(123456789012)", "{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizeDuration $value }}"),
        ("vector(-0.5)", "{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizeDuration $value }} {{ humanizePercentage $value }}"),
        ("vector(0)", "{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizeDuration $value }} {{ humanizePercentage $value }}"),
        ("vector(1e300)", "{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizePercentage $value }}"),
        ("vector(NaN)", "{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizeDuration $value }} {{ humanizePercentage $value }}"),
        ("vector(Inf)", "{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizeDuration $value }}"),
        ("vector(1435065584.128)", "{{ humanizeTimestamp $value }} {{ humanizeDuration $value }} {{ humanizeDuration 59.5 }} {{ humanizeDuration 3601 }} {{ humanizeDuration 90061 }}"),
        ("vector(3)", "{{ printf \"%.2f|%6.1f|%-6s|%06d|%x|%q|%v|%t|%g|%e|%%|%5s|%+d\" $value 2.25 \"ab\" 42 255 \"q\\\"\" 1.5 true 1e21 12345.678 \"x\" 5 }}"),
        ("vector(3)", "{{ printf \"%d %s\" $value 3 }} {{ printf \"%s\" }} {{ printf \"a\" 1 }}"),
        ("vector(3)", "{{ print 1 2 \"a\" 3 \"b\" }}|{{ println \"a\" 1 }}|{{ len \"abc\" }}|{{ len $labels }}"),
        ("label_replace(vector(1), \"instance\", \"host.example.com:9100\", \"\", \"\")",
            "{{ $labels.instance }} {{ .Labels.instance | toUpper }} {{ title \"slow disk\" }} {{ reReplaceAll \"(.*):(.*)\" \"$2-$1\" $labels.instance }} {{ match \"exa\" $labels.instance }}"),
        ("label_replace(vector(1), \"instance\", \"host.example.com:9100\", \"\", \"\")", "{{ stripPort $labels.instance }} {{ $labels }} {{ $labels.missing }}|{{ index $labels \"instance\" }}"),
        ("vector(1)", "{{ with query \"vector(7)\" }}{{ . | first | value }}{{ end }} {{ query \"vector(8)\" | first | value | humanize }}"),
        ("vector(1)", "{{ range query \"label_replace(vector(1), 'a', 'x', '', '') or label_replace(vector(2), 'a', 'y', '', '')\" | sortByLabel \"a\" }}{{ .Labels.a }}={{ .Value }} {{ label \"a\" . }};{{ end }}"),
        ("vector(1)", "{{ if and (eq 1 1) (lt 1 2) (not false) }}yes{{ else }}no{{ end }} {{ or \"\" \"b\" }} {{ eq \"a\" \"b\" \"a\" }} {{ ne 1 2 }} {{ ge 2.5 2.5 }}"),
        ("vector(1)", "{{ range $i, $s := query \"vector(5)\" }}{{ $i }}:{{ $s.Value }}{{ else }}none{{ end }} {{ range query \"up{job='none'}\" }}x{{ else }}none{{ end }}"),
        ("vector(1)", "a {{- 1 -}} b {{/* c */}} {{- /* d */ -}} {{ `raw\\n` }} {{ \"esc\\t\\u00e9\" }} {{ 'x' }} {{ 0x10 }} {{ 1e3 }} {{ -5 }} {{ true }}"),
        ("vector(1)", "{{ $x := 5 }}{{ $x = 6 }}{{ $x }}{{ define \"t\" }}[{{ . }}]{{ end }}{{ template \"t\" \"arg\" }} {{ with $y := \"z\" }}{{ $y }}{{ . }}{{ end }}"),
        ("vector(1)", "{{ first (query \"up{job='none'}\") }}"),
        ("vector(1)", "{{ len 3 }}"),
        ("vector(1)", "{{ html \"<a & 'b'>\" }} {{ urlquery \"a b&c\" }} {{ graphLink \"up{a='b'}\" }} {{ tableLink \"rate(x[5m])\" }}"),
        ("vector(1)", "{{ parseDuration \"1h30m\" }} {{ args 1 \"b\" }} {{ (args 1 \"b\").arg1 }}"),
        ("vector(1)", "{{ $labels.alertname }}|{{ $externalLabels.site }}|{{ .ExternalLabels.site }}"),
    ];

    [Fact]
    public async Task Alerts_say_what_they_say_in_debians_prometheus()
    {
        DebianPrometheus.Program("prometheus");
        var rules = "groups:\n- name: all\n  rules:\n" + string.Concat(Templates.Select((t, i) =>
            $"  - alert: A{i:d2}\n    expr: {JsonSerializer.Serialize(t.Expr)}\n    labels: {{ severity: page, text: {JsonSerializer.Serialize(t.Template)} }}\n    annotations: {{ text: {JsonSerializer.Serialize(t.Template)} }}\n"));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, rules, TestContext.Current.CancellationToken);
        var config = $"global: {{ evaluation_interval: 1s, external_labels: {{ site: here }} }}\nrule_files: [{file}]\n";
        using var program = await MetricsProgram.StartAsync(config);
        using var prometheus = await DebianPrometheus.StartAsync(program.Http, config);

        var (theirs, ours) = (await AlertsAsync(program.Http, prometheus.Url, Templates.Length), await AlertsAsync(program.Http, program.Url, Templates.Length));

        File.Delete(file);
        var different = string.Join('\n', theirs.Zip(ours).Where(pair => pair.First != pair.Second).Select(pair => $"theirs {pair.First}\nours   {pair.Second}"));
        Assert.True(different.Length == 0, different);
    }

    [Fact]
    public async Task A_recording_is_a_series_and_an_alert_is_told_and_recorded()
    {
        using var target = new ScrapeTarget("# TYPE tank_litres gauge\ntank_litres{tank=\"north\"} 750\n");
        using var program = await MetricsProgram.StartAsync(
            $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["*.yml.none", rules.yml]
            scrape_configs: [{job_name: tanks, static_configs: [{targets: ["{{target.Address}}"]}]}]
            """,
            """
            groups:
            - name: tanks
              rules:
              - { record: "tank:cubic_metres", expr: tank_litres / 1000 }
              - { alert: Full, expr: "tank:cubic_metres > 0.5", annotations: { summary: "{{ $labels.tank }} holds {{ $value }}" } }
            """);

        await program.UntilAsync("tank:cubic_metres", "0.75");
        await program.UntilAsync("ALERTS{alertname=\"Full\", alertstate=\"firing\", tank=\"north\"}", "1");
        var alert = Assert.Single(await AlertsAsync(program.Http, program.Url, 1));
        Assert.Contains("north holds 0.75", alert, StringComparison.Ordinal);
        using var rules = JsonDocument.Parse(await program.Http.GetStringAsync(new Uri($"{program.Url}/api/v1/rules?type=alert"), TestContext.Current.CancellationToken));
        var group = Assert.Single(rules.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray());
        var rule = Assert.Single(group.GetProperty("rules").EnumerateArray());
        Assert.Equal(("firing", "ok", "alerting"), (rule.GetProperty("state").GetString(), rule.GetProperty("health").GetString(), rule.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task A_broken_rule_file_is_named_with_file_line_and_column()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-rules-");
        var (config, rules) = (Path.Combine(folder.FullName, "prometheus.yml"), Path.Combine(folder.FullName, "rules.yml"));
        await File.WriteAllTextAsync(config, "rule_files: [rules.yml]\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(rules, "groups:\n- name: a\n  rules:\n  - { record: b, expr: 'sum(' }\n", TestContext.Current.CancellationToken);

        var (code, output) = await ControlPlaneProcess.RunAsync(
            "metrics", "serve", "--data", Path.Combine(folder.FullName, "data"), "--listen", "127.0.0.1:0", "--config", config);

        folder.Delete(recursive: true);
        Assert.Equal(2, code);
        Assert.Contains($"{rules}:4:24: groups[0].rules[0].expr: ", output, StringComparison.Ordinal);
    }

    // Labels, annotations, state and value of each alert, by name, once so many fire.
    private static async Task<List<string>> AlertsAsync(HttpClient http, string url, int count)
    {
        var alerts = new List<string>();
        await Until.TrueAsync(
            async () =>
            {
                using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri(url + "/api/v1/alerts"), TestContext.Current.CancellationToken));
                alerts = [.. answer.RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray()
                    .OrderBy(a => a.GetProperty("labels").GetProperty("alertname").GetString(), StringComparer.Ordinal)
                    .Select(a => $"{Pairs(a, "labels")} {Pairs(a, "annotations")} {a.GetProperty("state")} {a.GetProperty("value")}")];
                return alerts.Count == count && alerts.TrueForAll(a => a.Contains(" firing ", StringComparison.Ordinal));
            },
            () => $"{count} alerts fire: {string.Join('\n', alerts)}");
        return alerts;
    }

    // Of an error in a template the reason: where in the template it is, is Go's own way to say it.
    private static string Pairs(JsonElement alert, string name) => string.Join(", ", alert.GetProperty(name).EnumerateObject().Select(
        p => $"{p.Name}={(p.Value.GetString()!.StartsWith("<error expanding", StringComparison.Ordinal) ? p.Value.GetString()!.Split(": ")[^1] : p.Value.GetString())}"));
}
