using Fairway.Catalog;

namespace Fairway.Configuration;

/// <summary>The sections <c>ready</c> and <c>live</c>.</summary>
internal static class HealthDeclaration
{
    /// <summary>A path on an instance, with its query.</summary>
    public static ScalarShape<string> HttpPath => Scalars.Word("a path such as /healthz", "path").Where("a path such as /healthz",
        path => path.StartsWith('/') && !path.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)) ? null
            : ("is not a path", path == "tcp" ? "{ tcp: true }" : path.Contains("://", StringComparison.Ordinal)
                ? RouteDeclaration.PathOfUrl(path) : path.Contains(' ', StringComparison.Ordinal) ? null : "/" + path),
        schema => schema["pattern"] = @"^/|\$\{");

    /// <summary>The declaration; a path alone stands for <c>http</c>.</summary>
    public static Shape<HealthCheck> Declare() => new ShorthandShape<HealthCheck>(Full, "http", HttpPath);

    private static RecordShape<HealthCheck> Full => new RecordShape<HealthCheck>("Health check",
        "How an instance is asked whether it is well: by `http`, `tcp` or `command`. Its state changes only after so many equal "
            + "answers in a row.", new())
        .Optional("http", HttpPath, "A GET of this path, with its query, must answer 200 to 299.", null,
            (check, value) => check with { Kind = HealthCheckKind.Http, Path = value })
            .Like("/healthz").Not("path", "url", "httpGet")
        .Optional("tcp", Scalars.Switch, "The instance's port must accept a connection.", "true unless `http` or `command` is given",
            (check, value) => value ? check with { Kind = HealthCheckKind.Tcp } : check).Like("true").Not("tcpSocket", "port")
        .Optional("command", Scalars.Command, "This command, run in the artifact with the instance's environment, must exit 0.", null,
            (check, value) => check with { Kind = HealthCheckKind.Command, Command = value }).Like("./check --port $PORT")
                .Not("exec", "run", "test", "cmd")
        .Field("interval", Scalars.Time(zero: false), "Between two checks.", check => check.Interval,
            (check, value) => check with { Interval = value }).Not("period", "periodSeconds", "every")
        .Field("timeout", Scalars.Time(zero: false), "A check without an answer for this long has failed.", check => check.Timeout,
            (check, value) => check with { Timeout = value }).Not("timeoutSeconds")
        .Field("healthyAfter", Scalars.Whole(1, 100), "Good answers in a row until it is well.", check => check.HealthyAfter,
            (check, value) => check with { HealthyAfter = value })
            .Not("successThreshold", "rise")
        .Field("unhealthyAfter", Scalars.Whole(1, 100), "Bad answers in a row until it is not.", check => check.UnhealthyAfter,
            (check, value) => check with { UnhealthyAfter = value })
            .Not("failureThreshold", "retries", "fall")
        .OneOf("http", "tcp", "command");
}
