using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.RunFiles;

/// <summary>Writes a log, a line at a time, through one buffer of 64 KiB.</summary>
internal sealed class RunLogWriter : IRunLogWriter
{
    private readonly FileStream _file;
    private readonly TimeProvider _time;
    private readonly long _limit;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _line = new byte[RunLogs.LongestLine];
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;
    private int _length;
    private long _written;
    private long _dropped;
    private string? _digest;
    private byte[] _head = [];
    private (long Millisecond, int Step) _headOf = (-1, 0);

    public RunLogWriter(string path, TimeProvider time, long limit)
    {
        (_time, _limit) = (time, limit);
        _file = new(path, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    /// <inheritdoc/>
    public void Write(int step, ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            var end = piece.IndexOf((byte)'\n');
            var part = end < 0 ? piece : piece[..end];
            if (_length == 0 && end >= 0 && end <= _line.Length)
            {
                Line(step, part, split: false);
                piece = piece[(end + 1)..];
                continue;
            }
            while (part.Length > _line.Length - _length)
            {
                var fits = _line.Length - _length;
                part[..fits].CopyTo(_line.AsSpan(_length));
                _length += fits;
                part = part[fits..];
                HeldLine(step, split: true);
            }
            part.CopyTo(_line.AsSpan(_length));
            _length += part.Length;
            if (end < 0) return;
            HeldLine(step, split: false);
            piece = piece[(end + 1)..];
        }
    }

    /// <inheritdoc/>
    public void EndLine(int step)
    {
        if (_length > 0) HeldLine(step, split: false);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_filled == 0) return;
        _hash.AppendData(_buffer, 0, _filled);
        _file.Write(_buffer, 0, _filled);
        _filled = 0;
    }

    /// <inheritdoc/>
    public string Finish()
    {
        if (_digest is not null) return _digest;
        if (_dropped > 0)
        {
            Put(Head(0));
            Put(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_dropped} bytes more were written; the log's limit is {_limit}\n")));
        }
        Flush();
        _file.Dispose();
        return _digest = "sha256:" + Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Finish();
        _hash.Dispose();
    }

    private void HeldLine(int step, bool split)
    {
        var rest = Line(step, _line.AsSpan(0, _length), split);
        _line.AsSpan(_length - rest, rest).CopyTo(_line);
        _length = rest;
    }

    // How many bytes at its end are left to the next line: a character that the split went through stays whole.
    private int Line(int step, ReadOnlySpan<byte> text, bool split)
    {
        var rest = split ? Broken(text) : 0;
        text = text[..^rest];
        if (!split && text.EndsWith("\r"u8)) text = text[..^1];
        if (_written + text.Length > _limit) _dropped += text.Length + 1;
        else
        {
            Put(Head(step));
            Put(Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text)));
            Put("\n"u8);
        }
        return rest;
    }

    // The same for all lines of a millisecond, of which there may be thousands.
    private byte[] Head(int step)
    {
        var now = _time.GetUtcNow();
        var head = (now.UtcTicks / TimeSpan.TicksPerMillisecond, step);
        if (head != _headOf) (_headOf, _head) = (head, Encoding.ASCII.GetBytes(RunLogs.Head(Instant.FromDateTimeOffset(now), step)));
        return _head;
    }

    // Bytes at the end that begin a character and do not end it.
    private static int Broken(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= 3 && back <= text.Length; back++)
        {
            var letter = text[^back];
            if ((letter & 0xC0) == 0x80) continue;
            var whole = letter >= 0xF0 ? 4 : letter >= 0xE0 ? 3 : letter >= 0xC0 ? 2 : 1;
            return whole > back ? back : 0;
        }
        return 0;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _written += bytes.Length;
        if (bytes.Length > _buffer.Length - _filled) Flush();
        bytes.CopyTo(_buffer.AsSpan(_filled));
        _filled += bytes.Length;
    }
}
