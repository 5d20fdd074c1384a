using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Prometheus;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway query</c>.</summary>
internal static partial class QueryVerb
{
    // As many steps as a chart has columns on a wide terminal.
    private const int UsualSteps = 120;

    public static Command Create(CliContext context)
    {
        var expression = new Argument<string>("EXPR") { Description = "PromQL, such as 'sum by (job) (rate(http_requests_total[5m]))'." };
        var range = DurationOption.Create("--range", "Evaluate over this time up to now, such as 1h, and draw it.");
        var step = DurationOption.Create("--step", "Time between two evaluations, such as 15s. By default the range in 120 steps.");
        var target = new Target(context);
        var url = new Option<Uri?>("--url")
        {
            Description = "A server that speaks the Prometheus HTTP API. By default the control plane's own metrics engine.", HelpName = "URL",
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") return address;
                result.AddError($"--url is an address such as http://127.0.0.1:9090, not '{result.Tokens[0].Value}'");
                return null;
            },
        };
        var json = new Option<bool>("--json") { Description = "Print the answer as it came, in JSON." };
        var command = new Command("query", "Ask a metrics engine or a Prometheus, and show a table or a chart.") { expression, range, step, url, target.Data, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var query = parsed.GetValue(expression)!;
            using var client = parsed.GetValue(url) is { } address ? new PrometheusClient(address) : PrometheusClient.For(DataFolder.Resolve(parsed.GetValue(target.Data), context.Folder));
            try
            {
                var answer = await AskAsync(client, query, parsed.GetValue(range), parsed.GetValue(step), context.Time, cancellation);
                foreach (var warning in answer.Warnings) context.Error.WriteLine($"warning: {warning}");
                foreach (var info in answer.Infos) context.Error.WriteLine($"info: {info}");
                if (parsed.GetValue(json)) context.Out.WriteLine(answer.Json);
                else context.Out.Write(QueryView.Of(answer, context));
                return ExitCodes.Done;
            }
            catch (FairwayException e) when (Marked(query, e.Detail) is { } lines)
            {
                throw new FairwayException(e.Code, e.Detail, e.Mend, e.Status, lines, e);
            }
        });
        return command;
    }

    private static Task<PrometheusAnswer> AskAsync(
        PrometheusClient client, string query, TimeSpan? range, TimeSpan? step, TimeProvider time, CancellationToken cancellation)
    {
        if (range is not { } length) return client.QueryAsync(query, null, cancellation);
        var to = time.GetUtcNow();
        return client.QueryRangeAsync(query, to - length, to, step ?? TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(length.TotalSeconds / UsualSteps))), cancellation);
    }

    /// <summary>The line of the query with the mistake and a mark below it; null when the message names no place.</summary>
    private static string[]? Marked(string query, string message)
    {
        var place = Place().Match(message);
        if (!place.Success) return null;
        var lines = query.Split('\n');
        var (line, column) = (int.Parse(place.Groups["line"].Value, CultureInfo.InvariantCulture), int.Parse(place.Groups["column"].Value, CultureInfo.InvariantCulture));
        if (line > lines.Length) return null;
        // Columns are bytes of UTF-8.
        var bytes = Encoding.UTF8.GetBytes(lines[line - 1]);
        var before = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Clamp(column - 1, 0, bytes.Length)));
        return [lines[line - 1], string.Concat(before.Select(c => c == '\t' ? '\t' : ' ')) + "^"];
    }

    [GeneratedRegex(@"(?<line>\d{1,6}):(?<column>\d{1,9}): parse error", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Place();
}
