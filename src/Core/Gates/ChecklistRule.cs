using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What a machine can see of a release and of the place it goes to.</summary>
internal static class ChecklistRule
{
    private const string Prefix = "checklist/";
    private const int NamesShown = 3;

    /// <summary>What each item that is asked says.</summary>
    public static IEnumerable<RuleVerdict> Ask(GateRequest request, GateSettings settings, GateFacts facts, Instant now)
    {
        var list = settings.Checklist;
        (string Name, CheckWeight Weight, Func<GateRequest, GateFacts, RuleVerdict> Ask)[] items =
        [
            ("never-rejected", list.NeverRejected, NeverRejected), ("tests", list.Tests, Tests), ("scans", list.Scans, Scans), ("provenance", list.Provenance, Provenance),
            ("rollback-target", list.RollbackTarget, RollbackTarget), ("healthy", list.Healthy, Healthy),
            ("smoke", list.Smoke, (request, facts) => Smoke(request, settings, facts)),
            ("migrations", list.Migrations, Migrations),
            ("runbook", list.Runbook, Runbook), ("alerts", list.Alerts, Alerts), ("backup", list.Backup, (request, facts) => Backup(request, facts, now)),
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

    private static RuleVerdict Provenance(GateRequest request, GateFacts facts) => facts.Provenance switch
    {
        null => No("provenance-unverified", "nobody can say where {version} comes from: this control plane has no keys", "start it with its keys", "who runs the control plane",
            ("version", request.Version)),
        { Believed: true } known => new("", GateAnswer.Allow, known.Why),
        { } other => new("", GateAnswer.Deny, other.Why) { Change = "run its pipeline, and ship what that made", Who = "who runs the pipeline" },
    };

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

    private static RuleVerdict Smoke(GateRequest request, GateSettings settings, GateFacts facts)
    {
        if (settings.After.FirstOrDefault(before => facts.Earlier.All(stay => stay.Environment != before)) is { } unseen)
            return No("smoke-unseen", "{version} has not been in {environment}, where a smoke command would have tried it", "ship it there first", $"a deployer of {unseen}",
                ("version", request.Version), ("environment", unseen));
        if (facts.Earlier.IsEmpty) return Yes("no-earlier", "no environment comes before");
        return facts.Earlier.FirstOrDefault(stay => !stay.Smoke) is { } missing
            ? No("smoke-missing", "no smoke command and no check passed for {version} in {environment}", "declare rollout.smoke or rollout.verify there, and ship it there first", $"a deployer of {missing.Environment}",
                ("version", request.Version), ("environment", missing.Environment))
            : Yes("smoke-passed", "its smoke command or checks passed in {environments}", ("environments", string.Join(", ", facts.Earlier.Select(stay => stay.Environment))));
    }

    private static RuleVerdict Migrations(GateRequest request, GateFacts facts) => facts.Migrations switch
    {
        null => Yes("no-database", "no database is declared"),
        { Unread: { } fault } => new("", GateAnswer.Hold, Why.Because("migrations-unread", "the migrations of {version} cannot be looked at: {fault}", ("version", request.Version), ("fault", fault)))
        {
            Change = "mend that, and ask again", Who = $"an operator of {request.Key.Environment}",
        },
        { Refused: { } refused } => No(refused.Code, "{why}", "ship a release whose migrations are mended", "who makes the release", ("why", refused.Sentence)),
        { Errors: [var first, ..] errors } => No("migrations-dangerous", "{count|finding} in what is pending, the first in {place}: {what}", first.Mend, "who makes the release",
            ("count", errors.Length), ("place", $"{first.File}:{first.Line}"), ("what", first.What)),
        { Pending: > 0, ContractFailed: true, Contract: { } failed } => No("contract-failed", "{file} of an earlier release failed, and nothing is added on top of it",
            "mend what it needs, and run `fairway migration contract`", $"a deployer of {request.Key.Environment}", ("file", failed)),
        { Pending: > 0, Contract: { } waits, ContractRelease: var brought } when brought != request.Release => new("", GateAnswer.Hold,
            Why.Because("contract-pending", "{file} of an earlier release has not run yet", ("file", waits)))
        {
            Change = "wait until it has run, see `fairway migration status`", Who = $"a deployer of {request.Key.Environment}",
        },
        { Pending: 0 } => Yes("migrations-none", "nothing is pending in the database"),
        { Pending: var pending } => Yes("migrations-compatible", "{count|migration} pending, none takes anything from what serves", ("count", pending)),
    };

    private static RuleVerdict Runbook(GateRequest request, GateFacts facts) => facts.Runbook switch
    {
        null => No("runbook-missing", "nothing is written of what to do when {service} is ill", "write runbook: of the service, a file or an address", "who keeps fairway.yaml",
            ("service", request.Key.Service)),
        { IsThere: false } gone => No("runbook-gone", "the runbook {runbook} of {service} is not there", "write the file, or correct runbook:", "who keeps fairway.yaml",
            ("runbook", gone.Where), ("service", request.Key.Service)),
        { } there => Yes("runbook-there", "its runbook is {runbook}", ("runbook", there.Where)),
    };

    private static RuleVerdict Alerts(GateRequest request, GateFacts facts) => facts.Alerts switch
    {
        null or { Problem: not null } => new("", GateAnswer.Hold,
            Why.Because("alerts-unknown", "nobody can say which alerts there are for {service}: {problem}", ("service", request.Key.Service), ("problem", facts.Alerts?.Problem ?? "no metrics source is set up")))
        {
            Change = "mend the metrics source or its rule files", Who = "who keeps fairway.yaml",
        },
        { Names: [] } none => No("alerts-missing", none.All == 0 ? "no alert tells when {service} is ill: there is no alerting rule" : "no alert tells when {service} is ill: among {count|rule} none speaks of it",
            $"write an alerting rule with the label service: {request.Key.Service} into the rule files of the metrics source", "who keeps the alerts",
            ("service", request.Key.Service), ("count", none.All)),
        { } there => Yes("alerts-there", "alerts speak of {service}: {alerts}", ("service", request.Key.Service), ("count", there.Names.Length),
            ("alerts", string.Join(", ", there.Names.Take(NamesShown)) + (there.Names.Length > NamesShown ? $" and {there.Names.Length - NamesShown} more" : ""))),
    };

    // A drill shows that there was a backup and that it serves; one that failed shows that those there are do not.
    private static RuleVerdict Backup(GateRequest request, GateFacts facts, Instant now)
    {
        if (facts.Backup is not { } backup) return Yes("no-backup-promised", "it promises no backup");
        var (made, drill) = (Newest(facts, AttestationKinds.Backup), Newest(facts, AttestationKinds.RestoreDrill));
        if (drill is { Passed: false })
            return No("backup-unusable", "the newest restore drill of {service} failed: {summary}", "mend the backup, and attest a drill that passed", $"a deployer of {request.Key.Environment}",
                ("service", request.Key.Service), ("summary", drill.Summary));
        Instant? newest = null;
        foreach (var at in new Instant?[] { backup.At, made is { Passed: true } ? made.At : null, drill?.At })
            if (at is { } one && !(newest > one)) newest = one;
        var failed = made is { Passed: false } ? $"; the newest failed: {made.Summary}" : "";
        if (newest is not { } proven)
            return No("backup-missing", "there is no backup of {service}: {lacks}{failed}", "make a backup, which writes that file or is attested", $"a deployer of {request.Key.Environment}",
                ("service", request.Key.Service), ("lacks", backup.Promise.Proof is { } proof ? $"{proof} is not there, and nobody attests one" : "nobody attests one"), ("failed", failed));
        var (age, most) = (Hours(now - proven), Hours(backup.Promise.MaxAge));
        return now - proven > backup.Promise.MaxAge
            ? No("backup-old", "the newest backup of {service} is {age} h old; it promises one every {most} h{failed}", "make a backup", $"a deployer of {request.Key.Environment}",
                ("service", request.Key.Service), ("age", age), ("most", most), ("failed", failed))
            : Yes("backup-fresh", "its newest backup is {age} h old, of at most {most} h{failed}", ("age", age), ("most", most), ("failed", failed));
    }

    private static AttestedFact? Newest(GateFacts facts, string kind) => facts.Service.LastOrDefault(one => one.Kind == kind);

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
