using System.Globalization;
using System.Text.Json;

namespace Shop;

/// <summary>How this copy of the shop behaves. A release's own <c>shop.json</c> first, then <c>SHOP_*</c> variables, then flags.</summary>
internal sealed record Settings
{
    /// <summary>Shown in the page and sent as <c>Shop-Version</c>.</summary>
    public string Version { get; init; } = "dev";

    /// <summary>Share of requests answered with 500, 0 to 1.</summary>
    public double ErrorRate { get; init; }

    /// <summary>Share of product lists that are empty, though answered with 200; 0 to 1.</summary>
    public double EmptyRate { get; init; }

    /// <summary>Added to every answer.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Waited before the port is opened.</summary>
    public TimeSpan StartDelay { get; init; }

    /// <summary>Exits with code 70 after this long.</summary>
    public TimeSpan? CrashAfter { get; init; }

    /// <summary><c>/healthz</c> never answers 200.</summary>
    public bool NeverReady { get; init; }

    /// <summary>TCP port to listen on.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Longest time that requests may take to finish when asked to stop.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);

    public const string Usage = """
        Usage: shop [options]        (or the same in shop.json: "errorRate", or as SHOP_ERROR_RATE)

          --version V         what it calls itself                           default dev
          --error-rate R      share of requests answered with 500, 0 to 1    default 0
          --empty-rate R      share of product lists that are empty, 0 to 1  default 0
          --latency MS        milliseconds added to every answer             default 0
          --start-delay S     seconds before the port is opened              default 0
          --crash-after S     seconds until it exits with code 70            default never
          --never-ready       /healthz never says yes
          --stop-grace S      seconds requests may take to finish            default 20

        Listens on $PORT (default 8080). TERM stops it gracefully.
        """;

    /// <summary>Reads all three sources.</summary>
    /// <exception cref="FormatException">A value that cannot be used; the message says which and why.</exception>
    public static Settings Read(string[] args, string folder, Func<string, string?> variable)
    {
        var settings = new Settings();
        var file = Path.Combine(folder, "shop.json");
        if (File.Exists(file))
        {
            try
            {
                using var json = JsonDocument.Parse(File.ReadAllBytes(file));
                foreach (var property in json.RootElement.EnumerateObject())
                    settings = settings.With(Dashed(property.Name), property.Value.ToString(), $"{file}: \"{property.Name}\"");
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new FormatException($"{file}: not a JSON object: {e.Message}", e);
            }
        }

        foreach (var name in Names)
        {
            var key = "SHOP_" + name.Replace('-', '_').ToUpperInvariant();
            if (variable(key) is { Length: > 0 } value) settings = settings.With(name, value, key);
        }

        for (var i = 0; i < args.Length; i++)
        {
            var (flag, inline) = args[i].Split('=', 2) is [var f, var v] ? (f, v) : (args[i], null);
            if (!flag.StartsWith("--", StringComparison.Ordinal)) throw new FormatException($"{flag}: flags begin with --");
            var name = flag[2..];
            var value = inline ?? (name == "never-ready" ? "true" : ++i < args.Length ? args[i] : throw new FormatException($"{flag}: needs a value"));
            settings = settings.With(name, value, flag);
        }

        return variable("PORT") is { Length: > 0 } port ? settings with { Port = (int)Number(port, "PORT", 0, 65535) } : settings;
    }

    private static readonly string[] Names = ["version", "error-rate", "empty-rate", "latency", "start-delay", "crash-after", "never-ready", "stop-grace"];

    private Settings With(string name, string value, string where) => name switch
    {
        "version" => this with { Version = value },
        "error-rate" => this with { ErrorRate = Number(value, where, 0, 1) },
        "empty-rate" => this with { EmptyRate = Number(value, where, 0, 1) },
        "latency" => this with { Latency = TimeSpan.FromMilliseconds(Number(value, where, 0, 600_000)) },
        "start-delay" => this with { StartDelay = TimeSpan.FromSeconds(Number(value, where, 0, 3600)) },
        "crash-after" => this with { CrashAfter = TimeSpan.FromSeconds(Number(value, where, 0, 86_400)) },
        "stop-grace" => this with { StopGrace = TimeSpan.FromSeconds(Number(value, where, 0, 3600)) },
        "never-ready" => this with
        {
            NeverReady = bool.TryParse(value, out var yes) ? yes : throw new FormatException($"{where}: true or false, not '{value}'"),
        },
        _ => throw new FormatException($"{where}: no such setting; there are {string.Join(", ", Names)}"),
    };

    private static double Number(string text, string where, double least, double most) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{where}: a number from {least} to {most}, not '{text}'");

    private static string Dashed(string camelCase) => string.Concat(camelCase.Select(c => char.IsUpper(c) ? "-" + char.ToLowerInvariant(c) : c.ToString()));
}
