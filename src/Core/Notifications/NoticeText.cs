using System.Globalization;
using System.Text;
using NodaTime.Text;

namespace Fairway.Notifications;

/// <summary>Notices as people read them.</summary>
public static class NoticeText
{
    private const int LongestSubject = 180;

    /// <summary>A subject, on one line.</summary>
    public static string Subject(Delivery delivery) => Line(delivery.Messages is [var alone]
        ? alone.Notice.Title
        : string.Create(CultureInfo.InvariantCulture, $"{delivery.Messages.Length} notices of {Services(delivery)}"));

    /// <summary>The whole text; lines end in LF.</summary>
    public static string Body(Delivery delivery)
    {
        var text = new StringBuilder();
        foreach (var (index, message) in delivery.Messages.Index())
        {
            if (index > 0) text.Append('\n');
            Write(text, message.Notice);
        }
        return text.ToString();
    }

    /// <summary>Text on one line: what others wrote must not begin a new one.</summary>
    public static string Line(string text)
    {
        var line = new string([.. text.Select(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter)]).Trim();
        return line.Length <= LongestSubject ? line : line[..(LongestSubject - 1)] + "…";
    }

    private static void Write(StringBuilder text, Notice notice)
    {
        text.Append(notice.Title).Append('\n');
        text.Append("  why: ").Append(Flat(notice.Why.Sentence)).Append('\n');
        text.Append("  asked for by ").Append(notice.By.Name).Append(notice.By.Reason is { } reason ? ": " + Flat(reason) : "").Append('\n');
        text.Append("  rollout ").Append(notice.Rollout).Append(", ").Append(InstantPattern.General.Format(notice.At)).Append('\n');
        if (notice.Notes.IsDefaultOrEmpty) return;
        text.Append("  new in ").Append(notice.Version).Append(":\n");
        foreach (var line in notice.Notes) text.Append("    - ").Append(Flat(line)).Append('\n');
    }

    private static string Flat(string text) => text.ReplaceLineEndings(" ");

    private static string Services(Delivery delivery)
    {
        var names = delivery.Messages.Select(message => message.Notice.Service).Distinct(StringComparer.Ordinal).ToArray();
        return names.Length <= 3 ? string.Join(", ", names) : string.Create(CultureInfo.InvariantCulture, $"{names.Length} services");
    }
}
