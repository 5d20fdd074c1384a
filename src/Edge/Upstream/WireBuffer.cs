using System.Text;

namespace Fairway.Edge.Upstream;

/// <summary>Bytes on their way to the wire, put together without allocation once it has grown to its size.</summary>
internal sealed class WireBuffer
{
    private const int Kept = 16 * 1024;

    private byte[] _bytes = new byte[2048];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>How much was written.</summary>
    public int Length => _length;

    /// <summary>Starts anew.</summary>
    public void Clear() => _length = 0;

    /// <summary>Gives back what only a large body needed.</summary>
    public void Shrink()
    {
        if (_bytes.Length > Kept) _bytes = new byte[2048];
    }

    /// <summary>Room for at least this many bytes; take what was used with <see cref="Advance"/>.</summary>
    public Span<byte> Room(int size)
    {
        if (_bytes.Length - _length < size) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + size));
        return _bytes.AsSpan(_length);
    }

    /// <summary>Takes bytes written into <see cref="Room"/>.</summary>
    public void Advance(int count) => _length += count;

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Adds text, one byte a character (Latin-1, as it was read).</summary>
    public void Write(ReadOnlySpan<char> text) => _length += Encoding.Latin1.GetBytes(text, Room(text.Length));

    /// <summary>Adds a field line.</summary>
    public void WriteField(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        var room = Room(name.Length + value.Length + 4);
        var at = Encoding.Latin1.GetBytes(name, room);
        room[at++] = (byte)':';
        room[at++] = (byte)' ';
        at += Encoding.Latin1.GetBytes(value, room[at..]);
        room[at++] = (byte)'\r';
        room[at++] = (byte)'\n';
        _length += at;
    }

    /// <summary>Adds a number in decimal.</summary>
    public void WriteDecimal(long value)
    {
        value.TryFormat(Room(20), out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Adds a chunk's size line.</summary>
    public void WriteChunkSize(int size)
    {
        size.TryFormat(Room(10), out var written, "x", System.Globalization.CultureInfo.InvariantCulture);
        _length += written;
        Write("\r\n"u8);
    }
}
