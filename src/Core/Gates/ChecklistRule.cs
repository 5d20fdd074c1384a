using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What a machine can see of a release and of the place it goes to.</summary>
internal static class ChecklistRule
{
    private const string Prefix = "checklist/";

    /// <summary>What each item that is asked says.</summary>
    public static IEnumerable<RuleVerdict> Ask(GateRequest request, GateSettings settings, GateFacts facts, Instant now)
    {
        var list = settings.Checklist;
        (string Name, CheckWeight Weight, Func<GateRequest, GateFacts, RuleVerdict> Ask)[] items =
        [
            ("never-rejected", list.NeverRejected, NeverRejected), ("tests", list.Tests, Tests), ("scans", list.Scans, Scans), ("provenance", list.Provenance, Provenance),
            ("rollback-target", list.RollbackTarget, RollbackTarget), ("healthy", list.Healthy, Healthy), ("smoke", list.Smoke, Smoke),
            ("runbook", list.Runbook, Runbook), ("backup", list.Backup, (request, facts) => Backup(request, facts, now)),
            ("objectives", list.Objectives, Objectives),
        ];
        foreach (var (name, weight, ask) in items)
            if (weight != CheckWeight.Off) yield return ask(request, facts) with { Rule = Prefix + name, Advisory = weight == CheckWeight.Advisory };
    }

    private static RuleVerdict NeverRejected(GateRequest request, GateFacts facts)
    {
        var elsewhere = facts.Rejections.Where(one => !(one.Environment == request.Key.Environment && request.Force)).ToArray();
        return elsewhere is [var first, ..]
            ? No("rejected-before", "{version} was taken back in {environment}: {reason}", "ship a release that mends it, or allow this one again with `fairway unreject`",
                $"a deployer of {first.Environment}", ("version", request.Version), ("environment", first.Environment), ("reason", first.Why.Sentence))
            : Yes("never-rejected", "it was never taken back");
    }

    private static RuleVerdict Tests(GateRequest request, GateFacts facts) => Attested(request, facts, "tests", kind => kind == "tests");

    private static RuleVerdict Scans(GateRequest request, GateFacts facts) => Attested(request, facts, "scans", kind => kind.StartsWith("scan/", StringComparison.Ordinal));

    private static RuleVerdict Provenance(GateRequest request, GateFacts facts) => Attested(request, facts, "provenance", kind => kind == "provenance");

    // The newest of each kind counts: a scan that was mended and run again is mended.
    private static RuleVerdict Attested(GateRequest request, GateFacts facts, string what, Func<string, bool> isMeant)
    {
        var newest = facts.Attested.Where(one => isMeant(one.Kind)).GroupBy(one => one.Kind, StringComparer.Ordinal).Select(kind => kind.MaxBy(one => one.At)!).ToArray();
        if (newest.Length == 0)
            return No(what + "-missing", "nothing says that the {what} of {version} passed", "run its pipeline, and ship what that made", "who runs the pipeline",
                ("what", what), ("version", request.Version));
        if (newest.Where(one => !one.Passed).ToArray() is [var bad, ..] failed)
            return No(what + "-failed", "{kinds} of {version} failed: {summary}", "mend it, and ship the next release", "who made the release",
                ("kinds", string.Join(", ", failed.Select(one => one.Kind))), ("version", request.Version), ("summary", bad.Summary));
        return Yes(what + "-passed", "{kinds} passed: {summary}", ("kinds", string.Join(", ", newest.Select(one => one.Kind))), ("summary", newest[0].Summary));
    }

    private static RuleVerdict RollbackTarget(GateRequest request, GateFacts facts) => facts.Serving switch
    {
        null => Yes("first-release", "it is the first release here; there is nothing to go back to"),
        { Ready: > 0 } serving => Yes("rollback-target-warm", "{target} runs on {ready|instance}: a rollback is at once", ("target", serving.Version), ("ready", serving.Ready)),
        { IsHere: true } serving => Yes("rollback-target-here", "{target} does not run, and its files are here: a rollback starts it", ("target", serving.Version)),
        { } serving => No("rollback-target-missing", "{target} does not run, and its files, which a rollback would need, are not here", "ship it again from its source first",
            $"a deployer of {request.Key.Environment}", ("target", serving.Version)),
    };

    private static RuleVerdict Healthy(GateRequest request, GateFacts facts) => facts.Serving switch
    {
        null => Yes("first-release", "nothing serves yet that could be ill"),
        { } serving when serving.Ready >= serving.Wanted => Yes("healthy", "{ready} of {wanted|instance} of {serving} ready", ("ready", serving.Ready), ("wanted", serving.Wanted),
            ("serving", serving.Version)),
        { } serving => new("", GateAnswer.Hold, Why.Because("unhealthy", "only {ready} of {wanted|instance} of {serving} ready", ("ready", serving.Ready), ("wanted", serving.Wanted),
            ("serving", serving.Version))) { Change = "mend what serves, or take it back", Who = $"a deployer or responder of {request.Key.Environment}" },
    };

    private static RuleVerdict Smoke(GateRequest request, GateFacts facts)
    {
        if (facts.Earlier.IsEmpty) return Yes("no-earlier", "no environment comes before");
        return facts.Earlier.FirstOrDefault(stay => !stay.Smoke) is { } missing
            ? No("smoke-missing", "no smoke command passed for {version} in {environment}", "declare rollout.smoke there, and ship it there first", $"a deployer of {missing.Environment}",
                ("version", request.Version), ("environment", missing.Environment))
            : Yes("smoke-passed", "its smoke command passed in {environments}", ("environments", string.Join(", ", facts.Earlier.Select(stay => stay.Environment))));
    }

    private static RuleVerdict Runbook(GateRequest request, GateFacts facts) => facts.Runbook switch
    {
        null => No("runbook-missing", "nothing is written of what to do when {service} is ill", "write runbook: of the service, a file or an address", "who keeps fairway.yaml",
            ("service", request.Key.Service)),
        { IsThere: false } gone => No("runbook-gone", "the runbook {runbook} of {service} is not there", "write the file, or correct runbook:", "who keeps fairway.yaml",
            ("runbook", gone.Where), ("service", request.Key.Service)),
        { } there => Yes("runbook-there", "its runbook is {runbook}", ("runbook", there.Where)),
    };

    private static RuleVerdict Backup(GateRequest request, GateFacts facts, Instant now)
    {
        if (facts.Backup is not { } backup) return Yes("no-backup-promised", "it promises no backup");
        if (backup.At is not { } at)
            return No("backup-missing", "there is no backup of {service}: {proof} is not there", "make a backup, which writes that file", $"a deployer of {request.Key.Environment}",
                ("service", request.Key.Service), ("proof", backup.Promise.Proof));
        var (age, most) = (Hours(now - at), Hours(backup.Promise.MaxAge));
        return now - at > backup.Promise.MaxAge
            ? No("backup-old", "the newest backup of {service} is {age} h old; it promises one every {most} h", "make a backup", $"a deployer of {request.Key.Environment}",
                ("service", request.Key.Service), ("age", age), ("most", most))
            : Yes("backup-fresh", "its newest backup is {age} h old, of at most {most} h", ("age", age), ("most", most));
    }

    // Silence is no failure: where nothing was counted, nothing went wrong. That nobody can say is another matter.
    private static RuleVerdict Objectives(GateRequest request, GateFacts facts)
    {
        if (facts.Objectives.IsEmpty) return Yes("no-objectives", "it has no objectives");
        if (facts.Objectives.FirstOrDefault(one => one.Remaining < 0) is { } spent)
            return No("budget-spent", "{objective} is missed: {share} of {total} events were good, {target} must be", "mend what serves, or have it overridden by two people",
                $"a responder of {request.Key.Environment}", ("objective", spent.Objective.Name), ("share", Percent(spent.Good!.Value / spent.Total!.Value)),
                ("total", Math.Round(spent.Total.Value)), ("target", Percent(spent.Objective.Target)), ("remaining", Percent(spent.Remaining!.Value)));
        return facts.Objectives.FirstOrDefault(one => one.Problem is not null) is { } unknown
            ? new("", GateAnswer.Hold, Why.Because("objective-unknown", "nobody can say how {objective} is: {problem}", ("objective", unknown.Objective.Name), ("problem", unknown.Problem!)))
            {
                Change = "mend the objective's expressions, or the metrics server", Who = "who keeps fairway.yaml",
            }
            : Yes("objectives-met", "{objectives}", ("objectives", string.Join(", ", facts.Objectives.Select(one => one.Remaining is { } left
                ? $"{one.Objective.Name} has {Percent(left)} of its budget left" : $"{one.Objective.Name}: nothing was counted"))));
    }

    private static double Hours(Duration time) => Math.Round(time.TotalHours, 1);

    private static string Percent(double share) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Math.Round(share * 100, 3)} %");

    private static RuleVerdict Yes(string code, string template, params ReadOnlySpan<(string Name, object Value)> said) => new("", GateAnswer.Allow, Why.Because(code, template, said));

    private static RuleVerdict No(string code, string template, string change, string who, params ReadOnlySpan<(string Name, object Value)> said)
        => new("", GateAnswer.Deny, Why.Because(code, template, said)) { Change = change, Who = who };
}
