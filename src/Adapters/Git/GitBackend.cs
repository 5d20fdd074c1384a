using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>A request of git's smart HTTP protocol, let in already.</summary>
public sealed record GitRequest
{
    /// <summary>The repository.</summary>
    public required RepositorySettings Repository { get; init; }

    /// <summary>Behind the repository's name: <c>info/refs</c>, <c>git-upload-pack</c> or <c>git-receive-pack</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is a POST.</summary>
    public bool IsPost { get; init; }

    /// <summary>The service that is asked for: <c>git-upload-pack</c> or <c>git-receive-pack</c>.</summary>
    public required string Service { get; init; }

    /// <summary>Header <c>Content-Type</c>.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>Header <c>Git-Protocol</c>, such as <c>version=2</c>.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>Who calls.</summary>
    public required string User { get; init; }

    /// <summary>Folder with the hooks that judge a push; null runs none.</summary>
    public string? Hooks { get; init; }

    /// <summary>Variables for the hooks.</summary>
    public ImmutableArray<KeyValuePair<string, string>> HookVariables { get; init; } = [];
}

/// <summary>How a request ended.</summary>
/// <param name="Finding">Why a push was ended while it streamed; null when it was not.</param>
/// <param name="Updates">What a push wanted.</param>
/// <param name="Fault">Why git could not do its part; null when it did.</param>
public sealed record GitExchange(PushFinding? Finding, ImmutableArray<RefUpdate> Updates, Fault? Fault);

/// <summary>Where an answer goes: status and headers first, then a stream.</summary>
public delegate Stream BeginAnswer(int status, IReadOnlyList<KeyValuePair<string, string>> headers);

/// <summary>
/// Git's own <c>http-backend</c> (git-http-backend(1)) as a CGI program: request and answer stream through, nothing is kept. What is pushed is
/// looked at on its way, and ended where it is over a limit.
/// </summary>
/// <param name="repositories">Where the repositories are.</param>
/// <param name="time">The clock.</param>
public sealed class GitBackend(GitRepositories repositories, TimeProvider time)
{
    private const int PieceSize = 64 * 1024;
    private const long MostDrained = 2L << 30;
    private const long MostAsked = 64L << 20;
    private static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(5);

    /// <summary>Carries one request; ends what it started when cancelled or when the client is gone.</summary>
    public async Task<GitExchange> RunAsync(GitRequest request, Stream body, BeginAnswer begin, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(request.Repository.Limits.Time.ToTimeSpan(), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var (git, missing) = GitProgram.Start(null, [.. Settings(request), "http-backend"], Variables(request));
        if (git is null) return new(null, [], missing);
        using (git)
        {
            var scanner = request is { IsPost: true, Service: "git-receive-pack" } ? new PushScanner(request.Repository.Limits) : null;
            Stream? begun = null;
            var ended = false;
            var answering = AnswerAsync(git, (status, headers) => begun = begin(status, headers), either.Token);
            var complaining = GitProgram.ReadErrorAsync(git, either.Token);
            try
            {
                var finding = await FeedAsync(git, body, scanner, either.Token);
                if (finding is not null)
                {
                    ended = true;
                    GitProgram.Kill(git);
                    await Task.WhenAny(answering);
                    // Its headers come first of all, so the answer has mostly begun: what follows in it is ours.
                    await RefuseAsync(scanner!, finding, body, () => begun ?? begin(200, [new("Content-Type", "application/x-git-receive-pack-result"), new("Cache-Control", "no-cache")]), cancellation);
                    return new(finding, scanner!.Updates, null);
                }
                var answered = await answering;
                await git.WaitForExitAsync(either.Token);
                var complaint = await complaining;
                return new(null, scanner?.Updates ?? [], answered ? null : new(FaultKind.Failed, Blame.Platform, Retryable: true, $"git http-backend gave no answer: {PlainText.Of(complaint)}"));
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                var spent = request.Repository.Limits.Time.TotalMinutes.ToString("0.#", CultureInfo.InvariantCulture);
                return new(null, scanner?.Updates ?? [], new(FaultKind.Timeout, Blame.Release, Retryable: true, $"it took longer than {spent} minutes; push in parts, or raise source.repositories.NAME.limits.time"));
            }
            finally
            {
                var killed = !git.HasExited;
                GitProgram.Kill(git);
                await Task.WhenAny(answering);
                await Task.WhenAny(complaining);
                // What was refused or cut off takes no room.
                if (scanner is not null && (killed || ended)) repositories.Free(request.Repository.Name);
            }
        }
    }

    private static string[] Settings(GitRequest request) =>
    [
        "-c", "http.receivepack=true", "-c", "http.uploadpack=true", "-c", "http.getanyfile=false", "-c", "receive.unpackLimit=1", "-c", "receive.autogc=false", "-c", "receive.fsckObjects=true",
        "-c", "receive.maxInputSize=" + request.Repository.Limits.LargestPush.ToString(CultureInfo.InvariantCulture), "-c", "receive.advertisePushOptions=false",
        "-c", "receive.denyCurrentBranch=ignore", "-c", "receive.denyDeleteCurrent=ignore", "-c", "uploadpack.allowFilter=true", "-c", "transfer.hideRefs=refs/fairway",
        "-c", "core.hooksPath=" + (request.Hooks ?? "/dev/null"),
    ];

    private Dictionary<string, string> Variables(GitRequest request)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GIT_PROJECT_ROOT"] = repositories.Root, ["GIT_HTTP_EXPORT_ALL"] = "1", ["PATH_INFO"] = $"/{request.Repository.Name}.git/{request.Path}",
            ["REQUEST_METHOD"] = request.IsPost ? "POST" : "GET", ["QUERY_STRING"] = request.IsPost ? "" : "service=" + request.Service, ["CONTENT_TYPE"] = request.ContentType,
            // Who pushes is in our own records; git needs a name to take a push at all, and writes it nowhere.
            ["REMOTE_USER"] = "fairway", ["REMOTE_ADDR"] = "127.0.0.1", ["SERVER_PROTOCOL"] = "HTTP/1.1", ["GATEWAY_INTERFACE"] = "CGI/1.1",
        };
        // The only protocol versions there are.
        if (request.Protocol is "version=1" or "version=2") variables["GIT_PROTOCOL"] = request.Protocol;
        foreach (var (name, value) in request.HookVariables) variables[name] = value;
        return variables;
    }

    private static async Task<PushFinding?> FeedAsync(Process git, Stream body, PushScanner? scanner, CancellationToken cancellation)
    {
        var input = git.StandardInput.BaseStream;
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        long bytes = 0;
        try
        {
            while (await body.ReadAsync(buffer.AsMemory(0, PieceSize), cancellation) is > 0 and var read)
            {
                bytes += read;
                if (scanner?.Scan(buffer.AsSpan(0, read)) is { } finding) return finding;
                if (scanner is null && bytes > MostAsked) throw new InvalidDataException("a question to a repository is not that long");
                await input.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
            input.Close();
            return null;
        }
        catch (IOException) when (git.StandardInput.BaseStream is not null && !cancellation.IsCancellationRequested)
        {
            // It has heard enough, and answers why. Whoever still sends is heard to the end, so that they read it.
            await DrainAsync(body, buffer, cancellation);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Hears the rest without keeping it: a client that still sends does not read.</summary>
    private static async Task DrainAsync(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        long drained = 0;
        while (drained < MostDrained && await body.ReadAsync(buffer, cancellation) is > 0 and var read) drained += read;
    }

    private async Task RefuseAsync(PushScanner scanner, PushFinding finding, Stream body, Func<Stream> begin, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(DrainTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var buffer = new byte[PieceSize];
        try
        {
            await DrainAsync(body, buffer, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Long enough; who still sends is answered now.
        }
        var answer = begin();
        await answer.WriteAsync(PushReport.Refusal(scanner.Updates, scanner.Capabilities, finding), cancellation);
        await answer.FlushAsync(cancellation);
    }

    /// <summary>Reads the program's headers (RFC 3875, 6) and streams the rest; false when there were none.</summary>
    private static async Task<bool> AnswerAsync(Process git, BeginAnswer begin, CancellationToken cancellation)
    {
        var output = git.StandardOutput.BaseStream;
        var buffer = new byte[PieceSize];
        var filled = 0;
        int end;
        while ((end = HeadersEnd(buffer.AsSpan(0, filled))) < 0)
        {
            if (filled == buffer.Length) return false;
            var read = await output.ReadAsync(buffer.AsMemory(filled), cancellation);
            if (read == 0) return false;
            filled += read;
        }
        var (status, headers) = (200, new List<KeyValuePair<string, string>>());
        foreach (var line in Encoding.Latin1.GetString(buffer, 0, end).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) return false;
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            if (!name.Equals("Status", StringComparison.OrdinalIgnoreCase)) headers.Add(new(name, value));
            else if (!int.TryParse(value.AsSpan(0, Math.Min(3, value.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out status)) return false;
        }
        var answer = begin(status, headers);
        if (filled > end) await answer.WriteAsync(buffer.AsMemory(end, filled - end), cancellation);
        await answer.FlushAsync(cancellation);
        while (await output.ReadAsync(buffer, cancellation) is > 0 and var more)
        {
            await answer.WriteAsync(buffer.AsMemory(0, more), cancellation);
            // Progress is shown when it is made.
            await answer.FlushAsync(cancellation);
        }
        return true;
    }

    private static int HeadersEnd(ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOf("\r\n\r\n"u8);
        if (at >= 0) return at + 4;
        at = bytes.IndexOf("\n\n"u8);
        return at < 0 ? -1 : at + 2;
    }
}
