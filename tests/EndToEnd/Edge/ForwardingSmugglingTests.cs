using System.Collections.Concurrent;
using System.Text;
using Fairway.Traffic;

namespace Fairway.Edge;

/// <summary>
/// Requests that two readers may take apart in two ways. Each is either refused, or reaches the instance in one form that can be read in one way only; in no
/// case does the instance see a request that the edge did not.
/// </summary>
public sealed class ForwardingSmugglingTests
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<string, string> Corpus => new()
    {
        { "length and coding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" + Smuggled },
        { "coding and length", $"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: {Smuggled.Length}\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "two lengths", $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: {Smuggled.Length}\r\n\r\n{Smuggled}" },
        { "two equal lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello" },
        { "list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello" },
        { "signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello" },
        { "negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello" },
        { "hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello" },
        { "length beyond 64 bits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\nhello" },
        { "empty length", $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n{Smuggled}" },
        { "space before the colon", $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : {Smuggled.Length}\r\n\r\n{Smuggled}" },
        { "tab before the colon", $"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "folded line", $"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "folded value", $"GET / HTTP/1.1\r\nHost: a\r\nX-Y: 1\r\n Content-Length: {Smuggled.Length}\r\n\r\n{Smuggled}" },
        { "first line folded", "GET / HTTP/1.1\r\n Host: b\r\nHost: a\r\n\r\n" },
        { "unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + Smuggled },
        { "chunked not last", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + Smuggled },
        { "coding before chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" },
        { "chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "chunked and identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + Smuggled },
        { "quoted coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + Smuggled },
        { "coding with a vertical tab", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" + Smuggled },
        { "coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Smuggled },
        { "bare line feeds", "POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello" },
        { "bare line feed in a value", "GET / HTTP/1.1\r\nHost: a\r\nX-Y: 1\nContent-Length: 35\r\n\r\n" + Smuggled },
        { "bare carriage return in a value", "GET / HTTP/1.1\r\nHost: a\r\nX-Y: 1\rContent-Length: 35\r\n\r\n" + Smuggled },
        { "null in a value", "GET / HTTP/1.1\r\nHost: a\r\nX-Y: 1\0\r\n\r\n" },
        { "null in a name", "GET / HTTP/1.1\r\nHost: a\r\nContent\0-Length: 35\r\n\r\n" + Smuggled },
        { "no colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length\r\n\r\n" },
        { "empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n" },
        { "two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
        { "no host", "GET / HTTP/1.1\r\nX: a\r\n\r\n" },
        { "host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" },
        { "absolute target for another host", "GET http://evil/ HTTP/1.1\r\nHost: a\r\n\r\n" },
        { "space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n" },
        { "tab in the target", "GET /a\tHTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n" },
        { "control character in the target", "GET /a\u0001b HTTP/1.1\r\nHost: a\r\n\r\n" },
        { "method with a control character", "GE\u0001T / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { "wrong version", "GET / HTTP/1.9\r\nHost: a\r\n\r\n" },
        { "lower case version", "GET / http/1.1\r\nHost: a\r\n\r\n" },
        { "chunk size with a sign", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n" },
        { "chunk size in C notation", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" },
        { "chunk size beyond 64 bits", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n" },
        { "chunk size ended by a bare line feed", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" },
        { "chunk extension with a bare line feed", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\nxx\r\n4c\r\n0\r\n\r\n" + Smuggled },
        { "chunk longer than its size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n" + Smuggled },
        { "length in the trailers", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 35\r\n\r\n" },
        { "expectation unknown", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\nhi" },
        { "connect", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" + Smuggled },
        { "upgrade to h2c", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n" },
        { "length named by connection", $"POST / HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello" },
        { "underscore for hyphen", "POST / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task It_is_refused_or_read_in_one_way_only(string name, string request)
    {
        var seen = new ConcurrentQueue<string>();
        await using var instance = StrictInstance(seen);
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync(request);
        client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        var (answer, _) = await client.ReadToEndAsync();
        var statuses = answer.Split("HTTP/1.1 ").Skip(1).Select(part => part[..3]).ToArray();
        Assert.DoesNotContain(seen, target => target == "invalid");
        // The instance never saw more than the client had answers for, and what follows a refused request is never served.
        if (statuses.Length > 0 && statuses[0][0] is '4' or '5') Assert.DoesNotContain(seen, target => target == "/smuggled");
        Assert.True(seen.Count(target => target == "/smuggled") <= Math.Max(0, statuses.Length - 1), $"{name}: {answer}");
    }

    [Theory]
    [InlineData("length and coding", 400)]
    [InlineData("coding and length", 400)]
    [InlineData("two lengths", 400)]
    [InlineData("list of lengths", 400)]
    [InlineData("space before the colon", 400)]
    [InlineData("folded line", 400)]
    [InlineData("folded value", 400)]
    [InlineData("unknown coding", 400)]
    [InlineData("coding before chunked", 501)]
    [InlineData("chunked twice", 501)]
    [InlineData("coding in HTTP/1.0", 400)]
    [InlineData("bare line feeds", 400)]
    [InlineData("bare line feed in a value", 400)]
    [InlineData("bare carriage return in a value", 400)]
    [InlineData("null in a value", 400)]
    [InlineData("tab in the target", 400)]
    [InlineData("control character in the target", 400)]
    [InlineData("two hosts", 400)]
    [InlineData("no host", 400)]
    [InlineData("absolute target for another host", 400)]
    [InlineData("chunk size with a sign", 400)]
    [InlineData("chunk size ended by a bare line feed", 400)]
    [InlineData("chunk longer than its size", 400)]
    [InlineData("expectation unknown", 417)]
    [InlineData("connect", 501)]
    public async Task It_is_refused_with_a_status_and_the_connection_closed(string name, int status)
    {
        await using var instance = StrictInstance(new ConcurrentQueue<string>());
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync(Corpus.Single(row => row.Data.Item1 == name).Data.Item2);
        var response = await client.ReadResponseAsync();
        Assert.Equal(status, response.Status);
        await client.ReadToEndAsync();
    }

    // Reads as the strictest of servers would, and notes each request's target, or "invalid".
    private static ScriptedInstance StrictInstance(ConcurrentQueue<string> seen) => new(async (wire, _) =>
    {
        while (await wire.TryReadHeadAsync() is { } head)
        {
            var request = new RawResponse(head);
            var lengths = request.Fields("Content-Length");
            var codings = request.Fields("Transfer-Encoding");
            var lines = head.Split("\r\n");
            var clear = lengths.Length + codings.Length <= 1 && lengths.All(length => length.All(char.IsAsciiDigit)) && codings.All(coding => coding == "chunked")
                && head.Count(letter => letter == '\n') == lines.Length - 1 && head.Count(letter => letter == '\r') == lines.Length - 1 && !head.Contains('\0')
                && lines[0].Count(letter => letter == ' ') == 2 && !lines[0].Any(char.IsControl) && lines[0].EndsWith(" HTTP/1.1", StringComparison.Ordinal)
                && lines.Skip(1).SkipLast(2).All(line => line.IndexOf(':') > 0 && !char.IsWhiteSpace(line[line.IndexOf(':') - 1]) && !char.IsWhiteSpace(line[0]));
            seen.Enqueue(clear ? lines[0].Split(' ')[1] : "invalid");
            if (lengths.Length == 1) await wire.ReadAsync(int.Parse(lengths[0], System.Globalization.CultureInfo.InvariantCulture));
            if (codings.Length == 1) await ReadChunksAsync(wire);
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });

    private static async Task ReadChunksAsync(Wire wire)
    {
        while (true)
        {
            var size = Convert.ToInt32((await wire.ReadToAsync("\r\n")).TrimEnd(), 16);
            if (size == 0) break;
            await wire.ReadAsync(size + 2);
        }
        while (await wire.ReadToAsync("\r\n") != "\r\n")
        {
        }
    }
}
