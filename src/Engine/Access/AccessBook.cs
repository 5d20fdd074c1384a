using System.Collections.Concurrent;
using Fairway.Kernel;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Access;

/// <summary>
/// Who may what, in memory: asked on every request, so it reads no ledger. It holds what the ledger's read model holds; <see cref="AccessDesk"/> keeps it up
/// to date. When something was used last is known here only, since the control plane started.
/// </summary>
/// <param name="limits">How long a session may idle.</param>
/// <param name="now">The clock.</param>
public sealed class AccessBook(AccessLimits limits, Func<Instant> now)
{
    private readonly ConcurrentDictionary<string, Instant> _lastUsed = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private volatile ImmutableDictionary<string, AccessRecord> _records = ImmutableDictionary<string, AccessRecord>.Empty.WithComparers(StringComparer.Ordinal);
    private Instant _since = now();

    /// <summary>Tokens in force, by name.</summary>
    public ImmutableArray<AccessToken> Tokens => [.. _records.Values.OfType<AccessToken>().Where(token => !token.Ended && token.ExpiresAt > now()).OrderBy(token => token.Name, StringComparer.Ordinal)];

    /// <summary>Sessions in force, newest first.</summary>
    public ImmutableArray<SignIn> Sessions => [.. _records.Values.OfType<SignIn>().Where(signIn => signIn.SessionHash is not null && IsAlive(signIn)).OrderByDescending(signIn => signIn.SignedInAt)];

    /// <summary>Grants, newest first, also those that are over.</summary>
    public ImmutableArray<Grant> Grants => [.. _records.Values.OfType<Grant>().OrderByDescending(grant => grant.RequestedAt)];

    /// <summary>When a token or session was used last since the control plane started; null is not.</summary>
    public Instant? LastUsed(string id) => _lastUsed.TryGetValue(id, out var at) ? at : null;

    /// <summary>What everybody should know: roles that were taken without an approval.</summary>
    public ImmutableArray<string> Warnings => [.. Grants.Where(grant => grant.IsBreakGlass && grant.IsInForce(now())).Select(grant =>
        $"glass broken: {grant.For} took {grant.Role} without an approval until {grant.Until}: {AccessNames.Tame(grant.Reason, 200)}")];

    /// <summary>Somebody with what is granted to them now.</summary>
    public Standing StandingOf(Principal who)
    {
        if (!who.IsKnown) return Standing.Anonymous;
        var at = now();
        ImmutableArray<GrantInForce> grants = [.. _records.Values.OfType<Grant>().Where(grant => grant.For == who.Name && grant.IsInForce(at))
            .Select(grant => new GrantInForce(grant.Id, grant.Role, grant.Until, grant.IsBreakGlass))];
        return new(who, grants);
    }

    /// <summary>Whose token it is; null when it is unknown, revoked or over.</summary>
    public Principal? OfToken(Secret secret)
    {
        if (Find<AccessToken>(AccessToken.StreamOf(secret.Id)) is not { Ended: false } token || token.ExpiresAt <= now() || !secret.Matches(token.Hash)) return null;
        _lastUsed[token.Id] = now();
        return token.AsPrincipal();
    }

    /// <summary>Whose session it is; null when it is unknown or over.</summary>
    public Principal? OfSession(Secret secret)
    {
        if (Find<SignIn>(SignIn.StreamOf(secret.Id)) is not { SessionHash: { } hash } signIn || !secret.Matches(hash) || !IsAlive(signIn)) return null;
        _lastUsed[signIn.Id] = now();
        return signIn.AsPrincipal();
    }

    /// <summary>Why a sign-in is over; null while it is not.</summary>
    public SignInEnd? EndOf(SignIn signIn)
    {
        // Before this control plane started nobody knows when it was used.
        var seen = LastUsed(signIn.Id) ?? Instant.Max(signIn.SignedInAt ?? signIn.CreatedAt, _since);
        if (SignInDecider.EndOf(signIn, seen, limits, now()) is { } end) return end;
        return signIn.Through is { } id && (Find<AccessToken>(AccessToken.StreamOf(id)) is not { Ended: false } token || token.ExpiresAt <= now()) ? SignInEnd.Revoked : null;
    }

    /// <summary>A record by its stream; null when there is none.</summary>
    internal T? Find<T>(string stream) where T : AccessRecord => _records.GetValueOrDefault(stream) as T;

    /// <summary>Every record.</summary>
    internal IEnumerable<AccessRecord> All => _records.Values;

    /// <summary>Takes what a ledger holds.</summary>
    internal async Task LoadAsync(ILedger ledger, CancellationToken cancellation)
    {
        var documents = await ledger.ListAsync(AccessProjection.Name, "", cancellation);
        _since = now();
        foreach (var (_, document) in documents) Put(FairwayJson.Read<AccessRecord>(document));
    }

    /// <summary>Takes a record's newer state; an older one changes nothing.</summary>
    internal void Put(AccessRecord record)
    {
        lock (_gate)
        {
            if (_records.TryGetValue(record.Stream, out var known) && known.Version >= record.Version) return;
            _records = record.IsOver && record is not Grant ? _records.Remove(record.Stream) : _records.SetItem(record.Stream, record);
        }
        if (record.IsOver) _lastUsed.TryRemove(record.Id, out _);
    }

    private bool IsAlive(SignIn signIn) => EndOf(signIn) is null;
}
