using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Runtime;

namespace Fairway.Source;

/// <summary>
/// Takes in what is pushed, fetched and told: judged by Core, recorded, and handed on. What moved is found by comparing the repository with
/// the ledger, so a push whose end nobody saw is recorded and handed on at the next look.
/// </summary>
public sealed partial class SourceDesk : IAsyncDisposable
{
    private const int MostTriggers = 20;
    private readonly SourcePorts _ports;
    private readonly EngineClock _clock;
    private readonly ConcurrentDictionary<string, PushSession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _recording = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly StandingProblems _problems = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>A desk; nothing runs before <see cref="Start"/>.</summary>
    public SourceDesk(SourcePorts ports, EngineClock clock)
    {
        (_ports, _clock) = (ports, clock);
        Sender = new(ports, clock);
    }

    /// <summary>Tells hosts how commits do.</summary>
    public CommitStatusSender Sender { get; }

    /// <summary>What keeps it from its work, the first of it; null is nothing.</summary>
    public string? Problem => _problems.First;

    /// <summary>What is configured; null is nothing.</summary>
    public SourceSettings? Settings => _ports.Settings();

    /// <summary>A repository's rules; null when there is none of that name.</summary>
    public RepositorySettings? Find(string repository) => Settings?.Find(repository);

    /// <summary>Looks after what a control plane before this one left, and tells hosts what waits.</summary>
    public void Start()
    {
        var leftOver = Run("what was left over", async cancellation =>
        {
            await HandOnAgainAsync(cancellation);
            foreach (var repository in Settings?.Repositories ?? [])
                if (Directory.Exists(_ports.Repositories.FolderOf(repository.Name))) await RecordMovesAsync(repository, NewId(), SourceWay.Push, "fairway", _ => { }, cancellation);
            return null;
        });
        _ = Run("fetching", async cancellation =>
        {
            await leftOver;
            return await PollAsync(cancellation);
        });
        _ = Run("commit statuses", async cancellation =>
        {
            await Sender.RunAsync(cancellation);
            return null;
        });
    }

    /// <summary>Begins a push, as soon as nobody else changes the repository. End it with <see cref="EndPush"/>.</summary>
    public async Task<PushSession> BeginPushAsync(RepositorySettings repository, string by, CancellationToken cancellation)
    {
        var session = new PushSession(NewId(), repository, by, await _ports.Repositories.WriteAsync(repository.Name, cancellation));
        _sessions[session.Id] = session;
        return session;
    }

    /// <summary>The push of an id; null when there is none.</summary>
    public PushSession? FindPush(string id) => _sessions.GetValueOrDefault(id);

    /// <summary>Whether the rules let a push in; records it when they do not.</summary>
    /// <param name="session">The push.</param>
    /// <param name="updates">What it wants.</param>
    /// <param name="quarantine">Where its objects are.</param>
    /// <param name="tell">Shows whoever pushed why.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<bool> JudgeAsync(PushSession session, ImmutableArray<RefUpdate> updates, string? quarantine, Action<string> tell, CancellationToken cancellation)
    {
        var (pushed, findings, fault) = await _ports.Repositories.ExamineAsync(session.Repository, updates, quarantine, cancellation);
        var refusals = fault is not null ? [new PushRefusal("examination", null, fault.Message, "push again")]
            : PushDecider.Judge(pushed, findings, session.Repository, Settings?.Commits ?? new());
        session.Accepted = refusals.IsEmpty;
        if (session.Accepted) return true;
        foreach (var refusal in refusals)
        {
            tell($"refused: {refusal.What}");
            tell($"mend:    {refusal.Mend}");
        }
        await RefuseAsync(session, updates, refusals, cancellation);
        return false;
    }

    /// <summary>Records that a push was ended before the rules could judge it.</summary>
    public Task RefuseAsync(PushSession session, ImmutableArray<RefUpdate> updates, ImmutableArray<PushRefusal> reasons, CancellationToken cancellation)
    {
        session.Refused = true;
        return AppendAsync(new SourceEvent.PushRefused(session.Id, Tame(updates), reasons) { Repository = session.Repository.Name, By = session.By, At = _clock.Now }, cancellation);
    }

    /// <summary>Records what a push moved and hands it on; whoever pushed reads along.</summary>
    public Task TakeAsync(PushSession session, Action<string> tell, CancellationToken cancellation)
    {
        session.Release();
        return RecordMovesAsync(session.Repository, session.Id, SourceWay.Push, session.By, tell, cancellation);
    }

    /// <summary>Ends a push, however it went: what it moved and nobody recorded is recorded now.</summary>
    public void EndPush(PushSession session)
    {
        _sessions.TryRemove(session.Id, out _);
        session.Release();
        if (!session.Accepted) return;
        _ = Run($"push to {session.Repository.Name}", async cancellation =>
        {
            await RecordMovesAsync(session.Repository, session.Id, SourceWay.Push, session.By, _ => { }, cancellation);
            await _ports.Repositories.TidyAsync(session.Repository.Name, cancellation);
            return null;
        });
    }

    /// <summary>Fetches and hands on what is new; null when there is no fault.</summary>
    /// <param name="repository">From where.</param>
    /// <param name="refs">Full names; empty is everything.</param>
    /// <param name="way">Why.</param>
    /// <param name="by">Who.</param>
    /// <param name="tell">Shows what happens.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Fault?> FetchAsync(RepositorySettings repository, ImmutableArray<string> refs, SourceWay way, string by, Action<string> tell, CancellationToken cancellation)
    {
        string? secret = null;
        if (repository.Credential is { } reference)
        {
            (secret, var missing) = _ports.Secret(reference);
            if (secret is null) return missing;
        }
        if (await _ports.Repositories.EnsureAsync(repository, cancellation) is { } unmade) return unmade;
        var id = NewId();
        using (await _ports.Repositories.WriteAsync(repository.Name, cancellation))
        {
            var (updates, fault) = await _ports.Repositories.FetchAsync(repository, secret, refs, cancellation);
            if (fault is not null) return fault;
            var (fetched, findings, unread) = await _ports.Repositories.ExamineAsync(repository, updates, null, cancellation);
            if (unread is not null) return unread;
            // What is deleted there may be deleted here, but for the trunk; a pull request is no branch of ours.
            var judged = fetched.Where(one => one.Update.Branch is not null || one.Update.Tag is not null).ToImmutableArray();
            var refusals = PushDecider.Judge(judged, findings, repository, Settings?.Commits ?? new());
            if (!refusals.IsEmpty)
            {
                foreach (var refusal in refusals) tell($"refused: {refusal.Sentence}");
                await AppendAsync(new SourceEvent.PushRefused(id, Tame(updates), refusals) { Repository = repository.Name, By = by, At = _clock.Now }, cancellation);
                return new(FaultKind.Invalid, Blame.Release, Retryable: false, $"nothing of what was fetched is taken: {refusals[0].Sentence}");
            }
            if (await _ports.Repositories.MoveAsync(repository.Name, [.. judged.Select(one => one.Update)], cancellation) is { } unmoved) return unmoved;
        }
        await RecordMovesAsync(repository, id, way, by, tell, cancellation);
        return null;
    }

    /// <summary>Writes the files of a branch, a tag or a commit into a folder of their own, which is the caller's to remove.</summary>
    /// <param name="repository">From where.</param>
    /// <param name="wanted">A branch's or tag's name, short or full, or a commit's full hash; null is the trunk.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The full ref (empty for a commit that none was named by), the commit, its message and the folder; or why there is none.</returns>
    public async Task<(CheckedOut? Files, Fault? Fault)> CheckoutAsync(RepositorySettings repository, string? wanted, CancellationToken cancellation)
    {
        var (refs, unread) = await _ports.Repositories.ListAsync(repository.Name, cancellation);
        if (unread is not null) return (null, unread);
        wanted ??= repository.Trunk;
        var name = new[] { wanted, RefUpdate.Branches + wanted, RefUpdate.Tags + wanted }.FirstOrDefault(refs.ContainsKey);
        if (name is null && !RefUpdate.IsHash(wanted))
            return (null, new(FaultKind.NotFound, Blame.Configuration, false, $"{repository.Name} has no branch, tag or commit {PlainText.Of(wanted, 120)}"));
        var commit = name is null ? wanted : refs[name];
        Directory.CreateDirectory(_ports.Checkouts, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var folder = Path.Combine(_ports.Checkouts, $"{repository.Name}-{NewId()}");
        if (await _ports.Repositories.CheckoutAsync(repository, commit, folder, cancellation) is { } fault) return (null, fault);
        var change = await _ports.Repositories.ChangeAsync(repository.Name, null, commit, sinceFork: false, cancellation);
        return (new(name ?? "", commit, change.Message, folder), null);
    }

    /// <summary>What lies between two commits of a repository, both by their full hashes; or why that is not known.</summary>
    public Task<(CommitRange? Range, Fault? Fault)> BetweenAsync(RepositorySettings repository, string from, string to, CancellationToken cancellation)
        => _ports.Repositories.BetweenAsync(repository.Name, from, to, cancellation);

    /// <summary>A host is to be told a commit's status, soon and surely; does nothing where none is configured.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="commit">Full hash.</param>
    /// <param name="name">Branch or tag; null is none.</param>
    /// <param name="state">How it does.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="url">Where more of it is; null is nowhere.</param>
    /// <param name="part">Which of several things said of a commit: a status of its own beside the others; null is the first.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task PlanStatusAsync(string repository, string commit, string? name, CommitState state, string description, string? url, string? part, CancellationToken cancellation)
    {
        if (Find(repository)?.Status is not { } where) return;
        var status = new CommitStatus(NewId(), commit, name, state, part is null ? where.Context : $"{where.Context}/{part}", PlainText.Of(description, 139), url, _clock.Now);
        if (await IsSaidAsync(repository, status, cancellation)) return;
        await AppendAsync(new SourceEvent.StatusPlanned(status) { Repository = repository, By = "fairway", At = _clock.Now }, cancellation);
        Sender.Wake();
    }

    // Who looks at what is says it again after a restart; the host has heard it. Only the newest of its kind counts.
    private async Task<bool> IsSaidAsync(string repository, CommitStatus status, CancellationToken cancellation)
    {
        var query = new LedgerQuery { Stream = SourceEvent.StreamPrefix + repository, Types = [EventTypes<SourceEvent>.Names.Single(name => name.StartsWith("source-status-planned.", StringComparison.Ordinal))],
            Limit = 100, Order = LedgerOrder.Newest };
        foreach (var record in (await _ports.Ledger.SearchAsync(query, cancellation)).Records)
            if (EventTypes<SourceEvent>.Read(record.Type, record.Data) is SourceEvent.StatusPlanned { Status: var known } && known.Commit == status.Commit && known.Context == status.Context)
                return known.State == status.State && known.Description == status.Description;
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var task in _running.Keys) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RecordMovesAsync(RepositorySettings repository, string id, SourceWay way, string by, Action<string> tell, CancellationToken cancellation)
    {
        var recording = _recording.GetOrAdd(repository.Name, _ => new(1, 1));
        await recording.WaitAsync(cancellation);
        ImmutableArray<RefUpdate> updates;
        try
        {
            updates = await MovesAsync(repository, cancellation);
            if (updates.IsEmpty) return;
            await AppendAsync(new SourceEvent.Pushed(id, way, updates) { Repository = repository.Name, By = by, At = _clock.Now }, cancellation);
        }
        finally
        {
            recording.Release();
        }
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Run($"what was pushed to {repository.Name}", async stopping =>
        {
            try
            {
                foreach (var update in ToHandOn(updates)) await TriggerAsync(repository, id, way, update, KindOf(update), by, tell, stopping);
                return null;
            }
            finally
            {
                done.TrySetResult();
            }
        });
        // Whoever pushed stops reading when they like; what was started goes on.
        await done.Task.WaitAsync(cancellation);
    }

    // A new branch changed everything, as a first push did; a request is compared with where it left the branch that it goes to.
    private Task<CommitChange> ChangeAsync(RepositorySettings repository, RefUpdate update, PullRequestOf? request, CancellationToken cancellation)
        => _ports.Repositories.ChangeAsync(
            repository.Name, request is null ? update.Old.All(digit => digit == '0') ? null : update.Old : request.BaseCommit ?? RefUpdate.Branches + request.Base, update.New,
            sinceFork: request is not null, cancellation);

    /// <summary>What of a push is handed on: what was not deleted, the first of them.</summary>
    internal static IEnumerable<RefUpdate> ToHandOn(ImmutableArray<RefUpdate> updates) => updates.Where(update => !update.IsDeleted).Take(MostTriggers);

    // Recorded and not answered: the control plane was killed in between. Whoever starts pipelines knows by the push's id what it started already.
    private async Task HandOnAgainAsync(CancellationToken cancellation)
    {
        foreach (var (_, document) in await _ports.Ledger.ListAsync(SourceProjection.Name, SourceProjection.Pending, cancellation))
        {
            var left = FairwayJson.Read<PendingTrigger>(document);
            if (Find(left.Repository) is { } repository) await TriggerAsync(repository, left.Push, left.Way, left.Update, KindOf(left.Update), left.By, _ => { }, cancellation);
        }
    }

    private static TriggerKind KindOf(RefUpdate update) => update.Tag is null ? TriggerKind.Push : TriggerKind.Tag;

    private async Task<ImmutableArray<RefUpdate>> MovesAsync(RepositorySettings repository, CancellationToken cancellation)
    {
        var (present, fault) = await _ports.Repositories.ListAsync(repository.Name, cancellation);
        if (fault is not null) return [];
        var prefix = $"{SourceProjection.Refs}{repository.Name}/";
        var known = (await _ports.Ledger.ListAsync(SourceProjection.Name, prefix, cancellation))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => FairwayJson.Read<string>(pair.Value), StringComparer.Ordinal);
        var updates = ImmutableArray.CreateBuilder<RefUpdate>();
        foreach (var (name, hash) in present)
            if (known.GetValueOrDefault(name) is var old && old != hash) updates.Add(new(name, old ?? new('0', hash.Length), hash));
        foreach (var (name, hash) in known)
            if (!present.ContainsKey(name)) updates.Add(new(name, hash, new('0', hash.Length)));
        return updates.ToImmutable();
    }

    private async Task TriggerAsync(
        RepositorySettings repository, string id, SourceWay way, RefUpdate update, TriggerKind kind, string by, Action<string> tell, CancellationToken cancellation,
        PullRequestOf? request = null)
    {
        var folder = Path.Combine(_ports.Checkouts, $"{repository.Name}-{NewId()}");
        Directory.CreateDirectory(_ports.Checkouts, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var fault = await _ports.Repositories.CheckoutAsync(repository, update.New, folder, cancellation);
        var answer = fault is not null ? new(false, fault.Message, CommitState.Error)
            : await _ports.Start(new(repository.Name, id, kind, way, update.Ref, update.New, update.Old, _ports.Repositories.FolderOf(repository.Name), folder, by)
            {
                Change = await ChangeAsync(repository, update, request, cancellation), Request = request,
            }, tell, cancellation);
        tell(PlainText.Of(answer.Sentence, 300));
        await AppendAsync(new SourceEvent.TriggerAnswered(id, update.Ref, update.New, answer.Started, answer.Sentence) { Repository = repository.Name, By = by, At = _clock.Now }, cancellation);
        if (answer.State is { } state) await PlanStatusAsync(repository.Name, update.New, update.Branch ?? update.Tag, state, answer.Sentence, null, null, cancellation);
    }

    private Task<long> AppendAsync(SourceEvent happened, CancellationToken cancellation) => _ports.Ledger.AppendAlwaysAsync(happened.Stream, happened.Record(), cancellation);

    // Names of refs that git would never have are others' text.
    private static ImmutableArray<RefUpdate> Tame(ImmutableArray<RefUpdate> updates)
        => [.. updates.Take(PushDecider.MostRefs).Select(update => new RefUpdate(PlainText.Of(update.Ref, 255), PlainText.Of(update.Old, 64), PlainText.Of(update.New, 64)) { IsForced = update.IsForced })];

    private static string NewId() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
