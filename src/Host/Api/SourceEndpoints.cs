using System.Text.Json;
using System.Threading.Channels;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Source;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>Repositories: listed and fetched; git's own protocol under <c>/git</c>; webhooks of hosts under <c>/hooks</c>.</summary>
internal static class SourceEndpoints
{
    private const string Basic = "Basic realm=\"Fairway\", charset=\"UTF-8\"";
    private const int MostRefs = 1_000;
    private const int Recent = 20;
    private const int HooksAMinute = 300;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "source", Permission.View, call => ListAsync(call, services)).Says("Every repository.").Gives(() => WireJson.Default.SourceInfo).IsTagged();
        routes.Map("GET", "source/{repository}", Permission.View, call => ShowAsync(call, services))
            .Says("One repository: its branches and tags, and what happened last.").Gives(() => WireJson.Default.RepositoryDetailInfo).IsTagged();
        routes.Map("POST", "source/{repository}/fetch", Permission.Deploy, call => FetchAsync(call, services))
            .Says("Fetches from where the repository is hosted; what is new is judged, and goes on as if it had been pushed.").Gives(() => WireJson.Default.FetchInfo);
        routes.Map("POST", "source-credential", Permission.View, call => IssueAsync(call, services), Reach.Somewhere)
            .Says("A password for git clients, in the caller's own name, for some minutes.").Gives(() => WireJson.Default.GitCredentialInfo).ShowsSecretOnce();
        routes.Map("POST", "source-pushes/{push}/{stage}", Permission.Administer, call => HookAsync(call, services))
            .Says("For git's hooks: judges a push that is being received (`pre-receive`), or takes it (`post-receive`).").Takes(() => WireJson.Default.PushHookRequest)
            .GivesStream("application/x-ndjson", () => WireJson.Default.PushLineInfo);
        routes.MapForeign("GET", "/git/{repository}/info/refs", Permission.View, Basic, call => GitAsync(call, services, call.Query("service") ?? ""));
        routes.MapForeign("POST", "/git/{repository}/git-upload-pack", Permission.View, Basic, call => GitAsync(call, services, "git-upload-pack"));
        routes.MapForeign("POST", "/git/{repository}/git-receive-pack", Permission.Deploy, Basic, call => GitAsync(call, services, "git-receive-pack"));
        var rate = new RequestRate(HooksAMinute, services.Clock.Time);
        routes.MapForeign("POST", "/hooks/github/{repository}", Permission.None, "Bearer", call => HearAsync(call, services, SourceHost.GitHub, rate));
        routes.MapForeign("POST", "/hooks/gitlab/{repository}", Permission.None, "Bearer", call => HearAsync(call, services, SourceHost.GitLab, rate));
    }

    private static async Task ListAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var rows = new List<RepositoryInfo>();
        foreach (var repository in services.Source.Settings?.Repositories ?? []) rows.Add(Of(repository, await RefsAsync(repository.Name, services, call.Aborted), services));
        await call.WriteTaggedAsync(new SourceInfo(rows), WireJson.Default.SourceInfo);
    }

    private static async Task ShowAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var repository = Find(call, services);
        var refs = await RefsAsync(repository.Name, services, call.Aborted);
        var records = await services.Ledger.SearchAsync(new() { Stream = SourceEvent.StreamPrefix + repository.Name, Limit = Recent }, call.Aborted);
        var waiting = await services.Ledger.ListAsync(SourceProjection.Name, $"{SourceProjection.Statuses}{repository.Name}/", call.Aborted);
        await call.WriteTaggedAsync(
            new RepositoryDetailInfo(Of(repository, refs, services), [.. refs.Take(MostRefs)], [.. records.Records.Select(StreamEndpoints.Of)], waiting.Length), WireJson.Default.RepositoryDetailInfo);
    }

    private static async Task FetchAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        if (await services.Source.FetchAsync(Find(call, services), [], SourceWay.Fetch, call.Caller.Name, lines.Enqueue, call.Aborted) is { } fault) throw ApiException.Of(fault, "fetch-failed");
        await call.WriteAsync(new FetchInfo([.. lines]), WireJson.Default.FetchInfo);
    }

    private static Task IssueAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var (password, until) = services.Tickets.Issue(call.Caller.Who);
        return call.WriteAsync(new GitCredentialInfo("fairway", password, until), WireJson.Default.GitCredentialInfo);
    }

    private static async Task HookAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.PushHookRequest);
        if (services.Source.FindPush(call.Route("push")) is not { } session) throw ApiException.NotFound("unknown-push", "no push of that name is being received");
        ImmutableArray<RefUpdate> updates = [.. (body.Updates ?? []).Select(update => new RefUpdate(update.Name, update.Old, update.New))];
        var lines = Channel.CreateBounded<string>(new BoundedChannelOptions(1_000) { FullMode = BoundedChannelFullMode.DropOldest });
        // Told after the reader is gone, a line is dropped; nobody waits for a reader.
        void Tell(string line) => lines.Writer.TryWrite(line);
        var work = call.Route("stage") switch
        {
            "pre-receive" => services.Source.JudgeAsync(session, updates, body.Quarantine, Tell, call.Aborted),
            "post-receive" => TakeAsync(services, session, Tell, call.Aborted),
            _ => throw ApiException.NotFound("unknown-stage", "there is no such stage", "pre-receive or post-receive"),
        };
        _ = work.ContinueWith(_ => lines.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        call.Http.Response.ContentType = "application/x-ndjson";
        await foreach (var line in lines.Reader.ReadAllAsync(call.Aborted)) await WriteLineAsync(call, new(line));
        await WriteLineAsync(call, new(null, await work));
    }

    private static async Task<bool> TakeAsync(ControlPlaneServices services, PushSession session, Action<string> tell, CancellationToken cancellation)
    {
        await services.Source.TakeAsync(session, tell, cancellation);
        return true;
    }

    private static async Task WriteLineAsync(ApiRequest call, PushLineInfo line)
    {
        await call.Http.Response.Body.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(line, WireJson.Default.PushLineInfo), (byte)'\n'], call.Aborted);
        await call.Http.Response.Body.FlushAsync(call.Aborted);
    }

    private static Task GitAsync(ApiRequest call, ControlPlaneServices services, string service)
    {
        if (service is not ("git-upload-pack" or "git-receive-pack"))
            throw ApiException.Forbidden("dumb-protocol", "only git's smart protocol is spoken here", "use git 1.6.6 or later");
        // Whoever asks which branches there are in order to push is refused now, not after everything was sent.
        if (service == "git-receive-pack") call.Demand(Permission.Deploy, null);
        return services.Git(call, Find(call, services), service);
    }

    private static async Task HearAsync(ApiRequest call, ControlPlaneServices services, SourceHost host, RequestRate rate)
    {
        if (!rate.Add(call.Http.Connection.RemoteIpAddress?.ToString() ?? "local"))
            throw new ApiException(new("Too many requests", 429, "too-many-requests", "too many requests in a minute", "wait a minute"));
        var body = await ReadBodyAsync(call);
        var headers = call.Http.Request.Headers;
        var answer = await services.Source.HearAsync(host, call.Route("repository"), new(name => headers.TryGetValue(name, out var values) && values is [{ } value] ? value : null), body, call.Aborted);
        if (answer.Status is 401) throw new ApiException(new("Unauthorized", 401, "signature", answer.Sentence, "check that both sides have the same secret"));
        if (answer.Status is 400) throw ApiException.BadRequest("payload", answer.Sentence);
        call.Http.Response.StatusCode = answer.Status;
        call.Http.Response.ContentType = "text/plain; charset=utf-8";
        await call.Http.Response.WriteAsync(answer.Sentence + "\n", call.Aborted);
    }

    private static async Task<byte[]> ReadBodyAsync(ApiRequest call)
    {
        if (call.Http.Request.ContentLength > WebhookPayload.LargestBody) throw TooLarge();
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        var body = call.UnlimitedBody();
        while (await body.ReadAsync(buffer, call.Aborted) is > 0 and var read)
        {
            kept.Write(buffer, 0, read);
            if (kept.Length > WebhookPayload.LargestBody) throw TooLarge();
        }
        return kept.ToArray();
    }

    private static ApiException TooLarge() => new(new("Too large", 413, "body-too-large", $"the body is larger than {WebhookPayload.LargestBody} bytes", null));

    private static RepositorySettings Find(ApiRequest call, ControlPlaneServices services)
    {
        var name = call.Route("repository");
        if (name.EndsWith(".git", StringComparison.Ordinal)) name = name[..^".git".Length];
        return services.Source.Find(name) ?? throw ApiException.NotFound(
            "unknown-repository", $"there is no repository {PlainText.Of(name, 60)}", services.Source.Settings?.Repositories is { Length: > 0 } known
                ? $"there {(known.Length == 1 ? "is" : "are")} {string.Join(", ", known.Select(repository => repository.Name))}" : "name it under source.repositories in fairway.yaml");
    }

    private static async Task<ImmutableArray<RefInfo>> RefsAsync(string repository, ControlPlaneServices services, CancellationToken cancellation)
    {
        var prefix = $"{SourceProjection.Refs}{repository}/";
        return [.. (await services.Ledger.ListAsync(SourceProjection.Name, prefix, cancellation)).Select(pair => new RefInfo(pair.Key[prefix.Length..], Kernel.FairwayJson.Read<string>(pair.Value)))];
    }

    private static RepositoryInfo Of(RepositorySettings repository, ImmutableArray<RefInfo> refs, ControlPlaneServices services) => new(
        repository.Name, repository.Trunk, refs.FirstOrDefault(one => one.Name == RefUpdate.Branches + repository.Trunk)?.Commit, repository.Fetch,
        services.ConsoleAddress() is { } address ? $"{address}/git/{repository.Name}.git" : null);
}
