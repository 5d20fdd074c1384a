using System.Collections;
using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fairway.Client;
using Fairway.Configuration;
using Fairway.Edge.Hosting;

namespace Fairway.Serve;

/// <summary><c>fairway edge</c>: the data plane as a program, and how a control plane starts it.</summary>
public static class EdgeCommand
{
    // The edge needs no secret of anybody's environment.
    private static readonly string[] Inherited = ["PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "TZ", "XDG_RUNTIME_DIR"];

    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "Data folder of the control plane; the edge keeps its table in `edge` in it." };
        var http = new Option<string[]>("--http") { Description = "Address and port for HTTP/1.1 and HTTP/2 (h2c), such as *:8080; may be repeated." };
        var https = new Option<string[]>("--https") { Description = "Address and port for TLS; may be repeated." };
        var certificate = new Option<string?>("--certificate") { Description = "Certificate chain in PEM." };
        var key = new Option<string?>("--key") { Description = "Private key in PEM." };
        var accessLog = new Option<double>("--access-log") { Description = "Share of requests written to the access log, 0 to 1." };
        var metrics = new Option<string?>("--metrics") { Description = "Loopback address and port where /metrics is served too." };
        var command = new Command("edge", "Run the edge: the process that traffic goes through. `up` and `serve` start it by themselves.")
        {
            data, http, https, certificate, key, accessLog, metrics,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = DataFolder.Resolve(parsed.GetValue(data), Directory.GetCurrentDirectory());
            try
            {
                folder.Create();
                var options = new EdgeOptions
                {
                    DataFolder = Folder(folder),
                    AdminSocket = folder.EdgeSocket,
                    Http = EndPoints(parsed.GetValue(http) ?? []),
                    Https = EndPoints(parsed.GetValue(https) ?? []),
                    Certificate = parsed.GetValue(certificate),
                    CertificateKey = parsed.GetValue(key),
                    AccessLogRate = parsed.GetValue(accessLog),
                    Metrics = parsed.GetValue(metrics) is { } address ? EndPoints([address])[0] : null,
                };
                SocketTuning.ContinueInline();
                return await EdgeProgram.RunAsync(options, cancellation);
            }
            catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"fairway edge: {error.Message}");
                return error is FormatException ? ExitCodes.Usage : ExitCodes.Failed;
            }
        });
        return command;
    }

    /// <summary>Where the edge keeps its table.</summary>
    public static string Folder(DataFolder data) => Path.Combine(data.Path, "edge");

    /// <summary>The whole command line of an edge for a data folder.</summary>
    public static ImmutableArray<string> Line(ImmutableArray<string> program, DataFolder data, ImmutableArray<string> listening)
        => [.. program, "edge", "--data", data.Path, .. listening];

    /// <summary>The part of the command line that says where it listens.</summary>
    /// <param name="settings">As configured.</param>
    /// <param name="folder">That relative paths start from.</param>
    public static ImmutableArray<string> Listening(EdgeSettings settings, string folder)
    {
        var line = ImmutableArray.CreateBuilder<string>();
        foreach (var address in settings.Http) line.AddRange("--http", Text(address));
        foreach (var address in settings.Https) line.AddRange("--https", Text(address));
        if (settings.Certificate is { } certificate) line.AddRange("--certificate", Path.Combine(folder, certificate));
        if (settings.Key is { } key) line.AddRange("--key", Path.Combine(folder, key));
        if (settings.AccessLog > 0) line.AddRange("--access-log", settings.AccessLog.ToString(CultureInfo.InvariantCulture));
        return line.ToImmutable();
    }

    /// <summary>The environment of an edge: what programs need, nothing that a user put there for others.</summary>
    public static IReadOnlyDictionary<string, string> Environment() => System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""))
        .Where(entry => Inherited.Contains(entry.Key) || entry.Key.StartsWith("DOTNET_", StringComparison.Ordinal))
        .ToDictionary(StringComparer.Ordinal);

    private static string Text(ListenAddress address) => string.Create(CultureInfo.InvariantCulture, $"{address.Host}:{address.Port}");

    private static ImmutableArray<IPEndPoint> EndPoints(string[] addresses) => [.. addresses.SelectMany(text =>
    {
        var (host, port) = Split(text);
        return Addresses(host, text).Select(address => new IPEndPoint(address, port));
    })];

    private static (string Host, int Port) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort
            ? (colon < 0 ? "*" : text[..colon].Trim('[', ']'), port)
            : throw new FormatException($"\"{text}\" is not an address and port, such as *:8080 or 127.0.0.1:8080");
    }

    /// <summary>Where to bind for an address as configured.</summary>
    /// <exception cref="FormatException">It names a host.</exception>
    internal static IPEndPoint EndPoint(ListenAddress address) => new(Addresses(address.Host, Text(address))[0], address.Port);

    private static IPAddress[] Addresses(string host, string text) => host switch
    {
        // One socket for IPv6 takes IPv4 too, unless the machine has no IPv6.
        "*" or "" => [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any],
        "localhost" => Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback],
        _ => IPAddress.TryParse(host, out var address) ? [address] : throw new FormatException($"\"{text}\": {host} is not an address; use *, localhost or an IP address"),
    };
}
