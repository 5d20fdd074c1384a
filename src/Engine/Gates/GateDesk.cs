using System.Security.Cryptography;
using Fairway.Access;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What came of a person's word.</summary>
/// <param name="Refused">What kind of no; null when it is done.</param>
/// <param name="Why">In words.</param>
public sealed record GateReply(AccessRefusal? Refused, Why Why);

/// <summary>People's words to gates and freezes: decided by Core, recorded, and heard at once by whoever waits.</summary>
/// <param name="ledger">Where they are kept.</param>
/// <param name="keeper">What the rules look at.</param>
/// <param name="clock">The time.</param>
/// <param name="wake">Makes a service's loop look at once.</param>
/// <param name="wakeAll">Makes every loop look at once.</param>
public sealed class GateDesk(ILedger ledger, GateKeeper keeper, EngineClock clock, Action<ServiceKey> wake, Action wakeAll)
{
    private const int MostFreezes = 200;

    /// <summary>A person says yes to a release.</summary>
    public Task<GateReply> ApproveAsync(Standing by, GateRequest request, string? reason, CancellationToken cancellation)
        => SayAsync(request, (settings, facts) => GateWords.Approve(by, request, settings, facts, reason, clock.Now), cancellation);

    /// <summary>What <see cref="ApproveAsync"/> would answer now; nothing is said.</summary>
    /// <returns>Why it would be refused; null when it would not.</returns>
    public async Task<Why?> WhyNotApproveAsync(Standing by, GateRequest request, CancellationToken cancellation)
    {
        var settings = keeper.SettingsOf(request.Key);
        var word = GateWords.Approve(by, request, settings, await keeper.FactsAsync(request, settings, cancellation), null, clock.Now);
        return word.Event is null ? word.Why : null;
    }

    /// <summary>A person takes their yes back.</summary>
    public Task<GateReply> WithdrawAsync(Standing by, GateRequest request, string? reason, CancellationToken cancellation)
        => SayAsync(request, (_, facts) => GateWords.Withdraw(by, request, facts, reason, clock.Now), cancellation);

    /// <summary>A person wants the rules set aside for a release, or agrees to another's wish.</summary>
    public Task<GateReply> OverrideAsync(Standing by, GateRequest request, bool confirm, string? reason, CancellationToken cancellation)
        => SayAsync(request, (settings, facts) => confirm ? GateWords.Confirm(by, request, settings, facts, reason, clock.Now)
            : GateWords.Propose(by, request, settings, reason, clock.Now), cancellation);

    /// <summary>Somebody attests something of a service in its environment. The newest of its kind counts.</summary>
    public async Task<GateReply> AttestAsync(Standing by, ServiceKey key, AttestedFact said, CancellationToken cancellation)
    {
        var word = GateWords.Attest(by, key, said, clock.Now);
        if (word.Event is null) return new(word.Refused, word.Why);
        await ledger.AppendAlwaysAsync(GateRecord.StreamOf(key), GateEventCodec.Write(word.Event), cancellation);
        wake(key);
        return new(null, word.Why);
    }

    /// <summary>Freezes something from now on, or from a moment to come.</summary>
    public async Task<(GateReply Reply, Freeze? Freeze)> AddFreezeAsync(
        Standing by, ImmutableArray<string> environments, ImmutableArray<string> services, Instant? from, Instant? until, string? reason, CancellationToken cancellation)
    {
        var now = clock.Now;
        if (string.IsNullOrWhiteSpace(reason)) return (new(AccessRefusal.Invalid, Why.Because("reason-missing", "say why nothing shall ship")), null);
        if (until <= (from ?? now)) return (new(AccessRefusal.Invalid, Why.Because("freeze-empty", "it would be over before it begins")), null);
        if ((await ledger.ListAsync(FreezesProjection.Name, "", cancellation)).Length >= MostFreezes)
            return (new(AccessRefusal.Conflict, Why.Because("too-many-freezes", "there are {count} freezes already; end those that are over", ("count", MostFreezes))), null);
        var id = RandomNumberGenerator.GetString("0123456789abcdefghijklmnopqrstuvwxyz", 8);
        var freeze = new Freeze(id, environments, services, from ?? now, until, AccessNames.Tame(reason, AccessNames.LongestReason)!, by.Who.Name);
        await ledger.AppendAsync(FreezeEvent.StreamPrefix + id, 0, [FreezeEvent.Write(new FreezeEvent.Added(freeze, new(by.Who.Name, freeze.Reason), now))], cancellation);
        wakeAll();
        return (new(null, Why.Because("frozen", "{name} froze {where}: {reason}", ("name", by.Who.Name),
            ("where", environments.IsEmpty ? "every environment" : string.Join(", ", environments)), ("reason", freeze.Reason))), freeze);
    }

    /// <summary>Ends a freeze that a person set.</summary>
    /// <returns>Null when there is none.</returns>
    public async Task<(GateReply Reply, Freeze Freeze)?> EndFreezeAsync(Standing by, string id, string? reason, CancellationToken cancellation)
    {
        if (await ledger.LoadAsync(FreezesProjection.Name, id, cancellation) is not { } document) return null;
        var ended = new FreezeEvent.Ended(new(by.Who.Name, AccessNames.Tame(reason, AccessNames.LongestReason)), clock.Now);
        await ledger.AppendAlwaysAsync(FreezeEvent.StreamPrefix + id, FreezeEvent.Write(ended), cancellation);
        wakeAll();
        return (new(null, Why.Because("freeze-ended", "{name} ended the freeze {id}", ("name", by.Who.Name), ("id", id))), FairwayJson.Read<Freeze>(document));
    }

    private async Task<GateReply> SayAsync(GateRequest request, Func<GateSettings, GateFacts, GateWord> decide, CancellationToken cancellation)
    {
        var settings = keeper.SettingsOf(request.Key);
        while (true)
        {
            // The version first: words that come in between make the append fail, and it is decided anew.
            var newest = await ledger.SearchAsync(new() { Stream = GateRecord.StreamOf(request.Key), Limit = 1 }, cancellation);
            var version = newest.Records is [var last] ? last.Version : 0;
            var word = decide(settings, await keeper.FactsAsync(request, settings, cancellation));
            if (word.Event is null) return new(word.Refused, word.Why);
            var result = await ledger.AppendAsync(GateRecord.StreamOf(request.Key), version, [GateEventCodec.Write(word.Event)], cancellation);
            if (!result.Done) continue;
            wake(request.Key);
            return new(null, word.Why);
        }
    }
}
