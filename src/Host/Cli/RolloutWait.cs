using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli;

/// <summary>Waits for a rollout's end and shows it: a live view on a terminal, a line for each decision otherwise.</summary>
internal sealed class RolloutWait(CliContext context, FairwayClient client, bool quiet)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private readonly DecisionLines _lines = new(context.Time);

    /// <summary>Follows what a deployment or command led to.</summary>
    /// <param name="environment">Such as <c>production</c>.</param>
    /// <param name="service">Such as <c>shop</c>.</param>
    /// <param name="answer">What the control plane said.</param>
    /// <param name="release">Digest that was asked for, when it may have to wait its turn.</param>
    /// <param name="cancellation">Stops waiting; the rollout goes on.</param>
    /// <returns>The rollout at its end; null when a newer request took its place before it began.</returns>
    public async Task<RolloutInfo?> RunAsync(string environment, string service, DecisionAnswer answer, string? release, CancellationToken cancellation)
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
                if (frame.Service.Queued?.Release != release && (rollout is null || rollout.Summary.HasEnded)) return null;
            }
            else if (rollout is not null && rollout.Summary.Id == ours)
            {
                if (rollout.Summary.HasEnded) return rollout;
            }
            else if (rollout is not null)
            {
                return await client.GetRolloutAsync(ours, cancellation);
            }
        }

        return null;
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
