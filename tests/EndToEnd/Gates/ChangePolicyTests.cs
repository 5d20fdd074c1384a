using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Source;

namespace Fairway.Gates;

/// <summary>Policies over what changed since the version that serves, from a real push.</summary>
public sealed class ChangePolicyTests
{
    private const string Program = """
        #!/usr/bin/env python3
        import http.server, os
        class Shop(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
        http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
        """;

    private const string Policies = """
        policies:
          small-steps:
            owner: platform
            when: has(change.commits)
            hold: change.commits > 1 || change.breaking
            messageExpression: |
              "%d commits of %s by %s change %s".format([change.commits, change.kinds.join("+"), change.authors.join("+"), change.files.join("+")])

        """;

    [Fact]
    public async Task A_policy_reads_the_commits_between_what_serves_and_what_is_to_be_shipped()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main", Policies, edge: true);
        house.Commit(".fairway/pipeline.yaml", """
            jobs:
              check: { run: test ! -f broken }
              build:
                needs: check
                run: chmod +x shop
                artifacts: { shop: { paths: [shop, name] } }
                release: { service: shop, deploy: production }
            """, "ci: a pipeline");
        house.Commit("name", "one", "chore: a name");
        house.Commit("shop", Program, "feat: a shop");
        house.Must("push", "fairway", "main");
        Assert.Equal(0, (await house.FairwayAsync("pipeline", "status", "latest", "--follow")).Code);
        await ServiceAsync(house, now => now.Rollout?.Summary is { HasEnded: true, Phase: RolloutPhases.Completed }, "the first release serves");

        house.Commit("name", "two", "fix(shop): another name");
        house.Commit("notes", "three", "docs: notes");
        house.Must("push", "fairway", "main");
        Assert.Equal(0, (await house.FairwayAsync("pipeline", "status", "latest", "--follow")).Code);
        var held = await ServiceAsync(house, now => now.Queued?.Gate is not null, "the second release is held");
        var (code, _) = await house.FairwayAsync("gate", "explain", "shop", "--env", "production", "--release", held.Queued!.Release);
        Assert.Equal(ExitCodes.Refused, code);
        var rule = (await house.Client.ExplainGateAsync("production", "shop", held.Queued.Release, default)).Rules.Single(one => one.Rule.EndsWith("small-steps", StringComparison.Ordinal));
        Assert.Equal(("hold", "policy small-steps (of platform): 2 commits of docs+fix by anna change name+notes"), (rule.Answer, rule.Why.Sentence));
    }

    private static async Task<ServiceInfo> ServiceAsync(SourceHouse house, Func<ServiceInfo, bool> holds, string what)
    {
        ServiceInfo? last = null;
        await Hammer.Until.TrueAsync(
            async () => holds(last = await house.Client.GetServiceAsync("production", "shop", default)),
            () => $"{what}; it is {last?.State} {last?.Rollout?.Summary.Phase}: {last?.Rollout?.Summary.Why.Sentence} {last?.Queued?.Gate?.Why.Sentence}");
        return last!;
    }
}
