using Fairway.Adapters.InMemory;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Engine;
using Fairway.Environments;
using Fairway.Ledger;
using Fairway.Policy;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Source;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What the gate keeper gathers from the engine, the ledger and what is around them.</summary>
public sealed class KeeperTests
{
    private static readonly Objective Availability = new(
        "availability", "sum(increase(http_requests_total{code!~\"5..\"}[30d]))", "sum(increase(http_requests_total[720h]))", 0.999, Duration.FromDays(30));

    [Theory]
    [InlineData(true, "absent(up)", "service=shop")]
    [InlineData(false, "absent(up)", "service=cart")]
    [InlineData(true, "absent(up)", "service=shop,environment=production")]
    [InlineData(false, "absent(up)", "service=shop,environment=staging")]
    [InlineData(true, "rate(fairway_edge_requests_total{service=\"shop\",code=\"500\"}[5m]) > 1")]
    [InlineData(true, "rate(fairway_edge_requests_total{job=\"fairway-edge\",service=~\"shop|cart\"}[5m]) > 1")]
    [InlineData(true, "up{job=\"shop\"} == 0")]
    [InlineData(true, "up{job=\"shop\"} == 0", "service={{ $labels.job }}")]
    [InlineData(false, "up{job=\"cart\"} == 0")]
    [InlineData(false, "up == 0")]
    [InlineData(false, "up{service=~\".*\"} == 0")]
    [InlineData(false, "up{service!=\"cart\"} == 0")]
    [InlineData(false, "up{service=\"shop\",environment=\"staging\"} == 0")]
    [InlineData(true, "(1 + max_over_time(sum(up{service=\"shop\"})[1h:1m])) > bool 2 or vector(1)")]
    [InlineData(true, "sum by (service) (rate(fairway_edge_failures_total[5m])) > 1")]
    [InlineData(false, "sum by (service) (rate(fairway_edge_failures_total{service!=\"shop\"}[5m])) > 1")]
    [InlineData(false, "sum without (service) (rate(fairway_edge_failures_total[5m])) > 1")]
    [InlineData(false, "sum(")]
    public async Task A_rule_speaks_of_a_service_by_its_label_a_selector_or_a_grouping(bool speaks, string expression, string labels = "")
    {
        var rule = new AlertingRule("Ill", expression)
        {
            Labels = labels.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToImmutableSortedDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal),
        };
        var house = new House { Metrics = { Alerts = [rule] }, Checklist = new() { Alerts = CheckWeight.Required } };
        var facts = await house.FactsAsync();
        Assert.Equal((speaks ? 1 : 0, 1), (facts.Alerts!.Names.Length, facts.Alerts.All));
    }

    [Fact]
    public async Task Alerts_are_asked_for_only_where_they_count_and_a_source_that_is_away_is_told()
    {
        Assert.Null((await new House().FactsAsync()).Alerts);
        var house = new House { Metrics = { IsReachable = false }, Checklist = new() { Alerts = CheckWeight.Advisory } };
        Assert.NotNull((await house.FactsAsync()).Alerts!.Problem);
    }

    [Fact]
    public async Task The_burn_rate_is_the_share_of_errors_of_the_last_hour_over_what_the_objective_leaves()
    {
        var house = new House { Policies = [Rule("budget.burnRate < 10.0")] };
        house.Metrics.Set(Availability.Good, 999_500);
        house.Metrics.Set(Availability.Total, 1_000_000);
        house.Metrics.Set("sum(increase(http_requests_total{code!~\"5..\"}[1h]))", 9_856);
        house.Metrics.Set("sum(increase(http_requests_total[1h]))", 10_000);
        var fact = Assert.Single((await house.FactsAsync()).Objectives);
        Assert.Equal(14.4, fact.BurnRate!.Value, 9);
        Assert.Equal(0.5, fact.Remaining!.Value, 9);
        Assert.Equal(GateAnswer.Deny, (await house.AskAsync()).Answer);
    }

    [Fact]
    public async Task A_burn_rate_is_not_known_where_the_expressions_do_not_say_over_which_time_they_count()
    {
        var house = new House { Policies = [Rule("!has(budget.burnRate) && has(budget.remaining)")], Objective = Availability with { Good = "good:sum30d" } };
        house.Metrics.Set("good:sum30d", 10);
        house.Metrics.Set(Availability.Total, 10);
        Assert.Equal(GateAnswer.Allow, (await house.AskAsync()).Answer);
    }

    [Fact]
    public async Task What_nobody_reads_is_not_asked_for()
    {
        var house = new House { Policies = [Rule("budget.remaining > 0.1 || !has(budget.remaining)")] };
        Assert.Null((await house.FactsAsync()).Change);
        Assert.Equal(2, house.Metrics.Asked);
        Assert.Empty(house.Between);
    }

    [Fact]
    public async Task What_changed_is_read_once_between_the_commits_of_what_serves_and_of_the_release()
    {
        var house = new House { Policies = [Rule("change.commits == 2 && 'feat' in change.kinds && !change.breaking")] };
        await house.BuiltAsync("1.0", "main/run-1");
        await house.BuiltAsync("1.1", "main/run-2");
        // Later runs only looked at it.
        await house.AttestAsync("1.1", "pipeline/integration", "integration/run-3");
        house.Origins = new() { ["main/run-1"] = new("aaa", "main", "shop"), ["main/run-2"] = new("bbb", "main", "shop") };
        house.Range = new(2, ["feat"], IsBreaking: false, ["anna"], ["a"]);
        Assert.Equal(GateAnswer.Allow, (await house.AskAsync()).Answer);
        Assert.Equal(GateAnswer.Allow, (await house.AskAsync()).Answer);
        Assert.Equal(["shop aaa..bbb"], house.Between);
    }

    [Theory]
    [InlineData("shop", "cart")]
    [InlineData(null, "shop")]
    [InlineData("shop", null)]
    public async Task What_changed_is_not_known_across_repositories_or_without_a_commit(string? serving, string? release)
    {
        var house = new House { Policies = [Rule("change.commits < 10"), Rule("!has(change.commits) && change.?commits.orValue(0) == 0", "absent")] };
        await house.BuiltAsync("1.0", "main/run-1");
        await house.BuiltAsync("1.1", "main/run-2");
        house.Origins = [];
        if (serving is not null) house.Origins["main/run-1"] = new("aaa", null, serving);
        if (release is not null) house.Origins["main/run-2"] = new("bbb", null, release);
        house.Range = new(2, [], IsBreaking: false, [], null);
        var verdict = await house.AskAsync();
        Assert.Equal((GateAnswer.Deny, GateAnswer.Allow), (Given.Rule(verdict, "policy/asked").Answer, Given.Rule(verdict, "policy/absent").Answer));
        Assert.Empty(house.Between);
    }

    [Fact]
    public async Task What_could_not_be_read_is_read_again_after_a_while()
    {
        var house = new House { Policies = [Rule("change.commits < 10")] };
        await house.BuiltAsync("1.0", "main/run-1");
        await house.BuiltAsync("1.1", "main/run-2");
        house.Origins = new() { ["main/run-1"] = new("aaa", null, "shop"), ["main/run-2"] = new("bbb", null, "shop") };
        Assert.Equal(GateAnswer.Deny, (await house.AskAsync()).Answer);
        house.Range = new(2, [], IsBreaking: false, [], null);
        Assert.Equal(GateAnswer.Deny, (await house.AskAsync()).Answer);
        house.World.Scheduler.Run(() => Task.Delay(TimeSpan.FromSeconds(61), house.World.Time));
        Assert.Equal(GateAnswer.Allow, (await house.AskAsync()).Answer);
        Assert.Equal(2, house.Between.Count);
    }

    [Fact]
    public async Task A_service_s_backup_is_attested_by_who_may_and_found_in_the_ledger_again()
    {
        var house = new House { Checklist = new() { Backup = CheckWeight.Required }, Backup = new(Duration.FromHours(24), null) };
        Assert.Equal("backup-missing", Given.Rule(await house.AskAsync(), "checklist/backup").Why.Code);
        var reply = await house.Desk.AttestAsync(Given.Standing("ci", "deployer"), EngineWorld.Shop, new("backup", true, "nightly", default), default);
        Assert.Null(reply.Refused);
        var rule = Given.Rule(await house.AskAsync(), "checklist/backup");
        Assert.Equal("backup-fresh", rule.Why.Code);
        Assert.Equal("ci", Assert.Single((await house.FactsAsync()).Service).By);
        Assert.Contains(house.World.Ledger.Records, record => record is { Type: "service-attested.v1", Stream: "gate/production/shop" });
    }

    [Theory]
    [InlineData("provenance")]
    [InlineData("pin")]
    [InlineData("pipeline/integration")]
    [InlineData("Not A Kind")]
    public async Task What_only_Fairway_knows_and_what_is_no_kind_is_not_attested_from_outside(string kind)
    {
        var house = new House();
        Assert.NotNull((await house.Desk.AttestAsync(Given.Standing("ci", "deployer"), EngineWorld.Shop, new(kind, true, "fine", default), default)).Refused);
        var artifact = "sha256:" + new string('a', 64);
        Assert.NotNull(await new AttestationBook(house.World.Ledger).AddFromOutsideAsync(new(artifact, kind, true, "fine", "ci", default), default));
        Assert.Empty(await new AttestationBook(house.World.Ledger).ListAsync(artifact, default));
    }

    [Fact]
    public async Task What_a_run_found_failed_is_not_said_to_have_passed_and_bad_news_are_always_heard()
    {
        var book = new AttestationBook(new House().World.Ledger);
        var artifact = "sha256:" + new string('b', 64);
        var passed = new Attestation(artifact, "tests", true, "fine", "ci", Given.Now);
        Assert.Null(await book.AddFromOutsideAsync(passed, default));
        Assert.Null(await book.AddAsync(passed with { Passed = false, By = "fairway", Run = "main/run-1" }, default));
        Assert.Contains("run main/run-1 found that tests failed", (await book.AddFromOutsideAsync(passed, default))!.Message, StringComparison.Ordinal);
        Assert.Null(await book.AddFromOutsideAsync(passed with { Passed = false }, default));
        Assert.Null(await book.AddFromOutsideAsync(passed with { Kind = "scan/licences" }, default));
        Assert.Equal(4, (await book.ListAsync(artifact, default)).Length);
    }

    private static PolicyRule Rule(string expression, string name = "asked") => new() { Name = name, Expression = expression };

    /// <summary>A shop that serves 1.0, and a gate that is asked for 1.1.</summary>
    private sealed class House
    {
        private readonly Lazy<GateKeeper> _keeper;

        public House()
        {
            World = new EngineWorld().Started().Serving("1.0");
            _keeper = new(() => new(World.Ledger, World.Artifacts, new EngineClock(World.Time), new()
            {
                Environment = name => new EnvironmentSettings(name) { Gates = GateSettings.Open with { Checklist = Checklist } }, Environments = () => ["production"], Freezes = () => [],
                Policies = () => Policies, Snapshot = key => World.Engine.Find(key)?.Current, Service = key => EngineWorld.Service(key) with { Objectives = [Objective], Backup = Backup },
                Around = new()
                {
                    WrittenAt = _ => null, Metrics = Metrics.AskAsync, Alerts = Metrics.AlertsAsync, Origin = (run, _) => Task.FromResult(Origins.GetValueOrDefault(run)),
                    Between = (repository, from, to, _) =>
                    {
                        Between.Add($"{repository} {from}..{to}");
                        return Task.FromResult(Range);
                    },
                },
            }));
        }

        public EngineWorld World { get; }

        public InMemoryMetrics Metrics { get; } = new();

        public List<string> Between { get; } = [];

        public Checklist Checklist { get; init; } = GateSettings.Open.Checklist;

        public ImmutableArray<PolicyRule> Policies { get; init; } = [];

        public Objective Objective { get; init; } = Availability;

        public BackupPromise? Backup { get; init; }

        public Dictionary<string, ReleaseOrigin> Origins { get; set; } = [];

        public CommitRange? Range { get; set; }

        public GateDesk Desk => new(World.Ledger, _keeper.Value, new EngineClock(World.Time), _ => { }, () => { });

        private static GateRequest Request { get; } = GateQuestions.Of(EngineWorld.Shop, EngineWorld.Release("1.1"), new("anna"), GateMoment.DryRun);

        public Task<GateFacts> FactsAsync() => _keeper.Value.FactsAsync(Request, _keeper.Value.SettingsOf(EngineWorld.Shop), default);

        public Task<GateVerdict> AskAsync() => _keeper.Value.AskAsync(Request, default);

        public Task BuiltAsync(string version, string run) => AttestAsync(version, AttestationKinds.Provenance, run);

        // The world's artifacts have names in place of digests, which only the book would refuse.
        public async Task AttestAsync(string version, string kind, string run)
        {
            var attestation = new Attestation("artifact-" + version, kind, true, "fine", "fairway", Given.Now) { Run = run };
            await World.Ledger.AppendAlwaysAsync(ArtifactEvent.StreamOf(attestation.Artifact), new ArtifactEvent.Attested(attestation, "fairway", Given.Now).ToRecord(), default);
        }
    }
}
