using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Contracts;

/// <summary>A metrics source under contract: its port, what it holds, and the power to take it away.</summary>
public interface IMetricsSubject : IAsyncDisposable
{
    /// <summary>The port.</summary>
    IMetricsSource Source { get; }

    /// <summary>What an expression gives from now on.</summary>
    void Give(string expression, params ImmutableArray<double> numbers);

    /// <summary>The alerting rules that it has from now on, beside a rule that records.</summary>
    void Alert(params ImmutableArray<AlertingRule> rules);

    /// <summary>What an expression gave from a moment on.</summary>
    void GiveAt(string expression, Instant at, double number);

    /// <summary>Ends it as a crash does.</summary>
    void Lose();

    /// <summary>Starts it again.</summary>
    void Return();
}

/// <summary>What every <see cref="IMetricsSource"/> does, whatever keeps the numbers.</summary>
public abstract class MetricsSourceContract
{
    /// <summary>A running source without a number.</summary>
    protected abstract IMetricsSubject Start();

    [Fact]
    public async Task Each_expression_has_its_number_in_the_order_of_the_questions()
    {
        await using var subject = Start();
        subject.Give("sum(a{version=\"1.0\"})", 41.5);
        subject.Give("b", 0);
        Assert.Equal([new(0, null), new(41.5, null), new(0, null)], await Ask(subject, "b", "sum(a{version=\"1.0\"})", "b"));
        subject.Give("b", 9_007_199_254_740_991);
        Assert.Equal(9_007_199_254_740_991, Assert.Single(await Ask(subject, "b")).Value);
        Assert.Empty(await Ask(subject));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task What_is_no_finite_number_is_no_value(double number)
    {
        await using var subject = Start();
        subject.Give("a", number);
        Assert.Equal(new QueryAnswer(null, null), Assert.Single(await Ask(subject, "a")));
    }

    [Fact]
    public async Task A_moment_that_is_over_has_the_number_of_then_and_one_before_the_first_number_has_none()
    {
        await using var subject = Start();
        var noon = Instant.FromUtc(2026, 3, 2, 12, 0, 0) + Duration.FromMilliseconds(125);
        subject.Give("a", 99);
        subject.GiveAt("a", noon, 1);
        subject.GiveAt("a", noon + Duration.FromSeconds(10), 5);
        Assert.Null(await Then(noon - Duration.FromMilliseconds(1)));
        Assert.Equal(1, await Then(noon));
        Assert.Equal(1, await Then(noon + Duration.FromMilliseconds(9_999)));
        Assert.Equal(5, await Then(noon + Duration.FromHours(1)));
        Assert.Equal(99, Assert.Single(await Ask(subject, "a")).Value);

        async Task<double?> Then(Instant at)
        {
            var answer = Assert.Single(await subject.Source.AskAsync(["a"], at, CancellationToken.None));
            Assert.Null(answer.Fault);
            return answer.Value;
        }
    }

    [Fact]
    public async Task What_is_not_there_is_no_value_and_no_fault()
    {
        await using var subject = Start();
        Assert.Equal(new QueryAnswer(null, null), Assert.Single(await Ask(subject, "never_seen")));
    }

    [Fact]
    public async Task Several_numbers_are_a_fault_that_says_to_aggregate_and_harm_no_other_question()
    {
        await using var subject = Start();
        subject.Give("many", 1, 2, 3);
        subject.Give("one", 1);
        var answers = await Ask(subject, "many", "one");
        var fault = answers[0].Fault!;
        Assert.Equal((FaultKind.Invalid, Blame.Configuration, false), (fault.Kind, fault.Who, fault.Retryable));
        Assert.Contains("many", fault.Message, StringComparison.Ordinal);
        Assert.Contains("aggregate", fault.Message, StringComparison.Ordinal);
        Assert.Null(answers[0].Value);
        Assert.Equal(new QueryAnswer(1, null), answers[1]);
    }

    [Fact]
    public async Task A_lost_source_is_a_fault_to_try_again_until_it_returns()
    {
        await using var subject = Start();
        subject.Give("a", 1);
        Assert.Equal(1, Assert.Single(await Ask(subject, "a")).Value);
        subject.Lose();
        foreach (var answer in await Ask(subject, "a", "b"))
            Assert.Equal((null, FaultKind.Unavailable, Blame.Platform, true), (answer.Value, answer.Fault?.Kind, answer.Fault?.Who, answer.Fault?.Retryable));
        subject.Return();
        subject.Give("a", 2);
        Assert.Equal(new QueryAnswer(2, null), Assert.Single(await Ask(subject, "a")));
    }

    [Fact]
    public async Task Who_stops_waiting_gets_no_answer()
    {
        await using var subject = Start();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => subject.Source.AskAsync(["a"], new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Alerting_rules_are_told_with_their_labels_and_nothing_else_is()
    {
        await using var subject = Start();
        Assert.Equal((true, null), ((await subject.Source.AlertsAsync(default)).Rules.IsEmpty, (await subject.Source.AlertsAsync(default)).Fault));
        subject.Alert(new("ShopDown", "up{service=\"shop\"} == 0") { Labels = ImmutableSortedDictionary<string, string>.Empty.Add("service", "shop") }, new("Slow", "a > 1"));
        var (rules, fault) = await subject.Source.AlertsAsync(default);
        Assert.Null(fault);
        Assert.Equal([("ShopDown", "up{service=\"shop\"} == 0", "service=shop"), ("Slow", "a > 1", "")],
            rules.Select(rule => (rule.Name, rule.Expression, string.Join(',', rule.Labels.Select(label => $"{label.Key}={label.Value}")))));
        subject.Lose();
        fault = (await subject.Source.AlertsAsync(default)).Fault;
        Assert.Equal((FaultKind.Unavailable, true), (fault!.Kind, fault.Retryable));
    }

    private static Task<ImmutableArray<QueryAnswer>> Ask(IMetricsSubject subject, params ImmutableArray<string> expressions)
        => subject.Source.AskAsync(expressions, CancellationToken.None);
}
