using System.Collections.Concurrent;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Pipelines;
using NodaTime;

namespace Fairway.Source;

/// <summary>What a webhook's sender is answered.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Sentence">In words.</param>
public sealed record HookAnswer(int Status, string Sentence);

/// <summary>The part that hears hosts.</summary>
public sealed partial class SourceDesk
{
    private static readonly Duration RefusalsApart = Duration.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (Instant At, int More)> _refused = new(StringComparer.Ordinal);

    /// <summary>Hears one request. What it asks for is begun, not awaited: a host waits some seconds only.</summary>
    /// <param name="host">By the address that was called.</param>
    /// <param name="name">The repository's name.</param>
    /// <param name="request">Its headers.</param>
    /// <param name="body">Its exact bytes.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<HookAnswer> HearAsync(SourceHost host, string name, HookRequest request, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        // A stranger learns nothing about which repositories there are.
        if (Find(name) is not { Hook: { } hook } repository || hook.Host != host) return new(401, "the signature is not right");
        var (secret, fault) = _ports.Secret(hook.Secret);
        var refusal = secret is null ? $"the secret is missing: {fault!.Message}" : WebhookSignature.Refuse(host, request, body.Span, secret, _clock.Now);
        if (refusal is not null)
        {
            await RefuseHookAsync(repository.Name, host, refusal, cancellation);
            return new(401, "the signature is not right");
        }
        var (payload, problem) = WebhookPayload.Read(host, request, body);
        if (payload is null) return new(400, problem!);
        if (payload.Delivery.Length > 0 && await IsKnownAsync(repository.Name, host, payload.Delivery, cancellation)) return new(200, "this delivery was heard before; nothing is done again");
        var (sentence, work) = Plan(repository, payload);
        await AppendAsync(
            new SourceEvent.HookReceived(host, payload.Delivery, payload.Word, sentence) { Repository = repository.Name, By = payload.By.Length == 0 ? host.ToString() : payload.By, At = _clock.Now }, cancellation);
        if (work is not null) _ = Run(FetchOf(repository.Name), work);
        return new(work is null ? 200 : 202, sentence);
    }

    private (string Sentence, Func<CancellationToken, Task<Fault?>>? Work) Plan(RepositorySettings repository, WebhookPayload payload)
    {
        if (payload.Kind is HookKind.Ping) return ("heard", null);
        if (payload.Update is not { } update) return ($"nothing is done for {payload.Word}", null);
        if (repository.Fetch is null) return ("nothing says where to fetch from; set fetch of the repository", null);
        if (payload.IsForeign) return ("a request from another repository is not run: it could read this one's secrets", null);
        var by = payload.By.Length == 0 ? "webhook" : payload.By;
        return ($"{PlainText.Of(update.Ref, 120)} is fetched", async cancellation =>
        {
            if (await FetchAsync(repository, [update.Ref], SourceWay.Webhook, by, _ => { }, cancellation) is { } fault)
            {
                if (!update.IsDeleted) await PlanStatusAsync(repository.Name, update.New, update.Branch ?? update.Tag, CommitState.Error, fault.Message, null, null, cancellation);
                return fault;
            }
            if (payload.Kind == HookKind.PullRequest)
                await TriggerAsync(repository, NewId(), SourceWay.Webhook, update, TriggerKind.PullRequest, by, _ => { }, cancellation,
                    new(payload.Number ?? 0, payload.HeadBranch, payload.BaseBranch, payload.BaseCommit));
            return null;
        });
    }

    private async Task<bool> IsKnownAsync(string repository, SourceHost host, string delivery, CancellationToken cancellation)
        => await _ports.Ledger.LoadAsync(SourceProjection.Name, SourceProjection.Deliveries + repository, cancellation) is { } document
            && FairwayJson.Read<ImmutableArray<string>>(document).Contains(SourceProjection.IdOf(host, delivery), StringComparer.Ordinal);

    private async Task RefuseHookAsync(string repository, SourceHost host, string reason, CancellationToken cancellation)
    {
        var now = _clock.Now;
        var more = 0;
        var record = false;
        _refused.AddOrUpdate(repository, _ =>
        {
            record = true;
            return (now, 0);
        }, (_, last) =>
        {
            record = now - last.At >= RefusalsApart;
            more = last.More;
            return record ? (now, 0) : (last.At, last.More + 1);
        });
        if (record) await AppendAsync(new SourceEvent.HookRefused(host, reason, more) { Repository = repository, By = "anonymous", At = now }, cancellation);
    }
}
