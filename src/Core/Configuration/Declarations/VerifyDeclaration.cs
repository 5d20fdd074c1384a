using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>The items of <c>rollout.verify</c>.</summary>
internal static class VerifyDeclaration
{
    private const int MostBody = 16 * 1024;
    private const int MostText = 1_000;
    private const int MostHeaders = 20;

    /// <summary>Fields that only a request has.</summary>
    private static readonly ImmutableArray<string> OfRequests = ["method", "host", "headers", "body", "status", "contains", "matches", "within", "redirects"];

    private static readonly ImmutableArray<string> Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    /// <summary>Headers that HTTP itself needs, and that a check cannot choose.</summary>
    private static readonly ImmutableArray<string> Taken = ["connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

    private sealed record Parts
    {
        public string Name { get; init; } = "";

        public CheckAt? At { get; init; }

        public string? Path { get; init; }

        public ImmutableArray<string> Run { get; init; } = [];

        public Duration? Timeout { get; init; }

        public int? Attempts { get; init; }

        public Duration Pause { get; init; } = new CheckSpec { Name = "" }.Pause;

        public HttpCheck Http { get; init; } = new() { Path = "/" };
    }

    /// <summary>The declaration.</summary>
    public static Shape<ImmutableArray<CheckSpec>> Declare()
    {
        var check = new RecordShape<Parts>("Check",
            "One thing that must be so of a new release before users reach it, and again when all of them do: a request and what its answer must be, or a command. See "
                + "[verification](verification.md).", new())
            .Required("name", Name, "What it is called in `fairway status` and in reasons; once in a service.", (check, value) => check with { Name = value }).Like("checkout").Not("id", "title")
            .Optional("path", HealthDeclaration.HttpPath, "A request for this path, with its query.", null, (check, value) => check with { Path = value }).Like("/checkout").Not("url", "http", "get")
            .Optional("run", Scalars.Command, "A command, run in the release's artifact as `smoke` is: it must exit 0.", null, (check, value) => check with { Run = value })
                .Like("./verify-orders.sh").Not("command", "cmd", "exec", "script")
            .Optional("at", Scalars.OneOf(("both", CheckAt.Both), ("preview", CheckAt.Preview), ("live", CheckAt.Live)),
                "`preview` is at 0 %, at the release's own instances; `live` is at 100 %, through the edge as users come.", "`both` for a request, `preview` for a command",
                (check, value) => check with { At = value }).Not("when", "phase", "stage", "moment")
            .Field("method", Method, "The request's method.", check => check.Http.Method, (check, value) => check with { Http = check.Http with { Method = value } }).Not("verb")
            .Optional("host", Host, "The host that the request names.", "that of the service's route for the path", (check, value) => check with { Http = check.Http with { Host = value } })
                .Like("shop.example.com").Not("hostname", "domain")
            .Optional("headers", new MapShape<string>("values by header name", NameRules.Headers, Scalars.Text("a single value")),
                "Headers of the request. `$NAME` in a value is one of the service's `env` and `secrets`.", "those that the route asks for",
                (check, value) => check with { Http = check.Http with { Headers = ByName(value) } }).Not("header")
            .Optional("body", Text("a body of at most 16 KiB", MostBody), "The request's body; `$NAME` as in headers.", "none", (check, value) => check with { Http = check.Http with { Body = value } })
                .Not("data", "payload", "json")
            .Field("status", new ListShape<StatusRange>(Status, orOne: true), "The answer's status code: one of these codes or ranges.", check => check.Http.Status,
                (check, value) => check with { Http = check.Http with { Status = value } }).Like("200", "2xx", "200-299").Not("code", "expect", "statusCode", "codes")
            .Optional("contains", Text("a text of at most 1000 characters", MostText), "The answer's body must hold this text.", "anything", (check, value) => check with { Http = check.Http with { Contains = value } })
                .Like("Total").Not("text", "includes", "bodyContains")
            .Optional("matches", Expression, "The answer's body must match this expression of RE2 somewhere.", "anything", (check, value) => check with { Http = check.Http with { Matches = value } })
                .Like(@"Total: [0-9]+").Not("regex", "pattern", "regexp")
            .Optional("within", Scalars.Time(zero: false), "The whole answer must be there by then.", "`timeout`", (check, value) => check with { Http = check.Http with { Within = value } })
                .Like("500ms").Not("latency", "maxLatency", "maxDuration")
            .Field("redirects", Scalars.Switch, "Whether up to five redirects to the same host are followed. Otherwise a redirect is the answer.", check => check.Http.Redirects,
                (check, value) => check with { Http = check.Http with { Redirects = value } }).Not("follow", "followRedirects")
            .Optional("timeout", Scalars.Time(zero: false).Where("a duration from 1ms to 1h", value => value <= CheckSpec.LongestTimeout ? null : ("is longer than 1h", null)),
                "An attempt has failed after this long.", $"`{DurationText.Format(CheckSpec.RequestTimeout)}` for a request, `{DurationText.Format(CheckSpec.CommandTimeout)}` for a command",
                (check, value) => check with { Timeout = value }).Like("30s").Not("deadline")
            .Optional("attempts", Scalars.Whole(1, CheckSpec.MostAttempts), "How often it is tried: the first that passes counts.", $"{CheckSpec.RequestAttempts} for a request, 1 for a command",
                (check, value) => check with { Attempts = value }).Not("retries", "tries", "failureThreshold")
            .Field("pause", Scalars.Time(), "Between two attempts.", check => check.Pause, (check, value) => check with { Pause = value }).Not("interval", "backoff", "delay")
            .OneOf("path", "run")
            .Inspect(Inspect)
            .Check(Sound);
        return new ListShape<Parts>(check) { Check = Together }.To(
            all => all.Select(ToSpec).ToImmutableArray(), all => [.. all.Select(one => new Parts { Name = one.Name })]);
    }

    /// <summary>A request can go through the edge only where a route leads.</summary>
    public static void InspectRoutes(MappingNode service, Binder binder)
    {
        if (service.Find("routes")?.Value is not SequenceNode { Items.IsEmpty: true } || (service.Find("rollout")?.Value as MappingNode)?.Find("verify")?.Value is not SequenceNode checks) return;
        foreach (var check in checks.Items.OfType<MappingNode>())
            if (check.Find("path") is not null && check.Find("at")?.Value is ScalarNode { Value: "live" or "both" } at)
                binder.Diagnostics.Error(DiagnosticCodes.CheckUnfit, at.At, "no request reaches a service without routes, so there is nothing to ask live", "at: preview, or routes");
    }

    private static CheckSpec ToSpec(Parts parts)
    {
        var asks = parts.Path is not null;
        return new()
        {
            Name = parts.Name, At = parts.At ?? (asks ? CheckAt.Both : CheckAt.Preview), Http = parts.Path is { } path ? parts.Http with { Path = path } : null, Command = parts.Run,
            Timeout = parts.Timeout ?? (asks ? CheckSpec.RequestTimeout : CheckSpec.CommandTimeout), Attempts = parts.Attempts ?? (asks ? CheckSpec.RequestAttempts : 1), Pause = parts.Pause,
        };
    }

    private static void Inspect(MappingNode check, Binder binder)
    {
        if (check.Find("path") is null && check.Find("run") is null && check.Find("url") is null && check.Find("command") is null)
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, binder.Owner ?? check.At, $"{binder.Name} checks nothing", "path or run");
        if (check.Find("run") is not null && check.Find("path") is null)
            foreach (var entry in check.Entries)
                if (OfRequests.Contains(entry.Name, StringComparer.Ordinal)) Unfit(binder, entry.Key.At, $"{entry.Name} is of a request, and this is a command", "path in place of run, or no " + entry.Name);
        foreach (var entry in (check.Find("headers")?.Value as MappingNode)?.Entries ?? []) InspectHeader(entry, binder);
    }

    private static void InspectHeader(MappingEntry entry, Binder binder)
    {
        var name = entry.Name.ToLowerInvariant();
        if (Taken.Contains(name, StringComparer.Ordinal))
            Unfit(binder, entry.Key.At, $"{entry.Name} is not for a check to choose", name == "host" ? "host: beside headers" : "another header");
        if (entry.Value is not ScalarNode value) return;
        var isNamed = name is "authorization" or "proxy-authorization" || SecretNames.Matches(entry.Name);
        var isReference = value.Value.Contains('$', StringComparison.Ordinal) && !value.Interpolated;
        if (!(isNamed && !isReference && value.Value.Length > 0) && !SecretNames.IsSecretValue(value.Value)) return;
        binder.Diagnostics.Add(new()
        {
            Code = DiagnosticCodes.SecretInPlainSight, Severity = DiagnosticSeverity.Error, At = entry.Key.At,
            What = $"header {entry.Name} looks like a secret, and what is written here is not kept secret", Expected = "$NAME, and NAME under the service's secrets",
            Hidden = value.Interpolated ? null : value.At,
        });
    }

    private static void Sound(Parts parts, MappingNode check, Binder binder)
    {
        if (parts.Path is null) return;
        var (http, timeout) = (parts.Http, parts.Timeout ?? CheckSpec.RequestTimeout);
        if (http.Body is not null && http.Method is "GET" or "HEAD") Unfit(binder, check.Find("body")!.Key.At, $"{http.Method} sends no body", "method: POST, or no body");
        if (http.Method == "HEAD" && (check.Find("contains") ?? check.Find("matches")) is { } asked) Unfit(binder, asked.Key.At, "the answer to HEAD has no body", "method: GET");
        if (http.Within > timeout)
            Unfit(binder, check.Find("within")!.Key.At, $"within {DurationText.Format(http.Within.Value)} is longer than the timeout of {DurationText.Format(timeout)}", "at most timeout");
        if (http.Headers.Count > MostHeaders) Unfit(binder, check.Find("headers")!.Key.At, $"there are {http.Headers.Count} headers", $"at most {MostHeaders}");
    }

    private static void Together(ImmutableArray<Parts> all, SequenceNode node, Binder binder)
    {
        if (all.Length > CheckSpec.Most) Unfit(binder, node.At, $"there are {all.Length} checks", $"at most {CheckSpec.Most}");
        for (var i = 0; i < all.Length; i++)
            for (var before = 0; before < i; before++)
                if (all[before].Name == all[i].Name && all[i].Name.Length > 0)
                {
                    Unfit(binder, NameAt(node.Items[i]), $"a check is called {all[i].Name} already", "another name", new RelatedPlace(NameAt(node.Items[before]), "the other one"));
                    break;
                }
    }

    private static SourcePosition NameAt(ConfigurationNode check) => check is MappingNode mapping && mapping.Find("name") is { } name ? name.Value.At : check.At;

    private static void Unfit(Binder binder, SourcePosition at, string what, string expected, params ImmutableArray<RelatedPlace> related)
        => binder.Diagnostics.Error(DiagnosticCodes.CheckUnfit, at, what, expected, null, related);

    // Names of headers are the same in any case.
    private static ImmutableSortedDictionary<string, string> ByName(ImmutableArray<KeyValuePair<string, string>> headers)
    {
        var byName = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in headers) byName[name.ToLowerInvariant()] = value;
        return byName.ToImmutable();
    }

    private static ScalarShape<string> Name => Scalars.Word("a name such as checkout", "name").Where($"a name of {NameRules.Services.Expected}",
        name => NameRules.Services.Fits(name) ? null : ("is no name", NameRules.Services.Suggest(name)), schema => schema["pattern"] = NameRules.Services.Pattern + @"|\$\{");

    private static ScalarShape<string> Method => new(string.Join(", ", Methods.Select(static word => $"`{word}`")), string.Join(", ", Methods[..^1]) + " or " + Methods[^1],
        text => Methods.Contains(text, StringComparer.Ordinal) ? Parsed.Value(text) : Parsed.Wrong<string>(DiagnosticCodes.UnknownWord, null, Methods.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase))),
        value => value, () => new() { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. Methods.Select(static word => (JsonNode)word)]) },
            new JsonObject { ["type"] = "string", ["pattern"] = @"\$\{" }) });

    private static ScalarShape<string> Host => Scalars.Word("a host such as shop.example.com", "host").Where("a host such as shop.example.com, without a port",
        host => Uri.CheckHostName(host) == UriHostNameType.Dns ? null : ("is no host", null));

    private static ScalarShape<string> Text(string expected, int most) => Scalars.Word(expected).Where(expected,
        text => text.Length <= most ? null : ($"has {text.Length} characters", null));

    private static ScalarShape<string> Expression => Scalars.Word("an expression of RE2", "RE2 expression").Where("an expression of RE2",
        text => BodyPattern.Problem(text) is { } problem ? (problem, null) : null);

    private static ScalarShape<StatusRange> Status => new("status, `2xx` or range", "a status code such as 200, 2xx or 200-299", ParseStatus, value => value.ToString(),
        () => new() { ["type"] = new JsonArray("integer", "string"), ["minimum"] = 100, ["maximum"] = 599, ["pattern"] = @"^([1-5]xx|[1-5][0-9]{2}(-[1-5][0-9]{2})?)$|\$\{" });

    private static Parsed<StatusRange> ParseStatus(string text)
    {
        if (text.Length == 3 && text[0] is >= '1' and <= '5' && text[1..].Equals("xx", StringComparison.OrdinalIgnoreCase))
            return text.EndsWith("xx", StringComparison.Ordinal) ? Parsed.Value(new StatusRange((text[0] - '0') * 100, ((text[0] - '0') * 100) + 99)) : Parsed.Malformed<StatusRange>(text.ToLowerInvariant());
        var parts = text.Split('-');
        if (parts.Length > 2 || !parts.All(static part => part.Length == 3 && part.All(char.IsAsciiDigit))) return Parsed.Malformed<StatusRange>();
        var codes = parts.Select(static part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        if (codes.Any(static code => code is < 100 or > 599)) return Parsed.OutOfRange<StatusRange>("is no status code");
        return codes[0] <= codes[^1] ? Parsed.Value(new StatusRange(codes[0], codes[^1])) : Parsed.OutOfRange<StatusRange>("goes backwards", $"{codes[1]}-{codes[0]}");
    }
}
