using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli;

/// <summary>Waits for a rollout's end and shows it: a live view on a terminal, a line for each decision otherwise.</summary>
/// <param name="context">Where it is shown.</param>
/// <param name="client">The API.</param>
/// <param name="quiet">Shows nothing.</param>
/// <param name="limit">Longest wait; null is without end.</param>
internal sealed class RolloutWait(CliContext context, FairwayClient client, bool quiet, TimeSpan? limit = null)
{
    private const int Looked = 20;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private readonly DecisionLines _lines = new(context.Time);

    /// <summary>Follows what a deployment or command led to.</summary>
    /// <param name="environment">Such as <c>production</c>.</param>
    /// <param name="service">Such as <c>shop</c>.</param>
    /// <param name="answer">What the control plane said.</param>
    /// <param name="release">Digest that was asked for, when it may have to wait its turn.</param>
    /// <param name="cancellation">Stops waiting; the rollout goes on.</param>
    /// <exception cref="FairwayException">It took longer than the limit, and goes on.</exception>
    public async Task<Waited> RunAsync(string environment, string service, DecisionAnswer answer, string? release, CancellationToken cancellation)
    {
        using var enough = limit is { } longest ? new CancellationTokenSource(longest, context.Time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellation);
        try
        {
            return await FollowAsync(environment, service, answer, release, either.Token);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new FairwayException("wait-too-long", $"{environment}/{service} has not come to an end within {Words.Of(limit!.Value)}",
                $"it goes on without you: see why it waits with `fairway status {environment}/{service}`, follow it with `fairway watch`");
        }
    }

    private async Task<Waited> FollowAsync(string environment, string service, DecisionAnswer answer, string? release, CancellationToken cancellation)
    {
        using var live = context.OutIsTerminal && !quiet ? new LiveRegion(context) : null;
        var follower = new Follower(client, environment, service, context.Time);
        var ours = answer.Queued ? null : answer.Rollout;
        await foreach (var frame in follower.FramesAsync(Tick, cancellation))
        {
            var rollout = frame.Service.Rollout;
            if (ours is null && rollout is not null && rollout.Summary.Release == release && rollout.Summary.Id != answer.Rollout) ours = rollout.Summary.Id;
            Show(frame, live);
            if (frame.Away) continue;
            if (ours is null)
            {
                if (frame.Service.Queued?.Release == release || rollout is { Summary.HasEnded: false }) continue;
                // Others may wait before it; what was dropped is in the ledger.
                if (await DroppedAsync(environment, service, release, answer.LedgerPosition, cancellation) is { } dropped) return new(null, dropped);
                if (frame.Service.Queued is null) return new(null, null);
            }
            else if (rollout is not null && rollout.Summary.Id == ours)
            {
                if (rollout.Summary.HasEnded) return new(rollout, null);
            }
            else if (rollout is not null)
            {
                return new(await client.GetRolloutAsync(ours, cancellation), null);
            }
        }

        return new(null, null);
    }

    private async Task<WhyInfo?> DroppedAsync(string environment, string service, string? release, long since, CancellationToken cancellation)
    {
        var stream = $"service/{environment}/{service}";
        var page = await client.SearchAuditAsync(new(null, "deploy-dropped", stream, null, null, null), null, Looked, cancellation);
        var record = page.Records.FirstOrDefault(one => one.Stream == stream && one.Seq > since && one.Data.GetProperty("digest").GetString() == release);
        return record is null ? null : new(record.Data.GetProperty("why").GetProperty("code").GetString()!, record.Data.GetProperty("why").GetProperty("sentence").GetString()!, []);
    }

    private void Show(Frame frame, LiveRegion? live)
    {
        if (live is not null)
        {
            var away = frame.Away ? "\nthe control plane is away; traffic goes on\n" : "";
            live.Show(ServiceView.Of(frame.Service, frame.Decisions, context) + away);
        }
        else if (!quiet)
        {
            foreach (var told in _lines.New(frame.Decisions)) context.Out.Write(ExplainView.Of(told, context));
        }
    }
}

/// <summary>How waiting for a rollout ended.</summary>
/// <param name="Rollout">The rollout at its end; null when none began.</param>
/// <param name="Dropped">Why none began; null when one did, or nobody says.</param>
internal sealed record Waited(RolloutInfo? Rollout, WhyInfo? Dropped);
