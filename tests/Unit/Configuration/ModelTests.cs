using System.Text.Json.Nodes;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>What a valid file means.</summary>
public sealed class ModelTests
{
    private const string Small = "services: { shop: { run: ./shop } }";

    [Fact]
    public void What_is_not_written_has_the_defaults_of_the_contracts()
    {
        var spec = Given.Configuration(Small).Resolve("production", "shop")!;
        Assert.Equal(new TrafficPolicy(), spec.Traffic);
        Assert.Equal(FairwayJson.Write(new RolloutPolicy { Judge = new() }), FairwayJson.Write(spec.Rollout));
        Assert.Equal(FairwayJson.Write(new HealthCheck()), FairwayJson.Write(spec.Workload.Ready));
        Assert.Equal([new RouteMatch(null, "/", ImmutableSortedDictionary<string, string>.Empty)], spec.Routes);
        Assert.Equal(FairwayJson.Write(new EdgeSettings()), FairwayJson.Write(Given.Configuration(Small).Edge));
        Assert.Equal("production", string.Join(' ', Given.Configuration(Small).Environments));
    }

    [Fact]
    public void No_member_of_the_contracts_is_without_a_field()
    {
        var spec = Given.Loaded("every-field").Configuration!.Resolve("production", "shop")!;
        Assert.Empty(Unchanged(new TrafficPolicy(), spec.Traffic));
        Assert.Empty(Unchanged(new RolloutPolicy { Judge = new() }, spec.Rollout));
        Assert.Empty(Unchanged(new JudgeSettings(), spec.Rollout.Judge!));
        Assert.Empty(Unchanged(new WorkloadSpec { Command = [] }, spec.Workload));
        Assert.Empty(Unchanged(new HealthCheck { Command = ["x"] }, spec.Workload.Ready with { Command = [] }));
        Assert.Empty(Unchanged(new ServiceSpec { Key = new("", ""), Workload = new() { Command = [] } }, spec));
        Assert.Empty(Unchanged(new EdgeSettings(), Given.Loaded("every-field").Configuration!.Edge));
    }

    [Fact]
    public void A_step_of_all_traffic_has_no_pause_because_the_guard_follows()
    {
        var spec = Given.Configuration("services: { shop: { run: ./shop, rollout: { steps: [5%, { weight: 50%, pause: approval }, 100%] } } }").Resolve("production", "shop")!;
        Assert.Equal([new(Weight.FromPercent(5), Duration.FromSeconds(60)), new(Weight.FromPercent(50), null),
            new(Weight.Full, Duration.Zero)], spec.Rollout.Steps.AsEnumerable());
    }

    [Fact]
    public void An_environment_overrides_name_by_name_and_takes_away_what_it_leaves_empty()
    {
        var configuration = Given.Loaded("environments").Configuration!;
        var (production, staging) = (configuration.Resolve("production", "shop")!, configuration.Resolve("staging", "shop")!);
        Assert.Equal((4, 1), (production.Rollout.Instances, staging.Rollout.Instances));
        Assert.Equal((1_000_000_000L, null), (production.Workload.MemoryBytes, staging.Workload.MemoryBytes));
        Assert.Equal("LOG=debug ZONE=1", string.Join(' ', staging.Workload.Environment.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal((HealthCheckKind.Http, "/healthz", Duration.FromSeconds(5)),
            (staging.Workload.Ready.Kind, staging.Workload.Ready.Path, staging.Workload.Ready.Interval));
        Assert.Equal((HealthCheckKind.Tcp, 9), (staging.Workload.Live!.Kind, staging.Workload.Live.UnhealthyAfter));
        Assert.Equal("staging.example.com", Assert.Single(staging.Routes).Host);
        Assert.Equal((Strategy.Rolling, Duration.Zero), (staging.Rollout.Strategy, staging.Rollout.KeepWarm));
        Assert.Null(configuration.Resolve("staging", "cart"));
        Assert.Null(configuration.Resolve("test", "shop"));
    }

    [Fact]
    public void A_path_is_relative_to_the_file_it_stands_in()
    {
        var configuration = Given.Loaded("includes").Configuration!;
        Assert.Equal("services/out", configuration.Resolve("production", "shop")!.Path);
        Assert.Equal("services", configuration.Resolve("production", "worker")!.Path);
        Assert.Equal(("certs/a.pem", "/etc/key.pem"), (configuration.Edge.Certificate, configuration.Edge.Key));
    }

    [Fact]
    public void Every_file_that_was_read_is_named_once()
    {
        var loaded = Given.Loaded("includes");
        Assert.Equal("fairway.yaml services/shop.yaml shared.yaml services/worker.yaml environments/deep/er.yml environments/staging.yaml",
            string.Join(' ', loaded.Files.Select(file => Path.GetRelativePath(loaded.Folder, file))));
    }

    [Fact]
    public void The_place_of_a_part_is_known_and_of_one_not_written_the_nearest_around_it()
    {
        var configuration = Given.Configuration("services:\n  shop:\n    run: ./shop\n    rollout:\n      steps: [ 1%, { weight: 100% } ]\n");
        string? At(string path) => configuration.Find("production", "shop", path)?.ToString();
        Assert.Equal("fairway.yaml:5:30", At("rollout.steps[1].weight"));
        Assert.Equal("fairway.yaml:5:16", At("rollout.steps[0].weight"));
        Assert.Equal("fairway.yaml:4:5", At("rollout.guard"));
        Assert.Equal("fairway.yaml:2:3", At(""));
        Assert.Equal("fairway.yaml:2:3", At("traffic.retries"));
        Assert.Null(configuration.Find("staging", "shop"));
    }

    [Fact]
    public void The_place_of_an_overridden_part_is_in_the_override()
    {
        var configuration = Given.Loaded("environments").Configuration!;
        Assert.EndsWith("fairway.yaml:6:20", configuration.Find("staging", "shop", "instances").ToString(), StringComparison.Ordinal);
        Assert.EndsWith("fairway.yaml:16:16", configuration.Find("production", "shop", "instances").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("services:\n  shop:\n    # a comment\n    run: './shop'\n")]
    [InlineData("x-note: 1\nservices: { shop: { instances: 1, run: [./shop], rollout: { guard: 1m, steps: [1%, 10%, 50%, 100%] } } }")]
    [InlineData("environments: { production: {} }\nedge: { http: '*:8080', accessLog: off }\nservices: { shop: { run: ./shop, ready: { tcp: yes } } }")]
    public void The_digest_is_of_the_meaning(string same)
        => Assert.Equal(Given.Configuration(Small).Digest, Given.Configuration(same).Digest);

    [Theory]
    [InlineData("services: { shop: { run: ./shop, instances: 2 } }")]
    [InlineData("services: { shop: { run: ./shop }, cart: { run: ./cart, routes: [] } }")]
    [InlineData("services: { shop: { run: ./shop } }\nedge: { http: 8081 }")]
    [InlineData("services: { shop: { run: ./shop } }\nenvironments: { staging: }")]
    public void Another_meaning_has_another_digest(string other)
    {
        var loaded = Given.Text(other);
        Assert.False(Given.Configuration(Small).Digest == loaded.Configuration!.Digest);
        Assert.Matches("^sha256:[0-9a-f]{64}$", loaded.Configuration.Digest);
    }

    [Fact]
    public void The_largest_file_is_read_and_one_byte_more_is_not()
    {
        var text = Small + "\n#";
        var full = text + new string('x', (4 << 20) - text.Length);
        Assert.NotNull(Given.Text(full).Configuration);
        var refused = Assert.Single(Given.Text(full + "x").Diagnostics);
        Assert.Equal(DiagnosticCodes.TooLarge, refused.Code);
    }

    [Fact]
    public void A_missing_file_is_an_error_that_names_it()
    {
        var missing = Path.Combine(Given.Folder(), "no", "such", "fairway.yaml");
        var diagnostic = Assert.Single(Adapters.Yaml.YamlConfiguration.Load(missing, Given.Variable).Diagnostics);
        Assert.Equal((DiagnosticCodes.Unreadable, missing), (diagnostic.Code, diagnostic.At.File.Name));
    }

    private static IEnumerable<string> Unchanged<T>(T defaults, T changed)
    {
        var (before, after) = ((JsonObject)JsonNode.Parse(FairwayJson.Write(defaults))!,
            (JsonObject)JsonNode.Parse(FairwayJson.Write(changed))!);
        var members = typeof(T).GetProperties().Select(property => char.ToLowerInvariant(property.Name[0]) + property.Name[1..]);
        return members.Where(member => member != "stream" && JsonNode.DeepEquals(before[member], after[member]));
    }
}
