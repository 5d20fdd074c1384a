using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>The section <c>edge</c>.</summary>
internal static class EdgeDeclaration
{
    private static ScalarShape<double> AccessLog => new("`off`, `on` or percentage", "off, on or a percentage such as 1%",
        text => text.ToLowerInvariant() switch
        {
            "off" or "no" or "false" or "none" => Parsed.Value(0.0),
            "on" or "yes" or "true" or "all" => Parsed.Value(1.0),
            _ => PercentText.Parse(text) is { IsValid: true } percent ? Parsed.Value((double)(percent.Value / 100))
                : Parsed.Malformed<double>(NearestName.Of(text, ["off", "on"]) ?? PercentText.Parse(text).Suggestion),
        },
        value => value == 0 ? "off" : value == 1 ? "on" : PercentText.Format((decimal)value * 100),
        () => new() { ["type"] = new JsonArray("string", "boolean"), ["pattern"] = @"^(off|on|[0-9]+(\.[0-9]+)?%)$|\$\{" });

    /// <summary>The declaration.</summary>
    public static RecordShape<EdgeSettings> Declare()
    {
        var listeners = new ListShape<ListenAddress>(Scalars.Listen, orOne: true);
        return new RecordShape<EdgeSettings>("Edge", "Where and how the edge listens for requests.", new()) { Open = true }
            .Field("http", listeners,
                "Port, `host:port`, or a list of them, for HTTP/1.1 and HTTP/2 without TLS. A port alone listens on every address.",
                edge => edge.Http,
                (edge, value) => edge with { Http = value }).Like("8080", "127.0.0.1:8080").Not("port", "listen", "ports")
            .Optional("https", listeners, "The same for TLS. Needs `certificate` and `key`.", "none",
                (edge, value) => edge with { Https = value }).Like("8443").Not("tls", "ssl")
            .Optional("certificate", Scalars.Path("the path of a PEM file"), "Certificate chain, a PEM file relative to this one.", null,
                (edge, value) => edge with { Certificate = value }).Like("certs/shop.pem").Not("cert", "tlsCert")
            .Optional("key", Scalars.Path("the path of a PEM file"), "The certificate's private key, a PEM file relative to this one.",
                null,
                (edge, value) => edge with { Key = value }).Like("certs/shop.key").Not("tlsKey", "privateKey")
            .Field("accessLog", AccessLog, "Which requests are logged, as JSON lines: `off`, `on`, or a sample such as `1%`.",
                edge => edge.AccessLog,
                (edge, value) => edge with { AccessLog = value }).Like("off", "on", "1%").Not("logs", "log")
            .Inspect(InspectCertificate)
            .Check(CheckPorts);
    }

    private static void InspectCertificate(MappingNode node, Binder binder)
    {
        MappingEntry? Given(string name) => node.Find(name) is { Value.IsNull: false } entry ? entry : null;

        var (https, certificate, key) = (Given("https"), Given("certificate"), Given("key"));
        if (https is not null && (certificate is null || key is null))
        {
            var has = certificate is null && key is null ? "neither certificate nor key" : certificate is null ? "a key but no certificate"
                : "a certificate but no key";
            binder.Diagnostics.Error(DiagnosticCodes.Certificate, https.Key.At, $"https has {has}", "both certificate and key");
        }
        else if (https is null && (certificate ?? key) is { } unused)
            binder.Diagnostics.Warning(DiagnosticCodes.Certificate, unused.Key.At, $"{unused.Name} without https is not used",
                "https: 8443 or the like beside it");
    }

    private static void CheckPorts(EdgeSettings edge, MappingNode node, Binder binder)
    {
        var all = edge.Http.Concat(edge.Https).ToArray();
        for (var i = 0; i < all.Length; i++)
        {
            var first = Array.FindIndex(all, 0, i, other => other.Port == all[i].Port && (other.Host == all[i].Host || other.Host == "*"
                || all[i].Host == "*"));
            if (first < 0) continue;
            var related = ListenerAt(node, edge, first) is { } other ? [new RelatedPlace(other, "the first use")]
                : ImmutableArray<RelatedPlace>.Empty;
            binder.Diagnostics.Error(DiagnosticCodes.PortTwice, ListenerAt(node, edge, i) ?? node.At, $"port {all[i].Port} is used twice",
                "a port of its own for each listener", null, related);
        }
    }

    /// <summary>Where a listener is written; null when it is the default.</summary>
    private static SourcePosition? ListenerAt(MappingNode node, EdgeSettings edge, int index)
        => node.Find(index < edge.Http.Length ? "http" : "https")?.Value switch
        {
            SequenceNode list => list.Items[index < edge.Http.Length ? index : index - edge.Http.Length].At,
            { IsNull: false } value => value.At,
            _ => null,
        };
}
