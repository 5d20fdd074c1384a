using Fairway.Adapters.Yaml;
using Fairway.Metrics.Configuration;

namespace Fairway.Metrics.Rules;

public sealed class RuleFileReaderTests
{
    [Fact]
    public void A_file_of_recording_and_alerting_rules_is_read()
    {
        var (groups, problems) = Read("""
            groups:
              - name: shop
                interval: 30s
                query_offset: 5s
                limit: 10
                labels: { team: shop, tier: web }
                rules:
                  - record: job:requests:rate5m
                    expr: sum by (job) (rate(requests_total[5m]))
                    labels: { tier: "" }
                  - alert: Slow
                    expr: latency > 1
                    for: 5m
                    keep_firing_for: 1m
                    labels: { severity: page }
                    annotations: { summary: "{{ $labels.job }} takes {{ humanizeDuration $value }}" }
            """);

        Assert.Empty(problems);
        var group = Assert.Single(groups);
        Assert.Equal(("shop", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), 10), (group.Name, group.Interval, group.QueryOffset, group.Limit));
        var (record, alert) = (group.Rules[0], group.Rules[1]);
        Assert.Equal((false, "job:requests:rate5m"), (record.IsAlert, record.Name));
        Assert.Equal([new("team", "shop"), new("tier", "")], record.Labels);
        Assert.Equal((true, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1)), (alert.IsAlert, alert.For, alert.KeepFiringFor));
        Assert.Equal([new("team", "shop"), new("tier", "web"), new("severity", "page")], alert.Labels);
    }

    [Theory]
    [InlineData("- {record: a, alert: b, expr: up}", "line 3, column 22: groups[0].rules[0].alert: give either record or alert")]
    [InlineData("- {expr: up}", "groups[0].rules[0].record: give either record or alert")]
    [InlineData("- {record: a, expr: 'sum('}", "groups[0].rules[0].expr: ")]
    [InlineData("- {record: a, expr: 'up[5m]'}", "expr: gives a range vector; a rule needs an instant vector or a scalar")]
    [InlineData("- {record: a}", "expr: is missing")]
    [InlineData("- {record: 'a{b}', expr: up}", "record: \"a{b}\" is no metric's name")]
    [InlineData("- {record: a, expr: up, for: 5m}", "for: is for alerts only")]
    [InlineData("- {alert: a, expr: up, for: soon}", "for: \"soon\" is no duration like 15s or 1h30m")]
    [InlineData("- {alert: a, expr: up, labels: {__name__: x}}", "labels: \"__name__\" is no label's name here")]
    [InlineData("- {alert: a, expr: up, annotations: {b: '{{ $label.x }'}}", "annotations: the template of b: unclosed action")]
    [InlineData("- {alert: a, expr: up, annotations: {b: '{{ humanise 1 }}'}}", "function \"humanise\" not defined")]
    [InlineData("- {alert: a, expr: up, anotations: {}}", "unknown field; did you mean annotations?")]
    public void A_mistake_is_named_with_its_place(string rule, string expected)
    {
        var (_, problems) = Read($"groups:\n- name: g\n  rules:\n  {rule}\n");

        Assert.Contains(problems, p => p.ToString().Contains(expected.Replace("line 3, column 22: ", "", StringComparison.Ordinal), StringComparison.Ordinal) && p.Line is 3 or 4);
    }

    [Fact]
    public void Two_groups_of_one_name_are_a_mistake()
    {
        var (_, problems) = Read("groups:\n- name: g\n- name: g\n");

        Assert.Equal("line 3, column 9: groups[1].name: group \"g\" is in this file already; names are unique", Assert.Single(problems).ToString());
    }

    private static (ImmutableArray<RuleGroupConfig> Groups, IReadOnlyList<ConfigProblem> Problems) Read(string text)
        => RuleFileReader.Read(PrometheusYaml.Parse(text), "rules.yml");
}
