using System.IO.Compression;
using System.Text;

namespace Fairway.Web;

/// <summary>
/// A piece of a live stream, made once and sent to every viewer. Streams are gzip (RFC 1952) without an end: a head, then pieces that were
/// each compressed on their own and flushed to a whole byte, so that they fit behind each other in any order.
/// </summary>
internal static class LiveSegment
{
    /// <summary>Begins every stream (RFC 1952, section 2.3: deflate, no flags, no time, unknown system).</summary>
    public static readonly ReadOnlyMemory<byte> Head = new byte[] { 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF };

    /// <summary>A comment: shows that the stream lives.</summary>
    public static readonly ReadOnlyMemory<byte> Beat = Compress(":\n\n");

    /// <summary>A fragment to put into the page: its id on the first line, its HTML on the others (WHATWG HTML, server-sent events).</summary>
    /// <param name="id">The element's id.</param>
    /// <param name="html">What it contains from now on.</param>
    public static ReadOnlyMemory<byte> Swap(string id, string html) => Compress(Event("swap", id + "\n" + html));

    /// <summary>Lines to put at an element's end.</summary>
    /// <param name="id">The element's id.</param>
    /// <param name="html">What is added.</param>
    public static ReadOnlyMemory<byte> Append(string id, string html) => Compress(Event("append", id + "\n" + html));

    /// <summary>Tells the page which program it talks to: another one than it was made by has other scripts.</summary>
    public static ReadOnlyMemory<byte> Hello(string version) => Compress(Event("hello", version));

    private static string Event(string name, string data)
    {
        var text = new StringBuilder(data.Length + 64).Append("event: ").Append(name).Append('\n');
        foreach (var line in data.AsSpan().EnumerateLines()) text.Append("data: ").Append(line).Append('\n');
        return text.Append('\n').ToString();
    }

    private static ReadOnlyMemory<byte> Compress(string text)
    {
        var output = new MemoryStream();
        // A stream that is closed would end what must go on: it is flushed, and what is behind the flush is left out.
        using var deflate = new DeflateStream(output, CompressionLevel.Fastest, leaveOpen: true);
        deflate.Write(Encoding.UTF8.GetBytes(text));
        deflate.Flush();
        return output.ToArray();
    }
}
