using System.Text;
using System.Text.Json;
using Fairway.Metrics.Configuration;

namespace Fairway.Metrics;

/// <summary>A configuration as YAML, for <c>/api/v1/status/config</c>: secrets are left out, as Prometheus does.</summary>
internal static class ConfigurationPrint
{
    private const string Hidden = "<secret>";

    private static readonly HashSet<string> Secrets = ["password", "credentials", "bearer_token", "secret_key", "client_secret"];

    /// <summary>The text, each line ended by a line feed.</summary>
    public static string Of(ConfigNode root)
    {
        var text = new StringBuilder();
        Write(text, root, 0, "", secret: false);
        return text.ToString();
    }

    private static void Write(StringBuilder text, ConfigNode node, int indent, string lead, bool secret)
    {
        switch (node)
        {
            case ConfigMap { Entries.Length: > 0 } map:
                foreach (var (key, value) in map.Entries)
                {
                    text.Append(lead.Length > 0 ? lead : new string(' ', indent)).Append(Scalar(key)).Append(':');
                    lead = "";
                    Value(text, value, indent, secret || Secrets.Contains(key) || key is "http_headers" or "headers");
                }

                break;
            case ConfigList { Items.Length: > 0 } list:
                foreach (var item in list.Items)
                {
                    Write(text, item, indent + 2, (lead.Length > 0 ? lead : new string(' ', indent)) + "- ", secret);
                    lead = "";
                }

                break;
            default:
                text.Append(lead).Append(Leaf(node, secret)).Append('\n');
                break;
        }
    }

    private static void Value(StringBuilder text, ConfigNode value, int indent, bool secret)
    {
        if (value is ConfigMap { Entries.Length: > 0 } or ConfigList { Items.Length: > 0 })
        {
            text.Append('\n');
            Write(text, value, indent + 2, "", secret);
        }
        else
        {
            text.Append(' ').Append(Leaf(value, secret)).Append('\n');
        }
    }

    private static string Leaf(ConfigNode node, bool secret) => node switch
    {
        ConfigMap => "{}",
        ConfigList => "[]",
        ConfigText { Text: var text } when secret && text.Length > 0 => Hidden,
        ConfigText { Text: var text } => Scalar(WithoutPassword(text)),
        _ => "",
    };

    private static string WithoutPassword(string text) =>
        text.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Contains(':', StringComparison.Ordinal)
            ? text.Replace(address.UserInfo, address.UserInfo.Split(':')[0] + ":" + Hidden, StringComparison.Ordinal)
            : text;

    // Plain where no reader can take it for something else, JSON quotes (which YAML reads) otherwise.
    private static string Scalar(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '/' or '.' or '-' or '<' or '>') && char.IsAsciiLetterOrDigit(text[0])
            ? text
            : JsonSerializer.Serialize(text, RelaxedText.Default.String);
}

/// <summary>Texts as JSON.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class RelaxedText : System.Text.Json.Serialization.JsonSerializerContext;
