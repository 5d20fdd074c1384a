using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Adapters.SourceHosts;
using Fairway.Kernel;
using Fairway.Source;
using NodaTime;

namespace Fairway.Contracts;

/// <summary>What hosts are sent, byte by byte, and what their answers mean.</summary>
public sealed class HostedStatusesTests : IDisposable
{
    private static readonly CommitStatus Status = new("id", new('a', 40), "main", CommitState.Failure, "fairway", "2 tests failed", "https://ci.example/1", Instant.FromUnixTimeSeconds(0));
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HostedStatuses _statuses = new(TimeProvider.System);

    public HostedStatusesTests() => _listener.Start();

    [Fact]
    public async Task GitHub_is_sent_what_its_documentation_says()
    {
        var (request, fault) = await SendAsync(SourceHost.GitHub, "201 Created");
        Assert.Null(fault);
        Assert.StartsWith($"POST /base/repos/acme/shop/statuses/{Status.Commit} HTTP/1.1\r\n", request);
        foreach (var header in (string[])["Authorization: Bearer t0ken", "Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28", "Content-Type: application/json"]) Assert.Contains(header + "\r\n", request);
        Assert.EndsWith("""{"state":"failure","target_url":"https://ci.example/1","description":"2 tests failed","context":"fairway"}""", request);
    }

    [Fact]
    public async Task GitLab_is_sent_what_its_documentation_says()
    {
        var (request, fault) = await SendAsync(SourceHost.GitLab, "201 Created");
        Assert.Null(fault);
        Assert.StartsWith($"POST /base/projects/acme%2Fshop/statuses/{Status.Commit} HTTP/1.1\r\n", request);
        Assert.Contains("PRIVATE-TOKEN: t0ken\r\n", request);
        Assert.EndsWith("""{"state":"failed","ref":"main","name":"fairway","target_url":"https://ci.example/1","description":"2 tests failed"}""", request);
    }

    [Theory]
    [InlineData("503 Service Unavailable", true)]
    [InlineData("429 Too Many Requests", true)]
    [InlineData("401 Unauthorized", true)]
    [InlineData("422 Unprocessable Entity", false)]
    public async Task A_refusal_says_whether_waiting_helps_and_never_the_token(string status, bool retryable)
    {
        var (_, fault) = await SendAsync(SourceHost.GitHub, status);
        Assert.Equal(retryable, fault!.Retryable);
        Assert.DoesNotContain("t0ken", fault.Message);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _statuses.Dispose();
    }

    private async Task<(string Request, Fault? Fault)> SendAsync(SourceHost host, string answer)
    {
        var where = new StatusSettings { Host = host, Project = "acme/shop", Api = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/base") };
        var sending = _statuses.SendAsync(where, "t0ken", Status, TestContext.Current.CancellationToken);
        using var connection = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        var kept = "";
        var buffer = new byte[8192];
        while (kept.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var head && (head < 0 || kept.Length - head - 4 < int.Parse(kept.Split("Content-Length: ")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture)))
            kept += Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        return (kept, await sending);
    }
}
