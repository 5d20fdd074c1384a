using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Fairway.Contracts;

/// <summary>Takes what is posted to it.</summary>
internal sealed class HookServer : IDisposable
{
    private readonly int _port = FreePort();
    private HttpListener? _listener;

    public HookServer() => Start();

    public string Url => $"http://127.0.0.1:{_port}/hooks/top-secret-path";

    public int Status { get; set; } = 200;

    public ConcurrentQueue<(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)> Posts { get; } = [];

    public void Start()
    {
        var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{_port}/");
        listener.Start();
        _listener = listener;
        _ = ServeAsync(listener);
    }

    public void Stop() => _listener?.Abort();

    public void Dispose() => Stop();

    private async Task ServeAsync(HttpListener listener)
    {
        while (true)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var headers = context.Request.Headers.AllKeys.ToDictionary(name => name!.ToLowerInvariant(), name => context.Request.Headers[name]!, StringComparer.Ordinal);
                Posts.Enqueue((context.Request.Url!.AbsolutePath, headers, body.ToArray()));
                context.Response.StatusCode = Status;
                if (Status == 302) context.Response.RedirectLocation = "http://127.0.0.1:1/";
                context.Response.Close();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                if (!listener.IsListening) return;
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
