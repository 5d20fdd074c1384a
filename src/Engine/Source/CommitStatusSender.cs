using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Source;

/// <summary>Tells hosts what waits in the ledger, each status once it is taken, again and again until it is, and for a day at most.</summary>
public sealed class CommitStatusSender(SourcePorts ports, EngineClock clock)
{
    private static readonly Backoff Wait = new(Duration.FromSeconds(1), Duration.FromMinutes(5));
    private static readonly Duration Longest = Duration.FromHours(24);
    private static readonly TimeSpan SafetyLook = TimeSpan.FromMinutes(5);
    private readonly Signal _planned = new();
    private int _failures;

    /// <summary>Why the last one was not taken; null when it was.</summary>
    public string? Problem { get; private set; }

    /// <summary>Something new waits.</summary>
    public void Wake() => _planned.Raise();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var planned = _planned.Next;
            var failed = false;
            foreach (var (key, document) in await ports.Ledger.ListAsync(SourceProjection.Name, SourceProjection.Statuses, cancellation))
                failed |= !await SendAsync(key[SourceProjection.Statuses.Length..].Split('/')[0], FairwayJson.Read<CommitStatus>(document), cancellation);
            _failures = failed ? _failures + 1 : 0;
            var pause = failed ? Wait.After(_failures, "commit status").ToTimeSpan() : SafetyLook;
            using var waited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // What failed waits its time, whatever else comes.
            var sleeping = Task.Delay(pause, clock.Time, waited.Token);
            await (failed ? Task.WhenAny(sleeping) : Task.WhenAny(planned, sleeping));
            await waited.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task<bool> SendAsync(string repository, CommitStatus status, CancellationToken cancellation)
    {
        var fault = await TrySendAsync(repository, status, cancellation);
        Problem = fault?.Message;
        if (fault is null) await AppendAsync(new SourceEvent.StatusSent(status.Id) { Repository = repository, By = "fairway", At = clock.Now }, cancellation);
        else if (!fault.Retryable || clock.Now - status.At > Longest)
            await AppendAsync(new SourceEvent.StatusGivenUp(status.Id, fault.Message) { Repository = repository, By = "fairway", At = clock.Now }, cancellation);
        else return false;
        return true;
    }

    private async Task<Fault?> TrySendAsync(string repository, CommitStatus status, CancellationToken cancellation)
    {
        if (ports.Settings()?.Find(repository)?.Status is not { } where)
            return new(FaultKind.NotFound, Blame.Configuration, Retryable: false, "no host is configured any more");
        var (token, missing) = ports.Secret(where.Token);
        return token is null ? missing! with { Retryable = true } : await ports.Statuses.SendAsync(where, token, status, cancellation);
    }

    private Task<long> AppendAsync(SourceEvent happened, CancellationToken cancellation) => ports.Ledger.AppendAlwaysAsync(happened.Stream, happened.Record(), cancellation);
}
