using System.Text;
using System.Text.Json;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Ledger;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Api;

/// <summary>The ledger searched, and handed to a SIEM.</summary>
internal static class AuditEndpoints
{
    private static readonly ReadOnlyMemory<byte> LineEnd = "\n"u8.ToArray();

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        var search = new AuditSearch(services.Ledger);
        routes.Map("GET", "ledger/records", Permission.View, async call =>
        {
            call.OnlyQueries("actor", "type", "stream", "since", "until", "text", "cursor", "limit", "order");
            var query = Query(call) with { Limit = (int)call.Query("limit", 100, 1, LedgerQuery.MaxLimit), Cursor = Cursor(call) };
            var page = await search.PageAsync(query, call.Query("text"), record => StreamEndpoints.MaySee(call.Caller, record), call.Aborted);
            await call.WriteAsync(new([.. page.Records.Select(StreamEndpoints.Of)], page.Next), WireJson.Default.EventPage);
        }, Reach.Somewhere);
        routes.Map("GET", "ledger/export", Permission.View, call => ExportAsync(call, services, search));
    }

    private static async Task ExportAsync(ApiRequest call, ControlPlaneServices services, AuditSearch search)
    {
        call.OnlyQueries("actor", "type", "stream", "since", "until", "text", "format");
        var format = call.Query("format") ?? "jsonl";
        if (format is not ("jsonl" or "cef")) throw ApiException.BadRequest("query-invalid", $"?format={AccessNames.Tame(format, 40)} is not a format", "known: jsonl, cef");
        var query = Query(call) with { Order = LedgerOrder.Oldest, Limit = LedgerQuery.MaxLimit };
        var version = services.Describe().Version;
        call.Http.Response.ContentType = format == "cef" ? "text/plain; charset=utf-8" : "application/x-ndjson";
        call.Http.Response.Headers.CacheControl = "no-store";
        var output = call.Http.Response.BodyWriter;
        await foreach (var record in search.AllAsync(query, call.Query("text"), record => StreamEndpoints.MaySee(call.Caller, record), call.Aborted))
        {
            await output.WriteAsync(format == "cef"
                ? Encoding.UTF8.GetBytes(CefText.Of(record, version))
                : JsonSerializer.SerializeToUtf8Bytes(StreamEndpoints.Of(record), WireJson.Default.EventInfo), call.Aborted);
            await output.WriteAsync(LineEnd, call.Aborted);
        }
    }

    private static LedgerQuery Query(ApiRequest call) => new()
    {
        Actor = call.Query("actor"),
        Types = call.Query("type") is { } types ? [.. types.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)] : [],
        StreamPrefix = call.Query("stream"),
        From = At(call, "since"),
        Until = At(call, "until"),
        Order = call.Query("order") switch
        {
            null or "newest" => LedgerOrder.Newest,
            "oldest" => LedgerOrder.Oldest,
            _ => throw ApiException.BadRequest("query-invalid", "?order= is neither newest nor oldest"),
        },
    };

    private static long? Cursor(ApiRequest call) => call.Query("cursor") is null ? null : call.Query("cursor", 0, 0, long.MaxValue);

    private static Instant? At(ApiRequest call, string name)
    {
        if (call.Query(name) is not { } text) return null;
        return OffsetDateTimePattern.ExtendedIso.Parse(text) is { Success: true } parsed ? parsed.Value.ToInstant()
            : throw ApiException.BadRequest("query-invalid", $"?{name}= is not a moment", "write it as 2026-01-31T23:59:59Z");
    }
}
