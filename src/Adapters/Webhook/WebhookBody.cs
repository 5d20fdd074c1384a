using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Notifications;
using NodaTime.Text;

namespace Fairway.Adapters.Webhook;

/// <summary>What is posted.</summary>
internal static class WebhookBody
{
    private const int LongestSlackText = 3_000;

    /// <summary>The notices with all that is known of them.</summary>
    public static byte[] Of(Delivery delivery) => Write(json =>
    {
        json.WriteString("id", delivery.Id);
        json.WriteString("type", delivery.Messages is [var alone] ? "rollout." + Name(alone.Notice.Kind) : "digest");
        json.WriteString("title", NoticeText.Subject(delivery));
        json.WriteStartArray("notices");
        foreach (var message in delivery.Messages) Write(json, message);
        json.WriteEndArray();
    });

    /// <summary>A text in Slack's mrkdwn, with what would be markup in it escaped.</summary>
    public static byte[] Slack(Delivery delivery)
    {
        var text = new StringBuilder();
        foreach (var message in delivery.Messages)
        {
            var notice = message.Notice;
            if (text.Length > 0) text.Append('\n');
            text.Append('*').Append(Escape(notice.Title)).Append("*\n").Append(Escape(notice.Why.Sentence)).Append('\n');
            text.Append("asked for by ").Append(Escape(notice.By.Name)).Append(notice.By.Reason is { } reason ? ": " + Escape(reason) : "");
            foreach (var line in notice.Notes.IsDefaultOrEmpty ? [] : notice.Notes) text.Append("\n• ").Append(Escape(line));
        }
        if (text.Length > LongestSlackText) text.Length = LongestSlackText;
        return Write(json => json.WriteString("text", text.ToString()));
    }

    private static void Write(Utf8JsonWriter json, PendingMessage message)
    {
        var notice = message.Notice;
        json.WriteStartObject();
        json.WriteString("id", message.Id);
        json.WriteString("kind", Name(notice.Kind));
        json.WriteString("at", InstantPattern.ExtendedIso.Format(notice.At));
        json.WriteString("environment", notice.Environment);
        json.WriteString("service", notice.Service);
        json.WriteString("rollout", notice.Rollout);
        json.WriteString("version", notice.Version);
        json.WriteString("release", notice.Release);
        if (notice.Previous is not null) json.WriteString("previous", notice.Previous);
        json.WriteString("title", notice.Title);
        json.WriteString("by", notice.By.Name);
        if (notice.By.Reason is not null) json.WriteString("reason", notice.By.Reason);
        json.WriteStartObject("why");
        json.WriteString("code", notice.Why.Code);
        json.WriteString("sentence", notice.Why.Sentence);
        json.WriteStartObject("facts");
        foreach (var fact in notice.Why.Facts.DistinctBy(fact => fact.Name, StringComparer.Ordinal)) json.WriteString(fact.Name, fact.Value);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("notes");
        foreach (var line in notice.Notes.IsDefaultOrEmpty ? [] : notice.Notes) json.WriteStringValue(line);
        json.WriteEndArray();
        json.WriteNumber("ledger", notice.Seq);
        json.WriteEndObject();
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static string Name(NotificationKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    // Slack's own rule: these three, and nothing else.
    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
