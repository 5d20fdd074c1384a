using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.EndToEnd.Metrics;

/// <summary>What a service shows at <c>/metrics</c>: a body that the test gives, on a real socket.</summary>
internal sealed class ScrapeTarget : IDisposable
{
    private HttpListener? _listener;

    public ScrapeTarget(string body)
    {
        Body = body;
        Port = FreePort();
        Start();
    }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public string Body { get; set; }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Start()
    {
        _listener = new HttpListener();
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _ = ServeAsync(_listener);
    }

    /// <summary>Answers nobody any more.</summary>
    public void Stop() => _listener!.Abort();

    public void Dispose() => Stop();

    private async Task ServeAsync(HttpListener listener)
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                context.Response.ContentType = "text/plain; version=0.0.4";
                context.Response.Close(Encoding.UTF8.GetBytes(Body), willBlock: true);
            }
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // Stopped, or the scraper has gone.
        }
    }
}
