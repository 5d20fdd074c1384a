using System.Net;
using System.Net.Sockets;
using Fairway.Catalog;
using Fairway.Workloads;

namespace Fairway.Adapters.Processes;

/// <summary>What a check needs to know of the instance it asks.</summary>
/// <param name="Host">Its address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Environment">Its variables, for a command.</param>
/// <param name="WorkingDirectory">Its folder, for a command.</param>
/// <param name="Secrets">Names of variables that never go into an argument.</param>
internal sealed record ProbeTarget(
    string Host, int Port, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory, IEnumerable<string> Secrets);

/// <summary>Asks an instance how it is. Each question is a new connection: nothing of it is kept open.</summary>
internal sealed class HealthProbe(TimeProvider time) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false, UseCookies = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero, AutomaticDecompression = DecompressionMethods.None,
    });

    /// <summary>Whether the answer is good, and what it was.</summary>
    public async Task<(bool Good, string Answer)> AskAsync(HealthCheck check, ProbeTarget target, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(check.Timeout.ToTimeSpan(), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return check.Kind switch
            {
                HealthCheckKind.Tcp => await ConnectAsync(target, either.Token),
                HealthCheckKind.Http => await GetAsync(check.Path, target, either.Token),
                HealthCheckKind.Command => await RunAsync(check.Command, target, either.Token),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (false, $"no answer within {check.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception refused) when (refused is not OperationCanceledException)
        {
            return (false, refused.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<(bool Good, string Answer)> ConnectAsync(ProbeTarget target, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(target.Host), target.Port, cancellation);
        return (true, "connected");
    }

    private async Task<(bool Good, string Answer)> GetAsync(string path, ProbeTarget target, CancellationToken cancellation)
    {
        var address = new Uri($"http://{target.Host}:{target.Port}/{path.TrimStart('/')}");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.ParseAdd("fairway-health");
        request.Headers.ConnectionClose = true;
        using var response = await _http.SendAsync(request, cancellation);
        var status = (int)response.StatusCode;
        return (status is >= 200 and < 300, $"GET {address.PathAndQuery} answered {status}");
    }

    private async Task<(bool Good, string Answer)> RunAsync(ImmutableArray<string> command, ProbeTarget target, CancellationToken cancellation)
    {
        if (command.IsDefaultOrEmpty) return (false, "the check's command is empty");
        var (arguments, _) = InstanceVariables.Expand(command, target.Environment, target.Secrets);
        var (program, missing) = CommandLookup.Find(arguments[0], target.WorkingDirectory, target.Environment.GetValueOrDefault("PATH", ""));
        if (program is null) return (false, missing!.Message);
        var request = new SpawnRequest(program, [program, .. arguments.Skip(1)], target.Environment, target.WorkingDirectory, "/dev/null", "/dev/null");
        var (pid, error) = ProcessSpawner.Spawn(request);
        if (error != 0) return (false, ProcessSpawner.FaultOf(error, request).Message);
        try
        {
            var status = await ChildProcess.WaitAsync(pid, time, cancellation);
            return (status.Code == 0, status.SignalName is { } signal ? $"{command[0]} was killed by {signal}" : $"{command[0]} exited with code {status.Code}");
        }
        finally
        {
            // Whatever it started must not outlive the question; the group is empty when it ended well.
            Posix.Kill(-pid, Posix.SigKill);
            Posix.WaitPid(pid, out _, 0);
        }
    }
}
