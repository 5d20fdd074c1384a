using System.Globalization;
using System.Text;
using Fairway.Notifications;

namespace Fairway.Adapters.Smtp;

/// <summary>
/// Writes a mail (RFC 5322, MIME). Whatever words come from outside are either base64 or refused, so that nothing in them can begin a header
/// or end the mail.
/// </summary>
internal static class MailMessage
{
    private const int Column = 76;

    // An encoded word has 75 characters, 12 of which are not its text (RFC 2047 2).
    private const int WordBytes = 45;

    /// <summary>The mail's bytes, lines ended by CR LF.</summary>
    /// <param name="delivery">What it says.</param>
    /// <param name="from">The sender's address.</param>
    /// <param name="to">The receiver's.</param>
    /// <param name="now">When it is written.</param>
    public static byte[] Write(Delivery delivery, string from, string to, DateTimeOffset now)
    {
        var text = new StringBuilder();
        Header(text, "From", $"Fairway <{Address(from)}>");
        Header(text, "To", Address(to));
        Header(text, "Subject", Encoded(NoticeText.Subject(delivery)));
        Header(text, "Date", now.ToString("ddd, dd MMM yyyy HH':'mm':'ss zz00", CultureInfo.InvariantCulture));
        // The same id whenever it is sent again: a mail program shows it once.
        Header(text, "Message-ID", $"<{delivery.Id}@{from[(from.LastIndexOf('@') + 1)..]}>");
        // All mails of a rollout are one conversation.
        Header(text, "References", $"<{PendingMessage.IdOf(delivery.Messages[0].Notice.Rollout)}@{from[(from.LastIndexOf('@') + 1)..]}>");
        // No holiday notes in answer (RFC 3834).
        Header(text, "Auto-Submitted", "auto-generated");
        Header(text, "MIME-Version", "1.0");
        Header(text, "Content-Type", "text/plain; charset=utf-8");
        Header(text, "Content-Transfer-Encoding", "base64");
        text.Append("\r\n");
        var body = Convert.ToBase64String(Encoding.UTF8.GetBytes(NoticeText.Body(delivery).ReplaceLineEndings("\r\n")));
        for (var at = 0; at < body.Length; at += Column) text.Append(body.AsSpan(at, Math.Min(Column, body.Length - at))).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static void Header(StringBuilder text, string name, string value) => text.Append(name).Append(": ").Append(value).Append("\r\n");

    private static string Address(string address)
        => address.AsSpan().ContainsAnyInRange('\0', ' ') || address.AsSpan().ContainsAny('<', '>', '\x7f') ? throw new FormatException("not a mail address") : address;

    private static string Encoded(string subject)
    {
        if (subject.All(letter => letter is >= ' ' and <= '~') && !subject.Contains("=?", StringComparison.Ordinal) && subject.Length <= Column - 10) return subject;
        var words = new List<string>();
        var part = new StringBuilder();
        var bytes = 0;
        foreach (var rune in subject.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > WordBytes) Flush();
            part.Append(rune.ToString());
            bytes += rune.Utf8SequenceLength;
        }
        Flush();
        return string.Join("\r\n ", words);

        void Flush()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(part.ToString()))}?=");
            (bytes, _) = (0, part.Clear());
        }
    }
}
