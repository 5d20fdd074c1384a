using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Fairway.Ports;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Adapters.Processes;

/// <summary>The form of log files: a line each, <c>2026-01-31T23:59:59.123Z stdout text</c>.</summary>
internal static class LogLines
{
    /// <summary>Longer lines are split, in bytes.</summary>
    public const int Longest = 16 * 1024;

    private static readonly InstantPattern Time = InstantPattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss'.'fff'Z'");

    /// <summary>What comes before the text.</summary>
    public static byte[] Head(Instant at, string stream) => Encoding.ASCII.GetBytes($"{Time.Format(at)} {stream} ");

    /// <summary>
    /// Copies whole lines (and pieces of lines that are too long) into a buffer as log lines. Returns how many raw bytes that were; the rest is the
    /// beginning of a line that is not yet there.
    /// </summary>
    /// <param name="raw">What the program wrote.</param>
    /// <param name="head">See <see cref="Head"/>.</param>
    /// <param name="last">Nothing more will come: a line without an end is one, too.</param>
    /// <param name="into">Receives the lines.</param>
    public static int Copy(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> head, bool last, IBufferWriter<byte> into)
    {
        var done = 0;
        while (done < raw.Length)
        {
            var rest = raw[done..];
            var end = rest[..Math.Min(rest.Length, Longest + 1)].IndexOf((byte)'\n');
            if (end < 0 && rest.Length <= Longest && !last) break;
            var length = end >= 0 ? end : rest.Length <= Longest ? rest.Length : CharacterBoundary(rest, Longest);
            into.Write(head);
            WriteText(rest[..length], ended: end >= 0, into);
            done += length + (end >= 0 ? 1 : 0);
        }

        return done;
    }

    /// <summary>A line back from its file; one that is damaged keeps its text and gets the time given.</summary>
    public static LogLine Parse(ReadOnlySpan<byte> line, string instance, Instant otherwise)
    {
        var text = Encoding.UTF8.GetString(line);
        var parts = text.Split(' ', 3);
        return parts.Length == 3 && parts[1] is "stdout" or "stderr" && Time.Parse(parts[0]) is { Success: true } at
            ? new(at.Value, instance, parts[1], parts[2])
            : new(otherwise, instance, "stdout", text);
    }

    private static void WriteText(ReadOnlySpan<byte> text, bool ended, IBufferWriter<byte> into)
    {
        if (ended && text.EndsWith("\r"u8)) text = text[..^1];
        into.Write(Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text)));
        into.Write("\n"u8);
    }

    private static int CharacterBoundary(ReadOnlySpan<byte> text, int at)
    {
        // A UTF-8 continuation byte is 10xxxxxx; a character has at most three.
        for (var back = 0; back < 4; back++)
            if ((text[at - back] & 0xC0) != 0x80) return at - back;
        return at;
    }
}
