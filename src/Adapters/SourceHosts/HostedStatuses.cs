using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Source;

namespace Fairway.Adapters.SourceHosts;

/// <summary>
/// Commit statuses by the hosts' APIs: GitHub's <c>POST /repos/{owner}/{repo}/statuses/{sha}</c> (API version 2022-11-28) and GitLab's
/// <c>POST /projects/{id}/statuses/{sha}</c> (v4).
/// </summary>
public sealed class HostedStatuses : ICommitStatusTarget, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private static readonly Uri GitHub = new("https://api.github.com");
    private static readonly Uri GitLab = new("https://gitlab.com/api/v4");
    private readonly Lazy<HttpClient> _http = new(() => new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan });
    private readonly TimeProvider _time;

    /// <summary>One over real HTTP.</summary>
    public HostedStatuses(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public async Task<Fault?> SendAsync(StatusSettings where, string token, CommitStatus status, CancellationToken cancellation)
    {
        var root = where.Api ?? (where.Host == SourceHost.GitHub ? GitHub : GitLab);
        using var limit = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var request = where.Host == SourceHost.GitHub ? ForGitHub(root, where, token, status) : ForGitLab(root, where, token, status);
            using var answer = await _http.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await JudgeAsync(answer, root, where, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"{root.Authority} did not answer within {Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (HttpRequestException error)
        {
            return new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"{root.Authority} cannot be reached ({error.HttpRequestError})");
        }
        catch (FormatException)
        {
            return new(FaultKind.Invalid, Blame.Configuration, Retryable: true, $"the token for {root.Authority} holds a character that no token has");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    private static HttpRequestMessage ForGitHub(Uri root, StatusSettings where, string token, CommitStatus status)
    {
        var state = status.State switch { CommitState.Pending => "pending", CommitState.Success => "success", CommitState.Failure => "failure", _ => "error" };
        var request = Request(root, $"/repos/{where.Project}/statuses/{status.Commit}", ("state", state), ("target_url", status.Url), ("description", status.Description), ("context", status.Context));
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Accept.ParseAdd("application/vnd.github+json");
        request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
        return request;
    }

    private static HttpRequestMessage ForGitLab(Uri root, StatusSettings where, string token, CommitStatus status)
    {
        var state = status.State switch { CommitState.Pending => "pending", CommitState.Success => "success", _ => "failed" };
        var request = Request(
            root, $"/projects/{Uri.EscapeDataString(where.Project)}/statuses/{status.Commit}", ("state", state), ("ref", status.Ref), ("name", status.Context), ("target_url", status.Url),
            ("description", status.Description));
        request.Headers.Add("PRIVATE-TOKEN", token);
        return request;
    }

    private static HttpRequestMessage Request(Uri root, string path, params ReadOnlySpan<(string Name, string? Value)> members)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
                if (value is not null) json.WriteString(name, value);
            json.WriteEndObject();
        }
        var request = new HttpRequestMessage(HttpMethod.Post, root.AbsoluteUri.TrimEnd('/') + path) { Content = new ByteArrayContent(body.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("Fairway");
        return request;
    }

    private static async Task<Fault?> JudgeAsync(HttpResponseMessage answer, Uri root, StatusSettings where, CancellationToken cancellation)
    {
        var status = (int)answer.StatusCode;
        if (status is >= 200 and < 300) return null;
        var what = string.Create(CultureInfo.InvariantCulture, $"{root.Authority} answered {status} to the status of {where.Project}");
        // GitLab says so when a status of this name is what it is told already.
        if (status == 400 && where.Host == SourceHost.GitLab && (await TextAsync(answer, cancellation)).Contains("Cannot transition status", StringComparison.Ordinal)) return null;
        return answer.StatusCode switch
        {
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => new(FaultKind.Unavailable, Blame.Platform, Retryable: true, what),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(FaultKind.Forbidden, Blame.Configuration, Retryable: true, what + ": the token may not"),
            HttpStatusCode.NotFound => new(FaultKind.NotFound, Blame.Configuration, Retryable: true, what + ": no such project or commit, or the token may not see it"),
            _ when status < 500 => new(FaultKind.Invalid, Blame.Configuration, Retryable: false, what),
            _ => new(FaultKind.Unavailable, Blame.Platform, Retryable: true, what),
        };
    }

    private static async Task<string> TextAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, read);
    }
}
