using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json;
using Fairway.Cli.Load;
using Fairway.Cli.Rendering;
using Fairway.Client;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway load</c>: an open-loop load generator.</summary>
internal static class LoadVerb
{
    private const int Http2Connections = 4;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    public static Command Create(CliContext context)
    {
        var urls = new Argument<string[]>("URL") { Description = "Addresses of one origin, asked in turn.", Arity = ArgumentArity.OneOrMore };
        var rate = Numbers.Any("--rate", ["-r"], "Arrivals a second, kept whatever the server does; 0 is WebSockets only.", 0, 1_000_000, 100);
        var time = new Option<TimeSpan?>("--for") { Description = "How long, such as 30s, 5m. By default until Ctrl-C.", HelpName = "D", CustomParser = Duration };
        var connections = Numbers.Whole("--connections", "-c", "Connections kept open and used in turn.", 1, 60_000, 64);
        var http2 = new Option<bool>("--http2") { Description = "HTTP/2, over 4 connections unless said otherwise; without TLS by prior knowledge." };
        var sockets = Numbers.Whole("--websocket", "-w", "WebSockets held open besides.", 0, 60_000, 0);
        var socketPath = new Option<string?>("--websocket-path") { Description = "Path for the WebSockets. By default the first URL's.", HelpName = "PATH" };
        var method = new Option<string>("--method", "-X") { Description = "HTTP method.", DefaultValueFactory = _ => "GET", HelpName = "M" };
        var header = new Option<string[]>("--header", "-H") { Description = "Header such as 'Accept: text/html'; may be repeated.", HelpName = "H", AllowMultipleArgumentsPerToken = false };
        var body = new Option<string?>("--body", "-d") { Description = "Body, or @FILE.", HelpName = "TEXT" };
        var timeout = new Option<TimeSpan?>("--timeout") { Description = "An answer must be whole this long after its scheduled start. By default 10s.", HelpName = "D", CustomParser = Duration };
        var group = new Option<string?>("--group-by-header") { Description = "Count answers by the value of this response header.", HelpName = "NAME" };
        var insecure = new Option<bool>("--insecure", "-k") { Description = "Accept any certificate." };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var command = new Command("load",
            "Send requests at a constant rate, whether or not earlier ones were answered, and count every failure by kind. Latency is measured from the scheduled "
            + "start. Exit code 1 when a request was lost on the way: no whole answer, or an error the edge gave in a release's place.")
        {
            urls, rate, time, connections, http2, sockets, socketPath, method, header, body, timeout, group, insecure, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var plan = new LoadPlan
            {
                Urls = Origin(parsed.GetValue(urls)!),
                Rate = parsed.GetValue(rate),
                Duration = parsed.GetValue(time),
                Connections = parsed.GetValue(http2) && parsed.GetResult(connections) is null or { Implicit: true } ? Http2Connections : parsed.GetValue(connections),
                Http2 = parsed.GetValue(http2),
                WebSockets = parsed.GetValue(sockets),
                WebSocketPath = parsed.GetValue(socketPath),
                Method = parsed.GetValue(method)!.ToUpperInvariant(),
                Headers = [.. (parsed.GetValue(header) ?? []).Select(Header)],
                Body = await BodyAsync(parsed.GetValue(body), context, cancellation),
                Timeout = parsed.GetValue(timeout) ?? TimeSpan.FromSeconds(10),
                GroupByHeader = parsed.GetValue(group),
                Insecure = parsed.GetValue(insecure),
            };
            var report = await RunAsync(plan, context, !parsed.GetValue(json), cancellation);
            if (parsed.GetValue(json)) context.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Default.LoadReport));
            else context.Out.Write(LoadView.Of(report, context));
            return report.Lost > 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static async Task<LoadReport> RunAsync(LoadPlan plan, CliContext context, bool live, CancellationToken cancellation)
    {
        var generator = new LoadGenerator(plan, context.Time);
        if (!live || !context.OutIsTerminal) return await generator.RunAsync(cancellation);
        using var region = new LiveRegion(context);
        var running = generator.RunAsync(cancellation);
        while (await Task.WhenAny(running, Task.Delay(Beat, context.Time, CancellationToken.None)) != running)
            region.Show(LoadView.Line(generator.Report(), plan.Duration, context));
        region.Clear();
        return await running;
    }

    private static ImmutableArray<Uri> Origin(string[] texts)
    {
        var urls = texts.Select(Url).ToImmutableArray();
        if (urls.FirstOrDefault(u => u.GetLeftPart(UriPartial.Authority) != urls[0].GetLeftPart(UriPartial.Authority)) is { } other)
            throw Usage($"{other} has another origin than {urls[0]}", "run one load for each origin");
        return urls;
    }

    private static Uri Url(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) text = "http://" + text;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0 ? url : throw Usage($"{text} is no http or https address", "write http://host:port/path");
    }

    private static KeyValuePair<string, string> Header(string text)
    {
        var parts = text.Split(':', 2);
        return parts.Length == 2 && parts[0].Trim().Length > 0 && !text.AsSpan().ContainsAny('\r', '\n') ? new(parts[0].Trim(), parts[1].Trim()) : throw Usage($"'{text}' is no header", "write 'Name: value'");
    }

    private static async Task<ReadOnlyMemory<byte>> BodyAsync(string? given, CliContext context, CancellationToken cancellation)
    {
        if (given is null) return default;
        if (!given.StartsWith('@')) return Encoding.UTF8.GetBytes(given);
        var file = Path.GetFullPath(given[1..], context.Folder);
        try
        {
            return await File.ReadAllBytesAsync(file, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Usage($"{file} cannot be read: {e.Message}", "name a file that can be read after @");
        }
    }

    private static FairwayException Usage(string what, string how) => new("usage", what, how, 400);

    private static TimeSpan? Duration(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DurationWords.TryParse(text, out var span) && span > TimeSpan.Zero) return span;
        result.AddError($"'{text}' is no duration: write 500ms, 30s, 5m, 1h or 1m30s");
        return null;
    }
}
