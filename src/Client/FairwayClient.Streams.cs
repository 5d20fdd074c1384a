using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The streaming part: events, live views and logs.</summary>
public sealed partial class FairwayClient
{
    /// <summary>
    /// Every record of the ledger after a position, and then each new one, until cancelled or the control plane ends. Go on from the last
    /// <c>Seq</c> seen.
    /// </summary>
    /// <param name="after">Position; 0 is from the beginning.</param>
    /// <param name="cancellation">Ends the stream.</param>
    public IAsyncEnumerable<EventInfo> EventsAsync(long after, CancellationToken cancellation)
        => ServerSentAsync(Query("events", ("after", after.ToString(null, null))), WireJson.Default.EventInfo, cancellation);

    /// <summary>
    /// The live view of a service: now, and again whenever it changes (at most about five times a second), until cancelled.
    /// </summary>
    public IAsyncEnumerable<ServiceInfo> WatchAsync(string environment, string service, CancellationToken cancellation)
        => ServerSentAsync($"watch/{Escape(environment)}/{Escape(service)}", WireJson.Default.ServiceInfo, cancellation);

    /// <summary>Log lines of a service's instances, oldest first.</summary>
    /// <param name="environment">Such as <c>production</c>.</param>
    /// <param name="service">Such as <c>shop</c>.</param>
    /// <param name="instance">Only this instance; null is all.</param>
    /// <param name="tail">At most this many of the newest lines to begin with, 0 to 10,000; null is 100.</param>
    /// <param name="follow">Go on with new lines until cancelled.</param>
    /// <param name="cancellation">Ends the stream.</param>
    public IAsyncEnumerable<LogLineInfo> LogsAsync(string environment, string service, string? instance, int? tail, bool follow, CancellationToken cancellation)
        => LogsAsync(environment, service, instance, tail, follow, new(), cancellation);

    /// <summary>The same, filtered where they are read.</summary>
    public async IAsyncEnumerable<LogLineInfo> LogsAsync(
        string environment, string service, string? instance, int? tail, bool follow, LogFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var path = Query(
            $"services/{Escape(environment)}/{Escape(service)}/logs",
            ("instance", instance), ("tail", tail?.ToString(null, null)), ("follow", follow ? "true" : null), ("text", filter.Text), ("level", filter.Level),
            ("request", filter.Request), ("since", filter.Since));
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await OpenAsync(request, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (await ReadLineAsync(reader, cancellation) is { } line)
            if (JsonSerializer.Deserialize(line, WireJson.Default.LogLineInfo) is { } parsed) yield return parsed;
    }

    private async IAsyncEnumerable<T> ServerSentAsync<T>(string path, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await OpenAsync(request, cancellation);
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        await using var items = SseParser.Create(body, (_, data) => JsonSerializer.Deserialize(data, type)).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation);
        while (await NextAsync(items))
            if (items.Current.Data is { } item) yield return item;
    }

    /// <summary>A control plane that ends cuts the stream: that is an end for the reader, who knows where to go on.</summary>
    private static async Task<bool> NextAsync<T>(IAsyncEnumerator<T> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadLineAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return null;
        }
    }
}
