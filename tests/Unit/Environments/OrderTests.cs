using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Environments;

public sealed class OrderTests
{
    private static readonly ImmutableArray<EnvironmentSettings> Plain = [new("development"), new("staging"), new("production")];
    private static readonly ImmutableArray<EnvironmentSettings> Fan =
        [new("development"), new("east") { After = ["development"] }, new("west") { After = ["development"] }, new("production") { After = ["east", "west"] }];

    [Theory]
    [InlineData("development", "staging", null)]
    [InlineData("staging", "production", null)]
    [InlineData("development", "production", "environment-skipped")]
    [InlineData("production", "staging", "environment-backwards")]
    [InlineData("staging", "development", "first-environment")]
    [InlineData("staging", "staging", "promotion-to-itself")]
    public void Where_nothing_is_written_they_follow_each_other_as_in_the_file(string from, string to, string? refused)
        => Assert.Equal(refused, EnvironmentOrder.Refuse(Plain, from, to)?.Code);

    [Theory]
    [InlineData("east", "production", null)]
    [InlineData("west", "production", null)]
    [InlineData("development", "west", null)]
    [InlineData("east", "west", "environment-skipped")]
    [InlineData("development", "production", "environment-skipped")]
    public void Otherwise_as_is_written(string from, string to, string? refused) => Assert.Equal(refused, EnvironmentOrder.Refuse(Fan, from, to)?.Code);

    [Theory]
    [InlineData("1.1", "1.1", null, false, false, "promoted-automatically")]
    [InlineData("1.1", "1.0", null, false, false, "earlier-differ")]
    [InlineData("1.1", null, null, false, false, "nothing-to-promote")]
    [InlineData("1.1", "1.1", "1.1", false, false, "already-there")]
    [InlineData("1.1", "1.1", "1.0", true, false, "target-busy")]
    [InlineData("1.1", "1.1", "1.0", false, true, "tried-before")]
    public void A_promotion_looks_at_what_serves(string east, string? west, string? there, bool busy, bool begun, string code)
    {
        ImmutableArray<Upstream> from = [new("east", Release(east), IsSettled: true), new("west", west is null ? null : Release(west), IsSettled: true)];
        var promotion = PromotionDecider.Decide(new(new("production", "shop"), from, there is null ? null : Release(there).Digest, busy, _ => begun));
        Assert.Equal(code, promotion.Why.Code);
        Assert.Equal(code == "promoted-automatically", promotion.Ship is not null);
    }

    [Fact]
    public void Nothing_is_promoted_while_it_may_still_be_taken_back()
        => Assert.Equal("earlier-under-way", PromotionDecider.Decide(new(new("production", "shop"), [new("east", Release("1.0"), IsSettled: false)], null, false, _ => false)).Why.Code);

    [Fact]
    public void What_differs_is_told_by_name_and_never_by_secret()
    {
        ServiceSpec Spec(string environment, int instances, string variable, string secret) => new()
        {
            Key = new(environment, "shop"),
            Workload = new()
            {
                Command = ["run"], Environment = ImmutableSortedDictionary<string, string>.Empty.Add("URL", variable), Secrets = ImmutableSortedDictionary<string, string>.Empty.Add(secret, "env:X"),
            },
            Rollout = new() { Instances = instances },
        };
        ParitySide Side(string environment, int instances, string variable, string secret, string version, GateSettings? gates) => new(
            new(environment) { Gates = gates }, [Spec(environment, instances, variable, secret)], ImmutableSortedDictionary<string, (string, string)>.Empty.Add("shop", (version, version)));
        var found = Parity.Between(Side("staging", 1, "http://one", "KEY", "1.1", null), Side("production", 3, "http://two", "TOKEN", "1.0", new() { Soak = Duration.FromHours(1) }));
        Assert.Equal(
            ["version release 1.1 1.0", "variables env.URL set set", "secrets secrets.KEY set ", "secrets secrets.TOKEN  set", "instances instances 1 3"],
            found.Where(one => one.Service is not null).Select(one => $"{one.Part} {one.Name} {one.Left} {one.Right}"));
        Assert.Equal("gates", Assert.Single(found, one => one.Service is null).Name);
        Assert.Empty(Parity.Between(Side("a", 1, "x", "KEY", "1", null), Side("b", 1, "x", "KEY", "1", null)));
    }

    [Theory]
    [InlineData("pr-1", "staging", 1, null)]
    [InlineData("Pr 1", "staging", 1, "name-invalid")]
    [InlineData("staging", "staging", 1, "environment-of-the-file")]
    [InlineData("production-2", "staging", 1, "environment-protected")]
    [InlineData("pr-1", "production", 1, "environment-protected")]
    [InlineData("pr-1", "nowhere", 1, "unknown-environment")]
    [InlineData("pr-1", "staging", 15 * 24, "ttl-out-of-range")]
    [InlineData("pr-1", "staging", 0, "ttl-out-of-range")]
    [InlineData("there", "staging", 1, "environment-exists")]
    public void An_environment_for_a_time_is_never_one_of_the_file(string name, string from, int hours, string? refused)
    {
        ImmutableArray<EnvironmentSettings> configured = [new("staging"), new("production") { Protected = true }];
        ImmutableArray<EphemeralEnvironment> all = [new("there", "staging", Gates.Given.Now, "ben", null, Gates.Given.Now)];
        var decision = EphemeralDecider.Create(Gates.Given.Standing("anna", "deployer"), name, from, Duration.FromHours(hours), null, configured, all, Gates.Given.Now);
        Assert.Equal((refused, refused is null), (decision.Refused is null ? null : decision.Why.Code, decision.Event is not null));
    }

    [Fact]
    public void The_quota_counts_those_that_live_and_not_those_being_torn_down()
    {
        ImmutableArray<EphemeralEnvironment> full = [.. Enumerable.Range(0, EphemeralDecider.Quota).Select(i => new EphemeralEnvironment($"pr-{i}", "staging", Gates.Given.Now, "ben", null, Gates.Given.Now))];
        EnvironmentDecision Create(ImmutableArray<EphemeralEnvironment> all)
            => EphemeralDecider.Create(Gates.Given.Standing("anna", "deployer"), "one-more", "staging", null, null, [new("staging")], all, Gates.Given.Now);
        Assert.Equal("environment-quota", Create(full).Why.Code);
        Assert.NotNull(Create(full.SetItem(3, full[3] with { EndingSince = Gates.Given.Now })).Event);
    }

    private static Release Release(string version) => new($"sha256:{version}", "shop", version, $"sha256:files-{version}", new() { Command = ["run"] }, Gates.Given.Now);
}
