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
            while (part.Length > _line.Length - _length)
            {
                var fits = _line.Length - _length;
                part[..fits].CopyTo(_line.AsSpan(_length));
                _length += fits;
                part = part[fits..];
                Line(step, split: true);
            }
            part.CopyTo(_line.AsSpan(_length));
            _length += part.Length;
            if (end < 0) return;
            Line(step, split: false);
            piece = piece[(end + 1)..];
        }
    }

    /// <inheritdoc/>
    public void EndLine(int step)
    {
        if (_length > 0) Line(step, split: false);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_filled == 0) return;
        _file.Write(_buffer, 0, _filled);
        _filled = 0;
    }

    /// <inheritdoc/>
    public string Finish()
    {
        if (_digest is not null) return _digest;
        if (_dropped > 0)
            Put(Encoding.UTF8.GetBytes(RunLogs.Head(Now, 0) + string.Create(CultureInfo.InvariantCulture, $"{_dropped} bytes more were written; the log's limit is {_limit}\n")));
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

    private Instant Now => Instant.FromDateTimeOffset(_time.GetUtcNow());

    private void Line(int step, bool split)
    {
        var text = _line.AsSpan(0, _length);
        // A character that the split went through stays whole, in the next line.
        var rest = split ? Broken(text) : 0;
        text = text[..^rest];
        if (!split && text.EndsWith("\r"u8)) text = text[..^1];
        if (_written + text.Length > _limit) _dropped += text.Length + 1;
        else
        {
            Put(Encoding.ASCII.GetBytes(RunLogs.Head(Now, step)));
            Put(Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text)));
            Put("\n"u8);
        }
        _line.AsSpan(_length - rest, rest).CopyTo(_line);
        _length = rest;
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
        _hash.AppendData(bytes);
        if (bytes.Length > _buffer.Length - _filled) Flush();
        bytes.CopyTo(_buffer.AsSpan(_filled));
        _filled += bytes.Length;
    }
}
