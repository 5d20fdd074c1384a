using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fairway.Contracts;

/// <summary>Stands for a Prometheus: answers <c>/api/v1/query</c> with the numbers that it is given.</summary>
internal sealed class MetricsServer : IDisposable
{
    private readonly ConcurrentDictionary<string, Func<(int Status, string Body)>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<decimal, double>> _past = new(StringComparer.Ordinal);
    private readonly int _port = FreePort();
    private HttpListener? _listener;

    public MetricsServer() => Start();

    public Uri Url => new($"http://127.0.0.1:{_port}/prometheus");

    /// <summary>What came: method, path and <c>Authorization</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>What must stand in <c>Authorization</c>; null for nothing.</summary>
    public string? Demanded { get; set; }

    /// <summary>Where every question is sent; null for nowhere.</summary>
    public string? Moved { get; set; }

    /// <summary>Held for as long as it is not done.</summary>
    public Task Holding { get; set; } = Task.CompletedTask;

    public void Give(string expression, params ImmutableArray<double> numbers) => Give(expression, () => numbers);

    public void Give(string expression, Func<ImmutableArray<double>> numbers) => Answer(expression, () => (200, Success(
        "vector", $"[{string.Join(',', numbers().Select(static (number, i) => $$$"""{"metric":{"n":"{{{i}}}"},"value":[1700000000.123,"{{{Text(number)}}}"]}"""))}]")));

    /// <summary>Alerting rules, in a group with one that records.</summary>
    public void Alert(IEnumerable<(string Name, string Query, string Labels)> rules)
    {
        var alerting = rules.Select(rule => "{\"state\":\"inactive\",\"name\":\"" + rule.Name + "\",\"query\":\"" + rule.Query.Replace("\"", "\\\"", StringComparison.Ordinal) + "\",\"labels\":{" + rule.Labels
            + "},\"health\":\"ok\",\"type\":\"alerting\"}");
        Answer("", 200, """{"status":"success","data":{"groups":[{"name":"g","file":"r.yml","rules":[{"name":"a:b","query":"b","health":"ok","type":"recording"}]},{"name":"h","rules":["""
            + string.Join(',', alerting) + "]}]}}");
    }

    /// <summary>What an expression gave from a moment on, in seconds since 1970.</summary>
    public void GiveAt(string expression, decimal at, double number) => _past.GetOrAdd(expression, static _ => new())[at] = number;

    public void Answer(string expression, int status, string body) => Answer(expression, () => (status, body));

    public static string Success(string type, string result) => $$$"""{"status":"success","data":{"resultType":"{{{type}}}","result":{{{result}}}}}""";

    public void Start()
    {
        var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{_port}/");
        listener.Start();
        _listener = listener;
        _ = ServeAsync(listener);
    }

    public void Stop()
    {
        _listener?.Abort();
        _listener = null;
    }

    public void Dispose() => Stop();

    private string Then(string expression, decimal time)
    {
        var before = _past.GetValueOrDefault(expression)?.Where(pair => pair.Key <= time).OrderBy(pair => pair.Key).ToArray() ?? [];
        return Success("vector", before is [.., var (_, number)] ? $$$"""[{"metric":{},"value":[{{{time.ToString(CultureInfo.InvariantCulture)}}},"{{{Text(number)}}}"]}]""" : "[]");
    }

    private void Answer(string expression, Func<(int Status, string Body)> answer) => _answers[expression] = answer;

    private async Task ServeAsync(HttpListener listener)
    {
        while (true)
        {
            try
            {
                _ = AnswerAsync(await listener.GetContextAsync());
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            Asked.Enqueue($"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath} {context.Request.Headers["Authorization"]}".TrimEnd());
            await Holding;
            using var reader = new StreamReader(context.Request.InputStream);
            var form = context.Request.HttpMethod == "POST" ? await reader.ReadToEndAsync() : context.Request.Url.Query.TrimStart('?');
            var asksRules = context.Request.Url.AbsolutePath == "/prometheus/api/v1/rules";
            var parts = form.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => WebUtility.UrlDecode(part[^1]), StringComparer.Ordinal);
            var (expression, time) = (asksRules ? "" : parts["query"], parts.GetValueOrDefault("time"));
            var (status, body) = Moved is not null ? (307, "")
                : Demanded is not null && context.Request.Headers["Authorization"] != Demanded ? (401, "no")
                : !asksRules && context.Request.Url.AbsolutePath != "/prometheus/api/v1/query" ? (404, "<html>nothing here</html>")
                : time is not null ? (200, Then(expression, decimal.Parse(time, CultureInfo.InvariantCulture)))
                : _answers.TryGetValue(expression, out var answer) ? answer() : (200, asksRules ? """{"status":"success","data":{"groups":[]}}""" : Success("vector", "[]"));
            if (Moved is not null) context.Response.RedirectLocation = Moved;
            context.Response.StatusCode = status;
            context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Who asked has gone.
        }
    }

    // As Prometheus writes it.
    private static string Text(double number) => double.IsNaN(number) ? "NaN" : double.IsPositiveInfinity(number) ? "+Inf"
        : double.IsNegativeInfinity(number) ? "-Inf" : number.ToString("R", CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
