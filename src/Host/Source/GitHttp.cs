using System.IO.Compression;
using Fairway.Adapters.Git;
using Fairway.Api;
using Fairway.Client;
using Fairway.Serve;
using Microsoft.AspNetCore.Http;

namespace Fairway.Source;

/// <summary>Git's smart HTTP protocol on our listener: let in and counted here, spoken by git's own program.</summary>
internal sealed class GitHttp(SourceDesk desk, GitRepositories repositories, DataFolder data, ImmutableArray<string> program, TimeProvider time) : IDisposable
{
    private const int MostAtOnce = 8;
    private const int RequestsAMinute = 600;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly GitBackend _backend = new(repositories, time);
    private readonly SemaphoreSlim _running = new(MostAtOnce, MostAtOnce);
    private readonly RequestRate _rate = new(RequestsAMinute, time);

    /// <summary>Carries one call.</summary>
    /// <param name="call">Let in already.</param>
    /// <param name="repository">Which.</param>
    /// <param name="service"><c>git-upload-pack</c> or <c>git-receive-pack</c>.</param>
    public async Task HandleAsync(ApiRequest call, RepositorySettings repository, string service)
    {
        if (!_rate.Add(call.Caller.Name)) throw new ApiException(new("Too many requests", 429, "too-many-requests", $"more than {RequestsAMinute} requests in a minute", "wait a minute"));
        if (await repositories.EnsureAsync(repository, call.Aborted) is { } unmade) throw ApiException.Of(unmade, "repository-not-made");
        if (!await _running.WaitAsync(Patience, call.Aborted)) throw new ApiException(new("Busy", 503, "busy", "too many pushes and fetches run at once", "try again"));
        try
        {
            var request = new GitRequest
            {
                Repository = repository, Service = service, IsPost = HttpMethods.IsPost(call.Http.Request.Method), Path = HttpMethods.IsPost(call.Http.Request.Method) ? service : "info/refs",
                ContentType = ContentTypeOf(call, service), Protocol = call.Http.Request.Headers["Git-Protocol"].ToString(), User = call.Caller.Name,
            };
            if (request.IsPost && service == "git-receive-pack") await PushAsync(call, request);
            else Check(await _backend.RunAsync(request, Body(call), (status, headers) => Begin(call, status, headers), call.Aborted), call);
        }
        catch (InvalidDataException unreadable) when (!call.Http.Response.HasStarted)
        {
            throw ApiException.BadRequest("body-invalid", $"the body cannot be read: {unreadable.Message}", "use git");
        }
        finally
        {
            _running.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();

    private async Task PushAsync(ApiRequest call, GitRequest request)
    {
        var session = await desk.BeginPushAsync(request.Repository, call.Caller.Name, call.Aborted);
        try
        {
            var exchange = await _backend.RunAsync(
                request with { Hooks = Hooks(), HookVariables = [.. EdgeCommand.Environment().Where(pair => pair.Key.StartsWith("DOTNET_", StringComparison.Ordinal)), new("DOTNET_EnableDiagnostics", "0"), new("FAIRWAY_PUSH", session.Id), new("FAIRWAY_DATA", data.Path)] },
                Body(call), (status, headers) => Begin(call, status, headers), call.Aborted);
            if (exchange.Finding is { } finding)
                await desk.RefuseAsync(session, exchange.Updates, [new("content", null, finding.What, finding.Mend)], CancellationToken.None);
            else if (exchange.Fault is { } fault && !session.Accepted)
                await desk.RefuseAsync(session, exchange.Updates, [new("ended", null, fault.Message, "push again")], CancellationToken.None);
            Check(exchange, call);
        }
        finally
        {
            desk.EndPush(session);
        }
    }

    private static void Check(GitExchange exchange, ApiRequest call)
    {
        if (exchange.Fault is not { } fault) return;
        if (call.Http.Response.HasStarted) call.Http.Abort();
        else throw ApiException.Of(fault, "git-failed");
    }

    private static string ContentTypeOf(ApiRequest call, string service)
    {
        if (!HttpMethods.IsPost(call.Http.Request.Method)) return "";
        var expected = $"application/x-{service}-request";
        return call.Http.Request.ContentType == expected ? expected
            : throw new ApiException(new("Unsupported media type", 415, "not-git", $"the body must be {expected}", "use git"));
    }

    // Unpacked here, so that it is looked at as what it is; the limits hold for what comes out.
    private static Stream Body(ApiRequest call)
    {
        var body = call.UnlimitedBody();
        return call.Http.Request.Headers.ContentEncoding.ToString() switch
        {
            "" or "identity" => body,
            "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => throw new ApiException(new("Unsupported media type", 415, "encoding", "the body is packed in a way that is not known here", "use gzip or none")),
        };
    }

    private static Stream Begin(ApiRequest call, int status, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var response = call.Http.Response;
        response.StatusCode = status;
        foreach (var (name, value) in headers)
            if (name.ToLowerInvariant() is "content-type" or "cache-control" or "expires" or "pragma") response.Headers[name] = value;
        return response.Body;
    }

    /// <summary>The folder with the hooks: each starts this program, which asks over the socket.</summary>
    private string Hooks()
    {
        var folder = Path.Combine(repositories.Root, "hooks");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var stage in (ReadOnlySpan<string>)["pre-receive", "post-receive"])
        {
            var text = $"#!/bin/sh\nexec {string.Join(' ', program.Select(Quote))} git hook {stage}\n";
            var file = Path.Combine(folder, stage);
            if (File.Exists(file) && File.ReadAllText(file) == text) continue;
            var made = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllText(made, text);
            File.SetUnixFileMode(made, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Move(made, file, overwrite: true);
        }
        return folder;
    }

    private static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
