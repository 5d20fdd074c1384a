namespace Fairway.Client.Wire;

/// <summary>A gate's answer for one release in one environment, with every rule that spoke.</summary>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Service">Such as <c>shop</c>.</param>
/// <param name="Release">Digest; the answer is for no other.</param>
/// <param name="Version">For people.</param>
/// <param name="Answer"><c>allow</c>, <c>hold</c> or <c>deny</c>.</param>
/// <param name="Why">The whole answer in a sentence.</param>
/// <param name="Rules">Every rule that spoke, in the order they are asked.</param>
/// <param name="Until">When time alone may change the answer; null when it does not.</param>
public sealed record GateVerdictInfo(
    string Environment, string Service, string Release, string Version, string Answer, WhyInfo Why, IReadOnlyList<GateRuleInfo> Rules, DateTimeOffset? Until);

/// <summary>What one rule of a gate says.</summary>
/// <param name="Rule">Such as <c>approvals</c> or <c>checklist/tests</c>.</param>
/// <param name="Answer"><c>allow</c>, <c>hold</c> or <c>deny</c>.</param>
/// <param name="Why">The reason with the numbers it used.</param>
/// <param name="Advisory">It speaks, and does not count.</param>
/// <param name="Overridden">Two people set it aside.</param>
/// <param name="Change">What would change the answer.</param>
/// <param name="Who">Who may change it.</param>
/// <param name="Until">When time alone may change it.</param>
public sealed record GateRuleInfo(
    string Rule, string Answer, WhyInfo Why, bool Advisory = false, bool Overridden = false, string? Change = null, string? Who = null, DateTimeOffset? Until = null);

/// <summary>Body of <c>POST /api/gates/{environment}/{service}/approvals</c>.</summary>
/// <param name="Release">Digest, or at least eight digits of it; null is what waits there.</param>
/// <param name="Reason">In the caller's words.</param>
/// <param name="Withdraw">Take the caller's approval back.</param>
public sealed record ApprovalRequest(string? Release, string? Reason, bool Withdraw = false);

/// <summary>Body of <c>POST /api/gates/{environment}/{service}/overrides</c>.</summary>
/// <param name="Release">Digest, or at least eight digits of it; null is what waits there, or what an override was proposed for.</param>
/// <param name="Reason">Why.</param>
/// <param name="Confirm">Agree to what another person proposed.</param>
public sealed record OverrideRequest(string? Release, string? Reason, bool Confirm = false);

/// <summary>What came of a word to a gate.</summary>
/// <param name="Why">In words.</param>
/// <param name="Gate">What the gate says now.</param>
public sealed record GateWordAnswer(WhyInfo Why, GateVerdictInfo Gate);

/// <summary>A time in which nothing ships.</summary>
/// <param name="Id">Its own.</param>
/// <param name="Environments">Where; empty is everywhere.</param>
/// <param name="Services">What; empty is everything.</param>
/// <param name="From">From then.</param>
/// <param name="Until">Until then; null is until somebody ends it.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who; <c>fairway.yaml</c> for one of the file.</param>
/// <param name="InForce">Whether it holds now.</param>
public sealed record FreezeInfo(
    string Id, IReadOnlyList<string> Environments, IReadOnlyList<string> Services, DateTimeOffset From, DateTimeOffset? Until, string Reason, string By, bool InForce);

/// <summary>Body of <c>POST /api/freezes</c>.</summary>
/// <param name="Environments">Where; empty or null is everywhere.</param>
/// <param name="Services">What; empty or null is everything.</param>
/// <param name="From">From then; null is now.</param>
/// <param name="Until">Until then; null is until somebody ends it.</param>
/// <param name="Reason">Why.</param>
public sealed record FreezeRequest(IReadOnlyList<string>? Environments, IReadOnlyList<string>? Services, DateTimeOffset? From, DateTimeOffset? Until, string? Reason);

/// <summary>Body of <c>POST /api/promotions</c>: the release that serves in one environment goes to another.</summary>
/// <param name="Service">Which.</param>
/// <param name="From">Where it comes from; null is the only environment before.</param>
/// <param name="To">Where it goes.</param>
/// <param name="Release">Another release that served there, by its digest or the beginning of it; null is what serves.</param>
/// <param name="Strategy">Overrides the service's own.</param>
/// <param name="Reason">In the caller's words.</param>
public sealed record PromotionRequest(string Service, string? From, string To, string? Release = null, string? Strategy = null, string? Reason = null);
