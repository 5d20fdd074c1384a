using System.Text;

namespace Fairway.Metrics.Ingest;

/// <summary>Strings for bytes that were seen shortly before: label names and values repeat from series to series. Of bounded size; what is
/// pushed out is made anew.
/// For one thread at a time.</summary>
internal sealed class TextPool
{
    private const int Slots = 4096;
    private const int LongestPooled = 256;

    private readonly string?[] _slots = new string?[Slots];

    /// <summary>The text of the bytes.</summary>
    /// <exception cref="FormatException">The bytes are not UTF-8.</exception>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return "";
        if (utf8.Length > LongestPooled) return Decode(utf8);
        ref var slot = ref _slots[(int)ByteHash.Of(utf8) & (Slots - 1)];
        if (slot is { } pooled && Ascii.Equals(utf8, pooled)) return pooled;
        return slot = Decode(utf8);
    }

    /// <summary>The text of the bytes, never pooled.</summary>
    /// <exception cref="FormatException">The bytes are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> utf8)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8)) throw new FormatException("text that is not UTF-8");
        return Encoding.UTF8.GetString(utf8);
    }
}
