using Xunit;

namespace Fairway.Pipelines;

/// <summary>What starts a pipeline, and what of it expressions see.</summary>
public sealed class TriggerTests
{
    private static readonly PipelineTrigger Push = new() { Kind = TriggerKind.Push, Repository = "shop", Ref = "refs/heads/main", Commit = new('a', 40), Before = new('b', 40), Actor = "anna", Message = "fix: it" };

    private static readonly PipelineTrigger Request = Push with { Kind = TriggerKind.PullRequest, Ref = "refs/pull/7/head", Base = "main", Head = "feature/x", Number = 7 };

    [Theory]
    [InlineData("docs/**", "docs/a.md", true)]
    [InlineData("docs/**", "src/a.c", false)]
    [InlineData("docs/**", null, true)]
    public void Path_filters_look_at_what_changed(string pattern, string? changed, bool starts)
        => Assert.Equal(starts, TriggerMatch.Of(new() { Push = new() { Paths = [pattern] } }, Push with { Changed = changed is null ? null : [changed] }).Starts);

    [Fact]
    public void Ignored_paths_keep_it_from_starting_only_when_all_are_ignored()
    {
        var on = new PipelineTriggers { Push = new() { PathsIgnore = ["docs/**"] } };
        Assert.False(TriggerMatch.Of(on, Push with { Changed = ["docs/a"] }).Starts);
        Assert.True(TriggerMatch.Of(on, Push with { Changed = ["docs/a", "src/b"] }).Starts);
        Assert.True(TriggerMatch.Of(on, Push with { Changed = [] }).Starts);
    }

    [Theory]
    [InlineData("main", true)]
    [InlineData("release", false)]
    public void A_pull_request_is_looked_at_by_the_branch_it_goes_to(string branch, bool starts)
        => Assert.Equal(starts, TriggerMatch.Of(new() { PullRequest = new() { Branches = [branch] } }, Request).Starts);

    [Theory]
    [InlineData("${{ github.event.head_commit.message }} ${{ github.event.before }}", "fix: it bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "")]
    [InlineData("${{ github.base_ref }}|${{ github.event_name }}", "|push", "main|pull_request")]
    [InlineData("${{ github.event.pull_request.base.ref }} ${{ github.event.number }}", " ", "main 7")]
    [InlineData("${{ github.head_ref }}", "", "feature/x")]
    [InlineData("${{ strategy.job-index }} of ${{ strategy.job-total }}", "0 of 1", "0 of 1")]
    public void Expressions_see_what_started_it(string template, string push, string request)
    {
        foreach (var (trigger, expected) in new[] { (Push, push), (Request, request) })
        {
            if (trigger == Request && template.Contains("before", StringComparison.Ordinal)) continue;
            var job = Given.Job("a");
            var run = Given.Run(Given.Pipeline(job)) with { Trigger = trigger };
            Assert.Equal(expected, RunContexts.Text(template, RunContexts.OfJob(run, job, Combination.None), Expressions.ExpressionScopes.JobName, "text").Text);
        }
    }

    // GitHub's documentation, "Excluding matrix configurations": "An excluded configuration only has to be a partial match for it to be excluded."
    [Fact]
    public void A_matrix_compares_loosely_and_excludes_by_a_part()
    {
        static ImmutableSortedDictionary<string, MatrixValue> Row(params (string, string)[] pairs) => pairs.ToImmutableSortedDictionary(pair => pair.Item1, pair => new MatrixValue(pair.Item2));
        var matrix = new JobMatrix
        {
            Axes = [new("os", [new("\"Linux\""), new("{\"name\":\"mac\",\"arm\":true}")]), new("version", [new("20"), new("22")])],
            Exclude = [Row(("os", "\"linux\""), ("version", "\"20\"")), Row(("os", "{\"name\":\"mac\"}"), ("version", "22"))],
            Include = [Row(("version", "\"22\""), ("fast", "true"))],
        };
        Assert.Equal(["Linux 22 true", "{\"name\":\"mac\",\"arm\":true} 20"],
            MatrixExpansion.Expand(matrix).Combinations.Select(one => string.Join(' ', one.Values.Select(pair => pair.Value.Text))));
    }

    [Fact]
    public void Inputs_must_be_known_complete_and_among_their_choices()
    {
        var pipeline = Given.Pipeline(Given.Job("a")) with { On = new() { Inputs = [new("target", Required: true) { Choices = ["staging", "production"] }, new("note", Default: "none")] } };
        Assert.Equal("staging", RunInputs.Read(pipeline, [new("target", "staging")]).Values!["target"]);
        Assert.Equal(("input target must be given", "--input target=VALUE"), Problem([]));
        Assert.Equal(("input target cannot be 'moon'", "it is one of staging, production"), Problem([new("target", "moon")]));
        Assert.Equal(("pipeline main has no input targt", "did you mean target?"), Problem([new("targt", "x")]));

        (string?, string?) Problem(KeyValuePair<string, string>[] given) => RunInputs.Read(pipeline, given) is var (_, problem, mend) ? (problem, mend) : default;
    }
}
