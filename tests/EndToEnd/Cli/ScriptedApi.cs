using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary>An API whose every answer the test decides: what a verb asks is what a test sees.</summary>
internal sealed class ScriptedApi : HttpMessageHandler
{
    private readonly Dictionary<string, Func<HttpRequestMessage, string, HttpResponseMessage>> _answers = new(StringComparer.Ordinal);

    /// <summary>What was asked, in order: <c>POST rollouts {json}</c>.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Whether anybody answers at all.</summary>
    public bool Running { get; set; } = true;

    public ScriptedApi On<T>(string what, T answer, JsonTypeInfo<T> type) => On(what, (_, _) => Json(JsonSerializer.Serialize(answer, type)));

    public ScriptedApi Refuse(string what, int status, string code, string detail, string? mend = null) => On(what, (_, _) =>
        Json(JsonSerializer.Serialize(new(code, status, code, detail, mend, Refused: status == 409), WireJson.Default.ProblemInfo), (HttpStatusCode)status));

    public ScriptedApi On(string what, Func<HttpRequestMessage, string, HttpResponseMessage> answer)
    {
        _answers[what] = answer;
        return this;
    }

    /// <summary>Server-sent events: what is written to the channel, until it is completed.</summary>
    public ScriptedApi Stream(string what, Func<ChannelReader<ServiceInfo>> source) => On(what, (_, _) =>
    {
        var pipe = new Pipe();
        _ = WriteAsync(source(), pipe.Writer);
        return new(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };
    });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!Running) throw new HttpRequestException(HttpRequestError.ConnectionError, "nobody there");
        var path = request.RequestUri!.PathAndQuery["/api/".Length..];
        var json = request.Content?.Headers.ContentType?.MediaType == "application/json" ? await request.Content.ReadAsStringAsync(cancellationToken) : "";
        Asked.Add($"{request.Method} {path} {json}".TrimEnd());
        if (request.Content is not null && json.Length == 0) await request.Content.CopyToAsync(Uploaded, cancellationToken);
        var key = $"{request.Method} {path.Split('?')[0]}";
        if (_answers.TryGetValue(key, out var answer)) return answer(request, json);
        return Json("""{"title":"x","status":404,"code":"not-found","detail":"the test has no answer to KEY"}""".Replace("KEY", key, StringComparison.Ordinal), HttpStatusCode.NotFound);
    }

    /// <summary>Everything uploaded.</summary>
    public MemoryStream Uploaded { get; } = new();

    private static HttpResponseMessage Json(string json, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private static async Task WriteAsync(ChannelReader<ServiceInfo> views, PipeWriter writer)
    {
        await foreach (var view in views.ReadAllAsync())
            await writer.WriteAsync(Encoding.UTF8.GetBytes($"data: {JsonSerializer.Serialize(view, WireJson.Default.ServiceInfo)}\n\n"));
        await writer.CompleteAsync();
    }
}
