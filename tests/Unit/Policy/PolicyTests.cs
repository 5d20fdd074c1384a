using System.Text.Json;

namespace Fairway.Policy;

public sealed class PolicyTests
{
    private const string Shop = """{"service": {"name": "shop"}, "environment": {"name": "production"}, "now": "2026-11-20T14:00:00Z", "budget": {"remaining": 0.05}}""";

    private static PolicyRule Rule(PolicyEffect effect, string expression) => new() { Name = "rule", Owner = "platform", Effect = effect, Expression = expression };

    private static PolicyInput Input(string json = Shop)
    {
        var (input, problem) = PolicyInput.Read(JsonDocument.Parse(json).RootElement);
        return input ?? throw new InvalidOperationException(problem);
    }

    private static PolicyAnswer Ask(params PolicyRule[] rules) => PolicyEvaluator.Decide(PolicySet.Compile(rules).Set, Input(), CelLimits.Default);

    [Theory]
    [InlineData(PolicyEffect.Require, "budget.remaining > 0.0", PolicyVerdict.Allow)]
    [InlineData(PolicyEffect.Require, "budget.remaining > 0.1", PolicyVerdict.Deny)]
    [InlineData(PolicyEffect.Deny, "budget.remaining < 0.1", PolicyVerdict.Deny)]
    [InlineData(PolicyEffect.Deny, "budget.remaining < 0.0", PolicyVerdict.Allow)]
    [InlineData(PolicyEffect.Hold, "budget.remaining < 0.1", PolicyVerdict.Hold)]
    [InlineData(PolicyEffect.Hold, "budget.remaining < 0.0", PolicyVerdict.Allow)]
    public void A_rule_requires_denies_or_holds(PolicyEffect effect, string expression, PolicyVerdict expected) => Assert.Equal(expected, Ask(Rule(effect, expression)).Verdict);

    [Fact]
    public void Deny_wins_over_hold_and_hold_over_allow()
    {
        Assert.Equal(PolicyVerdict.Allow, Ask().Verdict);
        Assert.Equal(PolicyVerdict.Hold, Ask(Rule(PolicyEffect.Require, "true"), Rule(PolicyEffect.Hold, "true")).Verdict);
        var answer = Ask(Rule(PolicyEffect.Hold, "true") with { Name = "wait" }, Rule(PolicyEffect.Deny, "true") with { Name = "no" });
        Assert.Equal(PolicyVerdict.Deny, answer.Verdict);
        Assert.Equal(["no", "wait"], answer.Against.Select(finding => finding.Rule));
    }

    [Fact]
    public void A_refusal_says_the_rule_what_it_looked_at_and_who_may_change_it()
    {
        var finding = Assert.Single(Ask(Rule(PolicyEffect.Hold, "budget.remaining < 0.1 && !has(budget.burnRate)") with { MessageExpression = "'only ' + string(budget.remaining) + ' is left'" }).Findings);
        Assert.Equal("policy rule (of platform): only 0.05 is left", finding.Why.Sentence);
        Assert.Equal("policy-holds", finding.Why.Code);
        Assert.Equal([new("budget.remaining", "0.05"), new("budget.burnRate", "not known")], finding.Inputs);
        Assert.True(finding.Cost > 0);
        Assert.Equal("it requires budget.remaining > 0.1", Assert.Single(Ask(Rule(PolicyEffect.Require, "budget.remaining\n  > 0.1")).Findings).Message);
    }

    [Theory]
    [InlineData(PolicyEffect.Require, PolicyVerdict.Deny)]
    [InlineData(PolicyEffect.Deny, PolicyVerdict.Deny)]
    [InlineData(PolicyEffect.Hold, PolicyVerdict.Hold)]
    public void What_cannot_be_evaluated_is_not_allowed(PolicyEffect effect, PolicyVerdict expected)
    {
        foreach (var expression in new[] { "release.version == '1'", "change.commits / 0 > 1", "lists.range(9000000).size() > 1", "budget.burnRate > 1.0", "release.vers == '1'", "1 +", "'text'" })
        {
            var finding = Assert.Single(Ask(Rule(effect, expression)).Findings);
            Assert.Equal(expected, finding.Verdict);
            Assert.NotNull(finding.Error);
            Assert.Contains("its ", finding.Message, StringComparison.Ordinal);
        }
        Assert.Equal(expected, Ask(Rule(effect, "true") with { When = "release.version == '1'" }).Verdict);
    }

    [Fact]
    public void A_rule_is_about_its_services_environments_and_condition_only()
    {
        var no = Rule(PolicyEffect.Deny, "true");
        Assert.Equal(PolicyVerdict.Allow, Ask(no with { Services = ["other"] }).Verdict);
        Assert.Equal(PolicyVerdict.Allow, Ask(no with { Environments = ["staging"] }).Verdict);
        Assert.Equal(PolicyVerdict.Deny, Ask(no with { Services = ["other", "shop"], Environments = ["production"] }).Verdict);
        var finding = Assert.Single(Ask(no with { When = "environment.name == 'staging'" }).Findings);
        Assert.False(finding.Applies);
        Assert.Equal("policy rule is not about it", finding.Why.Sentence);
    }

    [Fact]
    public void A_message_that_cannot_be_made_is_replaced()
    {
        var finding = Assert.Single(Ask(Rule(PolicyEffect.Deny, "true") with { MessageExpression = "release.version" }).Findings);
        Assert.Equal("it denies when true", finding.Message);
        Assert.StartsWith("messageExpression: ", finding.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "the input is no object")]
    [InlineData("""{"relase": {}}""", "relase is no variable of policies; did you mean release?")]
    [InlineData("""{"budget": {"remaining": "half"}}""", "budget.remaining is \"half\", and double is expected")]
    [InlineData("""{"now": "yesterday"}""", "now: \"yesterday\" is no timestamp such as 2026-01-31T23:59:59Z")]
    [InlineData("""{"service": {"name": "shop"}}""", "environment.name is missing: it says which rules apply")]
    public void An_input_that_cannot_be_used_is_explained(string json, string expected) => Assert.Equal(expected, PolicyInput.Read(JsonDocument.Parse(json).RootElement).Problem);

    [Fact]
    public void A_case_compares_answer_rules_and_message()
    {
        var set = PolicySet.Compile([Rule(PolicyEffect.Hold, "budget.remaining < 0.1") with { Message = "little is left" }]).Set;
        var one = new PolicyCase { Name = "spent", Input = Input().Json, Expect = PolicyVerdict.Hold, Rules = ["rule"], Message = "little" };
        Assert.True(one.Run(set, CelLimits.Default).Passed);
        Assert.Equal(["the answer is hold, and deny is expected", "other is expected not to allow it, and does", "rule does not allow it, and is not expected to", "no message says \"much\""],
            (one with { Expect = PolicyVerdict.Deny, Rules = ["other"], Message = "much" }).Run(set, CelLimits.Default).Problems);
        Assert.Equal(["the input cannot be used: environment.name is missing: it says which rules apply"], new PolicyCase().Run(set, CelLimits.Default).Problems);
    }
}
