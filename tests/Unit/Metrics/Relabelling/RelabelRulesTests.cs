using Fairway.Metrics.Model;

namespace Fairway.Metrics.Relabelling;

public sealed class RelabelRulesTests
{
    private static readonly Labels Given = Labels.Of([new("a", "foo"), new("b", "bar"), new("c", "baz")]);

    [Fact]
    public void Replace_sets_the_target_to_the_template() =>
        Assert.Equal("""{a="foo", b="bar", c="baz", d="boobam"}""", Apply(new RelabelRule { SourceLabels = ["a"], Regex = Re("f(.*)"), TargetLabel = "d", Replacement = "b${1}bam" }));

    [Fact]
    public void Replace_does_nothing_when_the_expression_does_not_fit_the_whole_value() =>
        Assert.Equal(Given.ToString(), Apply(new RelabelRule { SourceLabels = ["a"], Regex = Re("o"), TargetLabel = "d", Replacement = "x" }));

    [Fact]
    public void Replace_takes_a_label_away_when_nothing_is_left_of_it() =>
        Assert.Equal("""{a="foo", c="baz"}""", Apply(new RelabelRule { SourceLabels = ["missing"], TargetLabel = "b" }));

    [Fact]
    public void Replace_joins_its_sources() =>
        Assert.Equal("""{a="foo", b="bar", c="baz", d="foo;bar"}""", Apply(new RelabelRule { SourceLabels = ["a", "b"], TargetLabel = "d" }));

    [Fact]
    public void Replace_expands_its_target() =>
        Assert.Equal("""{a="foo", b="bar", c="baz", x_oo="v"}""", Apply(new RelabelRule { SourceLabels = ["a"], Regex = Re("f(.*)"), TargetLabel = "x_${1}", Replacement = "v" }));

    [Theory]
    [InlineData("foo;bar", true)]
    [InlineData("foo", false)]
    public void Keep_and_drop_are_opposites(string regex, bool fits)
    {
        Assert.Equal(fits, Apply(new RelabelRule { Action = RelabelAction.Keep, SourceLabels = ["a", "b"], Regex = Re(regex) }) is not null);
        Assert.Equal(!fits, Apply(new RelabelRule { Action = RelabelAction.Drop, SourceLabels = ["a", "b"], Regex = Re(regex) }) is not null);
    }

    // Prometheus' own test has these figures: relabel_test.go, hashmod.
    [Fact]
    public void Hashmod_agrees_with_Prometheus() =>
        Assert.Equal("""{a="foo", b="bar", c="baz", d="976"}""", Apply(new RelabelRule { Action = RelabelAction.HashMod, SourceLabels = ["c"], TargetLabel = "d", Modulus = 1000 }));

    [Fact]
    public void Labelmap_copies_under_new_names() =>
        Assert.Equal("""{a="foo", b="bar", bar_a="foo", bar_b="bar", c="baz"}""", Apply(new RelabelRule { Action = RelabelAction.LabelMap, Regex = Re("([ab])"), Replacement = "bar_${1}" }));

    [Fact]
    public void Labeldrop_and_labelkeep_choose_by_name()
    {
        Assert.Equal("""{c="baz"}""", Apply(new RelabelRule { Action = RelabelAction.LabelDrop, Regex = Re("[ab]") }));
        Assert.Equal("""{a="foo", b="bar"}""", Apply(new RelabelRule { Action = RelabelAction.LabelKeep, Regex = Re("[ab]") }));
    }

    [Fact]
    public void Case_is_changed()
    {
        Assert.Equal("""{a="foo", b="bar", c="FOO"}""", Apply(new RelabelRule { Action = RelabelAction.Uppercase, SourceLabels = ["a"], TargetLabel = "c" }));
        Assert.Equal("""{a="foo", b="bar", c="foo"}""", Apply(
            new RelabelRule { Action = RelabelAction.Uppercase, SourceLabels = ["a"], TargetLabel = "c" }, new RelabelRule { Action = RelabelAction.Lowercase, SourceLabels = ["c"], TargetLabel = "c" }));
    }

    [Fact]
    public void Keepequal_and_dropequal_compare_labels()
    {
        Assert.Null(Apply(new RelabelRule { Action = RelabelAction.KeepEqual, SourceLabels = ["a"], TargetLabel = "b" }));
        Assert.NotNull(Apply(new RelabelRule { Action = RelabelAction.DropEqual, SourceLabels = ["a"], TargetLabel = "b" }));
        Assert.Null(Apply(new RelabelRule { Action = RelabelAction.DropEqual, SourceLabels = ["missing"], TargetLabel = "other" }));
    }

    [Fact]
    public void Rules_see_what_those_before_them_did() =>
        Assert.Null(Apply(new RelabelRule { TargetLabel = "x", Replacement = "y" }, new RelabelRule { Action = RelabelAction.Drop, SourceLabels = ["x"], Regex = Re("y") }));

    [Theory]
    [InlineData(RelabelAction.HashMod, "d", "modulus")]
    [InlineData(RelabelAction.Replace, "", "target_label")]
    [InlineData(RelabelAction.Lowercase, "${1}", "invalid 'target_label'")]
    [InlineData(RelabelAction.LabelDrop, "d", "only 'regex'")]
    public void Rules_without_sense_are_told(RelabelAction action, string target, string fault) =>
        Assert.Contains(fault, new RelabelRule { Action = action, TargetLabel = target }.Check(), StringComparison.Ordinal);

    private static LabelPattern Re(string text) => LabelPattern.Parse(text);

    private static string? Apply(params RelabelRule[] rules)
    {
        foreach (var rule in rules) Assert.Null(rule.Check());
        return new RelabelRules(rules).Apply(Given)?.ToString();
    }
}
