using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about repositories.</summary>
public sealed partial class FairwayClient
{
    /// <summary>Every repository in a line.</summary>
    public Task<SourceInfo> GetSourceAsync(CancellationToken cancellation) => GetAsync("source", WireJson.Default.SourceInfo, cancellation);

    /// <summary>One repository.</summary>
    public Task<RepositoryDetailInfo> GetRepositoryAsync(string repository, CancellationToken cancellation)
        => GetAsync($"source/{Escape(repository)}", WireJson.Default.RepositoryDetailInfo, cancellation);

    /// <summary>Fetches a repository from where it is hosted.</summary>
    public Task<FetchInfo> FetchAsync(string repository, CancellationToken cancellation) => PostAsync($"source/{Escape(repository)}/fetch", WireJson.Default.FetchInfo, cancellation);

    /// <summary>What git may sign in with for some minutes, in the caller's own name.</summary>
    public Task<GitCredentialInfo> GetGitCredentialAsync(CancellationToken cancellation) => PostAsync("source-credential", WireJson.Default.GitCredentialInfo, cancellation);

    /// <summary>Asks about a push in git's hooks' place; lines come as they are made, the end says whether it is taken.</summary>
    /// <param name="push">The push's id.</param>
    /// <param name="stage"><c>pre-receive</c> or <c>post-receive</c>.</param>
    /// <param name="request">What it does.</param>
    /// <param name="cancellation">Stops reading.</param>
    public async IAsyncEnumerable<PushLineInfo> PushHookAsync(string push, string stage, PushHookRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"source-pushes/{Escape(push)}/{Escape(stage)}") { Content = JsonContent.Create(request, WireJson.Default.PushHookRequest) };
        using var answer = await OpenAsync(message, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (await ReadLineAsync(reader, cancellation) is { } line)
            if (JsonSerializer.Deserialize(line, WireJson.Default.PushLineInfo) is { } parsed) yield return parsed;
    }
}
