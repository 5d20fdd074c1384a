using System.Security.Cryptography;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Access;

/// <summary>What came of a command.</summary>
/// <param name="Refused">What kind of no; null when it is done.</param>
/// <param name="Why">In words.</param>
/// <param name="Record">What it is now; null when it was refused.</param>
/// <param name="Secret">What was made and is shown once; null when nothing was.</param>
public sealed record AccessReply(AccessRefusal? Refused, Why Why, AccessRecord? Record = null, Secret? Secret = null)
{
    /// <summary>How long to wait before trying again; null when waiting does not help.</summary>
    public Duration? RetryAfter { get; init; }
}

/// <summary>
/// Commands about tokens, sessions and grants. Each is decided by Core, recorded, and in force when it returns; who may is part of the decision, so API and
/// console need not know.
/// </summary>
public sealed class AccessDesk : IDisposable
{
    private readonly ILedger _ledger;
    private readonly EngineClock _clock;
    private readonly AttemptCounts _attempts;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A desk over a ledger.</summary>
    public AccessDesk(ILedger ledger, EngineClock clock, AccessLimits limits)
    {
        _ledger = ledger;
        _clock = clock;
        Limits = limits;
        Book = new(limits, () => clock.Now);
        _attempts = new(limits);
    }

    /// <summary>Who may what now.</summary>
    public AccessBook Book { get; }

    /// <summary>How long things last.</summary>
    public AccessLimits Limits { get; }

    /// <summary>Reads what is in force.</summary>
    public Task LoadAsync(CancellationToken cancellation) => Book.LoadAsync(_ledger, cancellation);

    /// <summary>Makes a token; its secret is in the reply and nowhere else.</summary>
    /// <param name="by">Who; must administer where the roles hold.</param>
    /// <param name="name">For people; unique among those in force.</param>
    /// <param name="roles">What it may.</param>
    /// <param name="life">How long; null is 30 days.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<AccessReply> CreateTokenAsync(Standing by, string name, ImmutableArray<RoleBinding> roles, Duration? life, CancellationToken cancellation)
    {
        var secret = NewSecret();
        return BeginAsync(AccessToken.StreamOf(secret.Id), secret, () => TokenDecider.Create(by, secret, name, roles, life, Book.Tokens, Limits, _clock.Now), cancellation);
    }

    /// <summary>Ends a token at once.</summary>
    /// <returns>Null when there is none.</returns>
    public Task<AccessReply?> RevokeTokenAsync(Standing by, string idOrName, string? reason, CancellationToken cancellation)
        => Book.Tokens.FirstOrDefault(token => token.Id == idOrName || token.Name == idOrName) is { } token
            ? ChangeAsync<AccessToken>(token.Stream, state => TokenDecider.Revoke(by, state, reason, _clock.Now), cancellation)
            : Task.FromResult<AccessReply?>(null);

    /// <summary>Makes a link that signs in once; its code is in the reply and nowhere else.</summary>
    /// <param name="by">Who.</param>
    /// <param name="name">Whom it signs in; null is themselves, with their own roles.</param>
    /// <param name="roles">What somebody else may; empty for themselves.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<AccessReply> CreateLinkAsync(Standing by, string? name, ImmutableArray<RoleBinding> roles, CancellationToken cancellation)
    {
        var secret = NewSecret();
        return BeginAsync(SignIn.StreamOf(secret.Id), secret, () => SignInDecider.Offer(by, secret, name, roles, Limits, _clock.Now), cancellation);
    }

    /// <summary>Whom a link signs in; null when it signs in nobody. Uses nothing up.</summary>
    public SignIn? FindLink(string? code) => Secret.ParseCode(code) is { } link && Book.Find<SignIn>(SignIn.StreamOf(link.Id)) is { SessionHash: null } signIn
        && link.Matches(signIn.LinkHash) && Book.EndOf(signIn) is null ? signIn : null;

    /// <summary>Opens a link; the reply's secret is the session's cookie.</summary>
    /// <param name="code">What somebody brought.</param>
    /// <param name="address">From where.</param>
    /// <param name="agent">What the browser calls itself.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<AccessReply> SignInAsync(string? code, string address, string? agent, CancellationToken cancellation)
    {
        if (_attempts.Wait(address, _clock.Now) is { } wait)
            return new(AccessRefusal.Forbidden, Why.Because("too-many-attempts", "too many failed sign-ins; wait {seconds} s", ("seconds", Math.Ceiling(wait.TotalSeconds)))) { RetryAfter = wait };
        AccessReply? reply = null;
        if (Secret.ParseCode(code) is { } link)
        {
            var session = NewSecret() with { Id = link.Id };
            reply = await ChangeAsync<SignIn>(
                SignIn.StreamOf(link.Id), state => SignInDecider.Open(state, link, session, address, AccessNames.Tame(agent, 200), Limits, _clock.Now), cancellation);
            if (reply is { Refused: null }) return reply with { Secret = session };
        }
        reply ??= new(AccessRefusal.Forbidden, SignInDecider.Open(null, new("", ""), new("", ""), null, null, Limits, _clock.Now).Why);
        _attempts.Add(address, _clock.Now);
        var refused = new AccessEvent.SignInRefused(reply.Why.Code, address, new("anonymous"), _clock.Now);
        await _ledger.AppendAsync($"{AccessRecord.StreamPrefix}refused/{NewId()}", 0, [AccessEventCodec.Write(refused)], cancellation);
        return reply;
    }

    /// <summary>Ends a session at once: one's own, or another's as an admin.</summary>
    /// <returns>Null when there is none.</returns>
    public Task<AccessReply?> EndSessionAsync(Standing by, string id, CancellationToken cancellation)
        => ChangeAsync<SignIn>(SignIn.StreamOf(id), state => SignInDecider.End(by, state, _clock.Now), cancellation);

    /// <summary>Asks for a role; another person approves it.</summary>
    public Task<AccessReply> RequestGrantAsync(Standing by, RoleBinding role, Duration? length, string? reason, CancellationToken cancellation)
    {
        var id = NewId();
        return BeginAsync(Grant.StreamOf(id), null, () => GrantDecider.Request(by, id, role, length, reason, Book.Grants, Limits, _clock.Now), cancellation);
    }

    /// <summary>Takes a role at once; needs the permission to respond there.</summary>
    public Task<AccessReply> BreakGlassAsync(Standing by, RoleBinding role, Duration? length, string? reason, CancellationToken cancellation)
    {
        var id = NewId();
        return BeginAsync(Grant.StreamOf(id), null, () => GrantDecider.BreakGlass(by, id, role, length, reason, Limits, _clock.Now), cancellation);
    }

    /// <summary>Approves a request of another person.</summary>
    /// <returns>Null when there is none.</returns>
    public Task<AccessReply?> ApproveGrantAsync(Standing by, string id, string? reason, CancellationToken cancellation)
        => ChangeAsync<Grant>(Grant.StreamOf(id), state => GrantDecider.Approve(by, state, reason, _clock.Now), cancellation);

    /// <summary>Denies a request of another person.</summary>
    /// <returns>Null when there is none.</returns>
    public Task<AccessReply?> DenyGrantAsync(Standing by, string id, string? reason, CancellationToken cancellation)
        => ChangeAsync<Grant>(Grant.StreamOf(id), state => GrantDecider.Deny(by, state, reason, _clock.Now), cancellation);

    /// <summary>Ends a grant before its time, or withdraws a request.</summary>
    /// <returns>Null when there is none.</returns>
    public Task<AccessReply?> RevokeGrantAsync(Standing by, string id, string? reason, CancellationToken cancellation)
        => ChangeAsync<Grant>(Grant.StreamOf(id), state => GrantDecider.Revoke(by, state, reason, _clock.Now), cancellation);

    /// <summary>Records what ends by itself, when it does, until cancelled. Nothing waits for the record: checks look at the time.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var changed = _changed.Task;
            await EndWhatIsOverAsync(cancellation);
            var next = Book.All.Select(record => record.EndsAt).Min() is { } at ? at - _clock.Now : Duration.MaxValue;
            var wait = Duration.Max(Duration.FromSeconds(1), Duration.Min(next, Duration.FromMinutes(10)));
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(changed, Task.Delay(wait.ToTimeSpan(), _clock.Time, either.Token));
            await either.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task EndWhatIsOverAsync(CancellationToken cancellation)
    {
        foreach (var record in Book.All.ToList())
        {
            var now = _clock.Now;
            AccessEvent? over = record switch
            {
                AccessToken { Ended: false } token when token.ExpiresAt <= now => new AccessEvent.TokenExpired(Deed.OfFairway, now),
                SignIn { End: null } signIn when Book.EndOf(signIn) is { } end => new AccessEvent.SignInEnded(end, Deed.OfFairway, now),
                Grant { IsOver: false } grant when grant.Until <= now => new AccessEvent.GrantEnded(Deed.OfFairway, now),
                _ => null,
            };
            if (over is null) continue;
            await _turn.WaitAsync(cancellation);
            try
            {
                if (Book.Find<AccessRecord>(record.Stream)?.Version == record.Version) await AppendAsync(record.Stream, record, over, cancellation);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    private async Task<AccessReply> BeginAsync(string stream, Secret? secret, Func<AccessDecision> decide, CancellationToken cancellation)
    {
        // One at a time: a name must not be given twice.
        await _turn.WaitAsync(cancellation);
        try
        {
            var decision = decide();
            if (decision.Refused is { } refused) return new(refused, decision.Why);
            var record = await AppendAsync(stream, null, decision.Event!, cancellation);
            return new(null, decision.Why, record, secret);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<AccessReply?> ChangeAsync<T>(string stream, Func<T, AccessDecision> decide, CancellationToken cancellation) where T : AccessRecord
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (Book.Find<T>(stream) is not { } state) return null;
            var decision = decide(state);
            if (decision.Refused is { } refused) return new(refused, decision.Why);
            return new(null, decision.Why, await AppendAsync(stream, state, decision.Event!, cancellation));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<AccessRecord> AppendAsync(string stream, AccessRecord? state, AccessEvent happened, CancellationToken cancellation)
    {
        var version = state?.Version ?? 0;
        var result = await _ledger.AppendAsync(stream, version, [AccessEventCodec.Write(happened)], cancellation);
        Invariant.Check(result.Done, $"{stream} moved on without this control plane");
        var next = AccessEvolver.Apply(state, happened, version + 1)!;
        Book.Put(next);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return next;
    }

    private static string NewId() => RandomNumberGenerator.GetString("0123456789abcdefghijklmnopqrstuvwxyz", Secret.IdLength);

    private static Secret NewSecret() => new(NewId(), RandomNumberGenerator.GetString(Secret.Letters, Secret.TextLength));
}
