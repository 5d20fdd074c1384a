using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Fairway.Cli.Load;

/// <summary>One kept-alive HTTP/1.1 connection (RFC 9112): a request, its whole answer, the next request.</summary>
internal sealed class Http1Connection(Socket socket, Stream stream) : IDisposable
{
    private const int HeadLimit = 64 * 1024;
    private byte[] _buffer = new byte[8 * 1024];
    private int _start, _end;

    /// <summary>Whether another request may follow on it.</summary>
    public bool Reusable { get; private set; } = true;

    /// <summary>Whether the other side has closed it (or said something unasked) while it was idle.</summary>
    public bool Closed => socket.Poll(0, SelectMode.SelectRead);

    public async Task<Exchange> ExchangeAsync(byte[] request, bool head, string? groupHeader, CancellationToken cancellation)
    {
        Reusable = false;
        _start = _end = 0;
        var answering = false;
        try
        {
            await stream.WriteAsync(request, cancellation);
            Head answer;
            do
            {
                var length = await ReadHeadAsync(() => answering = true, cancellation);
                answer = Head.Parse(_buffer.AsSpan(_start, length), groupHeader);
                _start += length;
            }
            while (answer.Status is >= 100 and < 200 and not 101);

            if (!head && answer.Status is not (101 or 204 or 304)) await SkipBodyAsync(answer, cancellation);
            Reusable = answer.KeepAlive && _start == _end;
            return new(answer.Status, groupHeader is null ? "all" : answer.Group, answer.EdgeError, null, "");
        }
        catch (OperationCanceledException)
        {
            return Exchange.Failed("timeout", answering ? "the answer began and did not end" : "no answer");
        }
        catch (EndOfStreamException)
        {
            return Exchange.Failed(answering ? "truncated" : "reset", answering ? "closed before the answer's end" : "closed without an answer");
        }
        catch (IOException e)
        {
            return Exchange.Failed(answering ? "truncated" : "reset", e.GetBaseException().Message);
        }
        catch (FormatException e)
        {
            return Exchange.Failed("protocol", e.Message);
        }
    }

    public void Dispose() => stream.Dispose();

    private async Task<int> ReadHeadAsync(Action begun, CancellationToken cancellation)
    {
        for (var searched = 0; ; )
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf("\r\n\r\n"u8);
            if (found >= 0) return searched + found + 4;
            searched = Math.Max(0, _end - _start - 3);
            await FillAsync(cancellation);
            begun();
        }
    }

    private async Task SkipBodyAsync(Head answer, CancellationToken cancellation)
    {
        if (answer.Chunked)
        {
            await SkipChunksAsync(cancellation);
        }
        else if (answer.Length is { } length)
        {
            await SkipAsync(length, cancellation);
        }
        else
        {
            // Without a length the body ends with the connection; nothing tells a whole one from a cut one.
            while (await stream.ReadAsync(_buffer, cancellation) > 0)
            {
            }

            _start = _end = 0;
        }
    }

    private async Task SkipChunksAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var line = await ReadLineAsync(cancellation);
            var digits = line.Split(';', 2)[0].Trim();
            if (!long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
                throw new FormatException($"chunk size '{digits}'");
            if (size == 0) break;
            await SkipAsync(size, cancellation);
            if ((await ReadLineAsync(cancellation)).Length > 0) throw new FormatException("a chunk does not end where it said");
        }

        while ((await ReadLineAsync(cancellation)).Length > 0)
        {
        }
    }

    private async Task SkipAsync(long count, CancellationToken cancellation)
    {
        while (true)
        {
            var here = (int)Math.Min(count, _end - _start);
            _start += here;
            count -= here;
            if (count == 0) return;
            await FillAsync(cancellation);
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        int found;
        while ((found = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0) await FillAsync(cancellation);
        var line = Encoding.Latin1.GetString(_buffer, _start, found);
        _start += found + 2;
        return line;
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_start == _end) _start = _end = 0;
        if (_end == _buffer.Length)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            else
            {
                if (_buffer.Length >= HeadLimit) throw new FormatException($"a header section over {HeadLimit} bytes");
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        if (read == 0) throw new EndOfStreamException();
        _end += read;
    }

    private readonly record struct Head(int Status, bool KeepAlive, bool Chunked, long? Length, string? Group, string? EdgeError)
    {
        public static Head Parse(ReadOnlySpan<byte> bytes, string? groupHeader)
        {
            var text = Encoding.Latin1.GetString(bytes);
            var lines = text.AsSpan().EnumerateLines();
            lines.MoveNext();
            var first = lines.Current;
            if (first.Length < 12 || !first.StartsWith("HTTP/1.", StringComparison.Ordinal)
                || !int.TryParse(first[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
                throw new FormatException($"status line '{first}'");

            var answer = new Head(status, first[7] == '1', false, null, null, null);
            foreach (var line in lines)
            {
                var colon = line.IndexOf(':');
                if (colon <= 0) continue;
                answer = answer.With(line[..colon], line[(colon + 1)..].Trim(), groupHeader);
            }

            return answer;
        }

        private Head With(ReadOnlySpan<char> name, ReadOnlySpan<char> value, string? groupHeader)
        {
            if (groupHeader is not null && name.Equals(groupHeader, StringComparison.OrdinalIgnoreCase)) return this with { Group = value.ToString() };
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                return this with { Length = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw new FormatException($"Content-Length '{value}'") };
            if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)) return this with { Chunked = value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase) };
            if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase)) return this with { KeepAlive = KeepAlive && !value.Contains("close", StringComparison.OrdinalIgnoreCase) };
            if (name.Equals("Fairway-Error", StringComparison.OrdinalIgnoreCase)) return this with { EdgeError = value.ToString() };
            return this;
        }
    }
}
