using System.Globalization;
using System.Text.Json;

namespace Fairway.Client.Prometheus;

/// <summary>Queries to anything that speaks Prometheus' HTTP API. Every method throws <see cref="FairwayException"/> when the server is
/// away or says no.</summary>
public sealed class PrometheusClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly string? _who;
    private readonly string _mend;

    /// <param name="address">The server, with the path before <c>/api/v1</c> if it has one.</param>
    public PrometheusClient(Uri address)
        : this(
            address, null, new() { ConnectTimeout = TimeSpan.FromSeconds(5), AutomaticDecompression = System.Net.DecompressionMethods.All },
            "start one with `fairway metrics serve`, or name another with --url")
    {
    }

    private PrometheusClient(Uri address, string? who, SocketsHttpHandler handler, string mend)
    {
        (_who, _mend) = (who, mend);
        _address = new(address.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/");
        _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (address.UserInfo.Length > 0)
        {
            _http.DefaultRequestHeaders.Authorization = new(
                "Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));
            _address = new UriBuilder(_address) { UserName = "", Password = "" }.Uri;
        }
    }

    /// <summary>A client for the metrics engine of a data folder's control plane, over its Unix socket.</summary>
    public static PrometheusClient For(DataFolder folder) => new(
        new("http://fairway/prometheus"), $"the control plane of {folder}", FairwayClient.SocketHandler(folder),
        "start one with `fairway up`, or name a metrics server with --url");

    /// <summary>Evaluates at one time.</summary>
    /// <param name="query">PromQL.</param>
    /// <param name="time">When; null is the server's now.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<PrometheusAnswer> QueryAsync(string query, DateTimeOffset? time, CancellationToken cancellation) =>
        AskAsync("query", time is { } at ? [new("query", query), new("time", Seconds(at))] : [new("query", query)], cancellation);

    /// <summary>Evaluates at regular times.</summary>
    /// <param name="query">PromQL.</param>
    /// <param name="from">The first time.</param>
    /// <param name="to">Not after this.</param>
    /// <param name="step">Between two times.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<PrometheusAnswer> QueryRangeAsync(string query, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation) =>
        AskAsync(
            "query_range",
            [
                new("query", query), new("start", Seconds(from)), new("end", Seconds(to)),
                new("step", step.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
            ], cancellation);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<PrometheusAnswer> AskAsync(string what, KeyValuePair<string, string>[] form, CancellationToken cancellation)
    {
        var (status, body) = await SendAsync(what, form, cancellation);
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (root.GetProperty("status").GetString() == "success") return Read(root, body);
            throw new FairwayException(
                root.GetProperty("errorType").GetString()!.Replace('_', '-'), root.GetProperty("error").GetString()!, status: status < 400 ? 500 : status);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FairwayException(
                "bad-answer", $"{_who ?? _address.ToString()} answered {status.ToString(CultureInfo.InvariantCulture)} with something that is not of Prometheus' API",
                "check --url: the address before /api/v1", inner: e);
        }
    }

    private async Task<(int Status, string Body)> SendAsync(string what, KeyValuePair<string, string>[] form, CancellationToken cancellation)
    {
        try
        {
            using var content = new FormUrlEncodedContent(form);
            using var answer = await _http.PostAsync(new Uri(_address, "api/v1/" + what), content, cancellation);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (HttpRequestException e)
        {
            throw new FairwayException(
                FairwayException.NotRunning, $"{_who ?? _address.ToString()} does not answer: {e.Message}", _mend, inner: e);
        }
    }

    private static PrometheusAnswer Read(JsonElement root, string body)
    {
        var data = root.GetProperty("data");
        var type = data.GetProperty("resultType").GetString()!;
        var result = data.GetProperty("result");
        IReadOnlyList<PrometheusSeries> series = type is "scalar" or "string"
            ? [new([], [Point(result, type == "scalar")])]
            : [.. result.EnumerateArray().Select(Series)];
        return new(type, series, Texts(root, "warnings"), Texts(root, "infos"), body);
    }

    private static PrometheusSeries Series(JsonElement series)
    {
        var labels = series.GetProperty("metric").EnumerateObject().Select(l => KeyValuePair.Create(l.Name, l.Value.GetString()!)).ToArray();
        var points = new List<PrometheusPoint>();
        if (series.TryGetProperty("value", out var value)) points.Add(Point(value, number: true));
        if (series.TryGetProperty("histogram", out var histogram)) points.Add(Histogram(histogram));
        if (series.TryGetProperty("values", out var values)) points.AddRange(values.EnumerateArray().Select(v => Point(v, number: true)));
        if (series.TryGetProperty("histograms", out var histograms)) points.AddRange(histograms.EnumerateArray().Select(Histogram));
        return new(labels, [.. points.OrderBy(p => p.Time)]);
    }

    private static PrometheusPoint Point(JsonElement pair, bool number)
    {
        var text = pair[1].GetString()!;
        return new(pair[0].GetDouble(), text, number ? Number(text) : null);
    }

    private static PrometheusPoint Histogram(JsonElement pair) =>
        new(pair[0].GetDouble(), $"count {pair[1].GetProperty("count").GetString()}, sum {pair[1].GetProperty("sum").GetString()}", null);

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static IReadOnlyList<string> Texts(JsonElement root, string name) =>
        root.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(t => t.GetString()!)] : [];

    private static string Seconds(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() / 1000m).ToString(CultureInfo.InvariantCulture);
}
