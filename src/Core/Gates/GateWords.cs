using Fairway.Access;
using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What came of a person's word to a gate.</summary>
/// <param name="Event">What happens; null when it was refused, or nothing need happen.</param>
/// <param name="Refused">What kind of no; null for yes.</param>
/// <param name="Why">In words.</param>
public sealed record GateWord(GateEvent? Event, AccessRefusal? Refused, Why Why);

/// <summary>Decides what a person may say to a gate: an approval, its withdrawal, an override and its confirmation.</summary>
public static class GateWords
{
    /// <summary>A person says yes to a release.</summary>
    /// <param name="by">Who, with what they may.</param>
    /// <param name="request">The release, and who asked for it; nobody when it was not asked for yet.</param>
    /// <param name="settings">The environment's rules.</param>
    /// <param name="facts">Who made the release.</param>
    /// <param name="reason">In their own words.</param>
    /// <param name="now">The time.</param>
    public static GateWord Approve(Standing by, GateRequest request, GateSettings settings, GateFacts facts, string? reason, Instant now)
    {
        var environment = request.Key.Environment;
        var roles = RolesOf(by, environment);
        if (!by.May(Permission.Approve, environment) && !settings.Approvals.Any(one => roles.Contains(one.Role)))
            return No(AccessRefusal.Forbidden, "not-an-approver", "{name} is not among those who approve in {environment}", ("name", by.Who.Name), ("environment", environment));
        if (ApprovalRule.Barred(request, facts).Contains(by.Who.Person, StringComparer.Ordinal))
            return No(AccessRefusal.Forbidden, "own-change", "{name} asked for {version} or made it; another person approves it", ("name", by.Who.Name), ("version", request.Version));
        var happened = new GateEvent.Approved(request.Release, request.Version, by.Who.Person, roles, now + settings.ApprovalsExpire, DeedOf(by, environment, reason), now);
        return new(happened, null, Why.Because("approved", "{name} approved {version} ({release}) for {environment}, for {hours} h", ("name", by.Who.Name), ("version", request.Version),
            ("release", request.Release), ("environment", environment), ("hours", Math.Round(settings.ApprovalsExpire.TotalHours, 1))));
    }

    /// <summary>A person takes their yes back.</summary>
    public static GateWord Withdraw(Standing by, GateRequest request, GateFacts facts, string? reason, Instant now)
        => facts.Approvals.Any(one => one.Release == request.Release && one.Person == by.Who.Person)
            ? new(new GateEvent.ApprovalWithdrawn(request.Release, request.Version, by.Who.Person, DeedOf(by, request.Key.Environment, reason), now), null,
                Why.Because("approval-withdrawn", "{name} no longer approves {version}", ("name", by.Who.Name), ("version", request.Version)))
            : No(AccessRefusal.Conflict, "not-approved", "{name} has not approved {version}", ("name", by.Who.Name), ("version", request.Version));

    /// <summary>A person wants the rules set aside for a release; another must agree.</summary>
    public static GateWord Propose(Standing by, GateRequest request, GateSettings settings, string? reason, Instant now)
    {
        if (string.IsNullOrWhiteSpace(reason)) return No(AccessRefusal.Invalid, "reason-missing", "say why the rules shall be set aside");
        return new(new GateEvent.OverrideProposed(request.Release, request.Version, by.Who.Person, now + settings.OverridesExpire, DeedOf(by, request.Key.Environment, reason), now), null,
            Why.Because("override-proposed", "{name} wants the rules of {environment} set aside for {version}; another person confirms it", ("name", by.Who.Name),
                ("environment", request.Key.Environment), ("version", request.Version), ("release", request.Release)));
    }

    /// <summary>Another person agrees.</summary>
    public static GateWord Confirm(Standing by, GateRequest request, GateSettings settings, GateFacts facts, string? reason, Instant now)
    {
        if (facts.Overrides.LastOrDefault(one => one.Release == request.Release && one.ConfirmedAt is null && now < one.Until && !(one.At < facts.OtherSince)) is not { } proposed)
            return No(AccessRefusal.Conflict, "nothing-to-confirm", "nobody proposed an override for {version} that is still in time", ("version", request.Version));
        if (string.IsNullOrWhiteSpace(reason)) return No(AccessRefusal.Invalid, "reason-missing", "say why the rules shall be set aside");
        if (proposed.Person == by.Who.Person)
            return No(AccessRefusal.Forbidden, "own-override", "{name} proposed this override; another person confirms it", ("name", by.Who.Name));
        if (!by.May(Permission.Approve, request.Key.Environment))
            return No(AccessRefusal.Forbidden, "not-an-approver", "{name} is not among those who approve in {environment}", ("name", by.Who.Name), ("environment", request.Key.Environment));
        return new(
            new GateEvent.OverrideConfirmed(request.Release, request.Version, by.Who.Person, proposed.By, now + settings.OverridesExpire, DeedOf(by, request.Key.Environment, reason), now), null,
            Why.Because("gate-overridden", "{proposed} and {name} set the rules of {environment} aside for {version}: {reason}", ("proposed", proposed.By), ("name", by.Who.Name),
                ("environment", request.Key.Environment), ("version", request.Version), ("reason", proposed.Reason)));
    }

    /// <summary>Somebody attests something of a service in its environment, such as that its data was backed up.</summary>
    /// <param name="by">Who, with what they may.</param>
    /// <param name="key">The service.</param>
    /// <param name="said">What; its time and who says so are not looked at.</param>
    /// <param name="now">The time.</param>
    public static GateWord Attest(Standing by, ServiceKey key, AttestedFact said, Instant now)
    {
        if (AttestationKinds.IsOurs(said.Kind)) return No(AccessRefusal.Forbidden, "kind-reserved", "{kind} is what Fairway itself attests, of what it did", ("kind", said.Kind));
        if (Attestation.Problem(said.Kind, said.Summary, said.Numbers) is { } problem) return No(AccessRefusal.Invalid, "attestation-invalid", "{problem}", ("problem", problem));
        var deed = new Deed(by.Who.Name, null, by.Needed(Permission.Deploy, key.Environment)?.Id);
        return new(new GateEvent.Attested(said.Kind, said.Passed, said.Summary, said.Numbers, deed, now), null, Why.Because("service-attested", "{name} attests that {kind} of {service} {how}: {summary}",
            ("name", by.Who.Name), ("kind", said.Kind), ("service", key), ("how", said.Passed ? "passed" : "failed"), ("summary", said.Summary)));
    }

    /// <summary>The roles somebody has in an environment now, of their own and granted.</summary>
    public static ImmutableArray<Role> RolesOf(Standing by, string environment)
        => [.. by.Who.Roles.Concat(by.Grants.Select(grant => grant.Role)).Where(role => role.Environment is null || role.Environment == environment).Select(role => role.Role).Distinct()];

    private static Deed DeedOf(Standing by, string environment, string? reason)
        => new(by.Who.Name, AccessNames.Tame(reason, AccessNames.LongestReason), by.Needed(Permission.Approve, environment)?.Id);

    private static GateWord No(AccessRefusal refused, string code, string template, params ReadOnlySpan<(string Name, object Value)> said) => new(null, refused, Why.Because(code, template, said));
}
