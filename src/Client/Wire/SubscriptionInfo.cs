namespace Fairway.Client.Wire;

/// <summary>Somebody who is told of what happens.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Channel"><c>mail</c>, <c>webhook</c> or <c>slack</c>.</param>
/// <param name="To">To whom, without anything secret: of a URL only where it leads.</param>
/// <param name="Services">Only these; empty is all.</param>
/// <param name="Environments">Only these; empty is all.</param>
/// <param name="On">Only these kinds; empty is all.</param>
/// <param name="By">Who subscribed; null for one of the configuration.</param>
/// <param name="Since">When it was first known.</param>
/// <param name="Waiting">Messages that wait to be sent.</param>
/// <param name="Problem">What was given up last; null when all is well.</param>
public sealed record SubscriptionInfo(
    string Id, string Channel, string To, IReadOnlyList<string> Services, IReadOnlyList<string> Environments, IReadOnlyList<string> On, string? By,
    DateTimeOffset Since, int Waiting, string? Problem);

/// <summary>A page of subscriptions, the oldest first.</summary>
/// <param name="Subscriptions">The rows.</param>
/// <param name="Cursor">Pass it to get the next page; null at the end.</param>
public sealed record SubscriptionPage(IReadOnlyList<SubscriptionInfo> Subscriptions, string? Cursor);

/// <summary>Body of <c>POST /api/subscriptions</c>.</summary>
/// <param name="Channel"><c>mail</c>, <c>webhook</c> or <c>slack</c>.</param>
/// <param name="Address">A mail address, or a URL: kept in the data folder, never in the ledger.</param>
/// <param name="Services">Only these; null is all.</param>
/// <param name="Environments">Only these; null is all.</param>
/// <param name="On">Only these kinds: <c>started</c>, <c>promoted</c>, <c>held</c>, <c>rolledBack</c>, <c>aborted</c>, <c>completed</c>; null is all.</param>
public sealed record SubscribeRequest(
    string Channel, string Address, IReadOnlyList<string>? Services = null, IReadOnlyList<string>? Environments = null, IReadOnlyList<string>? On = null);

/// <summary>Answer of <c>POST /api/subscriptions</c>.</summary>
/// <param name="Subscription">As it is kept.</param>
/// <param name="Key">What a webhook's messages are signed with; shown once.</param>
public sealed record SubscribedInfo(SubscriptionInfo Subscription, string? Key = null);
