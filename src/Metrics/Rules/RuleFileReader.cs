using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Rules.Templates;

namespace Fairway.Metrics.Rules;

/// <summary>Reads rule files (prometheus.io/docs, "Recording rules", "Alerting rules").</summary>
public static class RuleFileReader
{
    private static readonly string[] AlertsOnly = ["for", "keep_firing_for", "annotations"];

    /// <summary>Reads one.</summary>
    /// <param name="root">The whole file.</param>
    /// <param name="file">Its path.</param>
    /// <returns>The groups, of use only when there is no problem; and all problems.</returns>
    public static (ImmutableArray<RuleGroupConfig> Groups, IReadOnlyList<ConfigProblem> Problems) Read(ConfigNode root, string file)
    {
        var problems = new List<ConfigProblem>();
        var section = new ConfigSection(root, "", problems);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var groups = ImmutableArray.CreateBuilder<RuleGroupConfig>();
        foreach (var group in section.Sections("groups"))
        {
            var read = Group(group, file);
            if (!names.Add(read.Name)) group.Problem("name", $"group \"{read.Name}\" is in this file already; names are unique");
            groups.Add(read);
        }

        section.End();
        return (groups.ToImmutable(), problems);
    }

    private static RuleGroupConfig Group(ConfigSection section, string file)
    {
        var name = section.Text("name", "");
        if (name.Length == 0) section.Problem("name", "is missing");
        var labels = Labels(section, "labels");
        var group = new RuleGroupConfig(file, name)
        {
            Interval = section.Has("interval") ? section.Duration("interval", default) : null,
            QueryOffset = section.Duration("query_offset", default),
            Limit = section.Number("limit", 0),
            Rules = [.. section.Sections("rules").Select(rule => Rule(rule, labels))],
        };
        if (group.Interval == TimeSpan.Zero) group = group with { Interval = null };
        section.Ignore("partial_response_strategy");
        section.End();
        return group;
    }

    private static RuleConfig Rule(ConfigSection section, ImmutableArray<Label> ofGroup)
    {
        var (record, alert, expr) = (section.Text("record", ""), section.Text("alert", ""), section.Text("expr", ""));
        if (record.Length > 0 == alert.Length > 0) section.Problem(alert.Length > 0 ? "alert" : "record", "give either record or alert");
        if (record.Length > 0 && (!GoText.IsValid(record) || record.AsSpan().IndexOfAny("{}\n") >= 0)) section.Problem("record", $"\"{record}\" is no metric's name");
        Check(section, expr);
        var own = Labels(section, "labels");
        var rule = new RuleConfig(record.Length > 0 ? record : alert, expr.Trim(), alert.Length > 0)
        {
            For = section.Duration("for", default),
            KeepFiringFor = section.Duration("keep_firing_for", default),
            Labels = [.. ofGroup.Where(l => own.All(o => o.Name != l.Name)), .. own],
            Annotations = [.. section.Pairs("annotations").Select(p => new Label(p.Key, p.Value))],
        };
        if (rule.IsAlert)
        {
            foreach (var (name, text) in rule.Labels) CheckTemplate(section, "labels", name, text);
            foreach (var (name, text) in rule.Annotations) CheckTemplate(section, "annotations", name, text);
        }
        else
        {
            foreach (var key in AlertsOnly.Where(section.Has)) section.Problem(key, "is for alerts only");
        }

        section.End();
        return rule;
    }

    private static ImmutableArray<Label> Labels(ConfigSection section, string key)
    {
        var labels = ImmutableArray.CreateBuilder<Label>();
        foreach (var (name, value) in section.Pairs(key))
        {
            if (name == Model.Labels.MetricName || !GoText.IsValid(name) || name.Length == 0) section.Problem(key, $"\"{name}\" is no label's name here");
            else if (!GoText.IsValid(value)) section.Problem(key, $"the value of {name} is no Unicode text");
            else labels.Add(new(name, value));
        }

        return labels.ToImmutable();
    }

    private static void Check(ConfigSection section, string expr)
    {
        if (expr.Length == 0)
        {
            section.Problem("expr", "is missing");
            return;
        }

        try
        {
            if (Parser.Parse(expr).Type is var type and not (ExprType.Vector or ExprType.Scalar))
                section.Problem("expr", $"gives a {Expr.TypeName(type)}; a rule needs an instant vector or a scalar");
        }
        catch (PromQlException error)
        {
            section.Problem("expr", error.Message);
        }
    }

    private static void CheckTemplate(ConfigSection section, string key, string name, string text)
    {
        try
        {
            RuleTemplate.Check(text);
        }
        catch (TemplateException error)
        {
            section.Problem(key, $"the template of {name}: {error.Message}");
        }
    }
}
