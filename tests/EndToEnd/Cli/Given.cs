using System.Text.Json;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary>Answers with sensible defaults.</summary>
internal static class Given
{
    public const string Digest = "sha256:b5722757c41700112233445566778899aabbccddeeff00112233445566778899";

    public static RolloutSummary Summary(string phase = RolloutPhases.Shifting, double? ended = null, int number = 3) => new(
        $"production/shop/{number}", number, "production", "shop", Digest, "1.2", "1.1", "canary", phase, CliRun.At(0), ended is { } s ? CliRun.At(s) : null, "anna", "the till",
        phase == RolloutPhases.RolledBack ? CliRun.Why("error-ceiling", "16 of its last 21 requests failed; the limit is 50%; 1.1 serves all traffic")
            : CliRun.Why("step-held", "step 1 of 4 (1%) held: 3 s of 6 s", ("requests", "12")));

    public static RolloutInfo Rollout(string phase = RolloutPhases.Shifting, double? ended = null, int number = 3) => new(
        Summary(phase, ended, number), null, "B", [new(1, 1, 2, 6000), new(10, 1, 2, 4000), new(50, 1, 2, null), new(100, 2, 0, 0)], 0, 1, false, CliRun.At(597), 12, 0, 1188, 1);

    public static ServiceInfo Service(RolloutInfo? rollout = null, long version = 20) => new()
    {
        Environment = "production", Service = "shop", At = CliRun.At(600), State = ServiceStates.RollingOut, StreamVersion = version, Urls = ["http://127.0.0.1:8080"], Routes = ["/"],
        EdgeAlive = true, Slots = [new("A", "stable", "sha256:aa", "1.1", 2, 2, null), new("B", "candidate", Digest, "1.2", 1, 0, null)],
        Arms =
        [
            new("A", "stable", "sha256:aa", "1.1", 99, 12345, 1, 198.4, 0, 1.23, 12.7, 7, 0),
            new("B", "candidate", Digest, "1.2", 1, 12, 3, 2.04, 0.5, 1.4, 1512, 1, 0),
        ],
        Instances = [new("production.shop-b-0-2", "B", 0, Digest, "1.2", "backingOff", "127.0.0.1:4000", null, 2, CliRun.At(590), 12, 3, 0, "exited with code 70", null, null, null)],
        Rollout = rollout, Notices = [], Rejected = [new("sha256:cc11223344556677", null, "production/shop/1", CliRun.At(0), CliRun.Why("x", "y"))], Pending = [],
    };

    public static ServiceSummary Line(string environment = "production", string service = "shop") => new(
        environment, service, ServiceStates.RollingOut, "1.1", "sha256:aa", 2, 2, Summary(), Summary().Why, ["http://127.0.0.1:8080"]);

    public static DecisionInfo Decision(long seq, string type, string code, string sentence, double after, string actor = "fairway", string? effect = null, params (string, string)[] facts) => new(
        seq, CliRun.At(after), (long)(after * 1000), actor, type + ".v1", CliRun.Why(code, sentence, facts),
        effect is null ? [] : [new(seq, "set-routes", effect)], JsonDocument.Parse("{}").RootElement);

    public static ExplainInfo Explained(string phase = RolloutPhases.RolledBack) => new(Summary(phase, phase == RolloutPhases.Shifting ? null : 12.34),
    [
        Decision(1, "rollout-started", "deploy-asked", "anna deploys 1.2 by canary", 0, "anna", null, ("who", "anna"), ("version", "1.2"), ("reason", "the till")),
        Decision(2, "effect-issued", "files-wanted", "the files of 1.2 are needed here", 0.9, effect: "make the files of 1.2 ready"),
        Decision(3, "waiting", "waits-for-files", "the files of 1.2 are being made ready", 0.9),
        Decision(4, "effect-settled", "effect-done", "effect 1 is done", 1.0),
        Decision(5, "step-entered", "step-entered", "step 1 of 4: 1%", 1.1, facts: [("step", "1"), ("weight", "1%")]),
        Decision(6, "effect-issued", "routes-changed", "1.1 99%, 1.2 1%", 1.1, effect: "route 99% to 1.1, 1% to 1.2"),
        Decision(7, "waiting", "step-held", "step 1 of 4 (1%) held: 0 s of 6 s", 1.2),
        Decision(8, "judged", "too-few-requests", "2 of 20 requests needed for a verdict", 4.0, facts: [("requests", "2"), ("errors", "1")]),
        Decision(9, "judged", "too-few-requests", "16 of 20 requests needed for a verdict", 5.0, facts: [("requests", "16"), ("errors", "12")]),
        Decision(10, "rollback-started", "error-ceiling", "16 of its last 21 requests failed; the limit is 50%", 6.0),
        Decision(11, "release-rejected", "error-ceiling", "16 of its last 21 requests failed; the limit is 50%", 6.0),
        Decision(12, "rollout-ended", "error-ceiling", "16 of its last 21 requests failed; the limit is 50%; 1.1 serves all traffic", 12.34),
        Decision(13, "effect-issued", "shut-down", "anna shut everything down", 99, effect: "empty slot B"),
    ]);
}
