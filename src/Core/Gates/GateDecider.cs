using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>
/// Whether a release may ship: pure, total, and bound to the exact release, environment and moment. Every rule is asked, also when one has refused already, so
/// that a person reads once what all is missing. The strictest answer wins.
/// </summary>
public static class GateDecider
{
    private const string Rejected = "rejected";
    private const string Forged = "provenance";

    /// <summary>The answer.</summary>
    /// <param name="request">What may ship, where, for whom.</param>
    /// <param name="settings">The environment's rules.</param>
    /// <param name="facts">What is.</param>
    /// <param name="now">The time.</param>
    /// <param name="policies">The file's policies; null is none.</param>
    public static GateVerdict Decide(GateRequest request, GateSettings settings, GateFacts facts, Instant now, Policy.PolicySet? policies = null)
    {
        var rules = ImmutableArray.CreateBuilder<RuleVerdict>();
        if (request.Automatic && facts.Rejections is [var rejection, ..])
            rules.Add(new(Rejected, GateAnswer.Deny, Why.Because("rejected-automatic", "{version} was taken back in {environment}; nothing automatic ships it again",
                ("version", request.Version), ("environment", rejection.Environment)))
            {
                Change = "ship a release that mends it, or allow this one again with `fairway unreject`", Who = $"a deployer of {rejection.Environment}",
            });
        if (facts.Provenance is { Believed: false, IsAbsent: false } forged)
            rules.Add(new(Forged, GateAnswer.Deny, forged.Why) { Change = "find out who changed the store, and build it again, which signs it anew", Who = "who runs the control plane" });
        rules.AddRange(OrderRule.Ask(request, settings, facts, now));
        rules.AddRange(ChecklistRule.Ask(request, settings, facts, now));
        rules.AddRange(AttestationRule.Ask(request, settings, facts));
        if (ApprovalRule.Ask(request, settings, facts, now) is { } approvals) rules.Add(approvals);
        rules.AddRange(CalendarRule.Ask(request, settings, facts, now));
        if (policies is not null) rules.AddRange(PolicyRules.Ask(policies, request, facts, now));
        if (InForce(request, facts, now) is { } over) SetAside(rules, over);
        var answer = GateAnswer.Allow;
        foreach (var rule in rules)
            if (rule.Stops && rule.Answer > answer) answer = rule.Answer;
        return new(request.Key, request.Release, request.Version, request.Moment, answer, rules.ToImmutable());
    }

    /// <summary>The override that two people agreed on for this very release; null when there is none.</summary>
    public static Override? InForce(GateRequest request, GateFacts facts, Instant now)
        => facts.Overrides.LastOrDefault(one => one.Release == request.Release && one.ConfirmedAt is not null && now < one.Until && !(one.At < facts.OtherSince));

    private static void SetAside(ImmutableArray<RuleVerdict>.Builder rules, Override over)
    {
        for (var i = 0; i < rules.Count; i++)
            // A machine ships nothing that was taken back, whoever agrees: a person asks for it, or allows it again. What is forged does not start either way.
            if (rules[i].Stops && rules[i].Rule is not (Rejected or Forged)) rules[i] = rules[i] with { Overridden = true };
        rules.Add(new("override", GateAnswer.Allow, Why.Because("overridden", "set aside by {by} and {confirmed}: {reason}", ("by", over.By), ("confirmed", over.ConfirmedBy!),
            ("reason", over.Reason))) { Until = over.Until });
    }
}
