using System.Text;
using Fairway.Edge.Upstream;

namespace Fairway.Edge;

/// <summary>The parsers that read what instances wrote, however it is cut into pieces and whatever it holds.</summary>
public sealed class ForwardingParserTests
{
    private const string Head =
        "HTTP/1.1 404 Nothing here\r\nContent-Length: 12\r\nConnection: close, X-Mine\r\nX-Empty:\r\nX-Padded: \t a b \t\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n";

    [Fact]
    public void A_head_is_read_the_same_however_it_is_cut_into_pieces()
    {
        var bytes = Bytes(Head + "the body");
        for (var first = 0; first < bytes.Length; first++)
        {
            for (var second = first; second < bytes.Length; second += 7)
            {
                var head = new ResponseHead();
                head.Reset();
                var outcome = head.Read(bytes.AsSpan(0, first), out var consumed);
                if (outcome == ParseOutcome.NeedMore) outcome = head.Read(bytes.AsSpan(0, second), out consumed);
                if (outcome == ParseOutcome.NeedMore) outcome = head.Read(bytes, out consumed);
                Assert.Equal(ParseOutcome.Done, outcome);
                Assert.Equal(Head.Length, consumed);
                Assert.Equal((404, "Nothing here", 12, true), (head.Status, head.Reason, head.ContentLength, head.Close));
                Assert.Equal(["X-Mine"], head.Named!);
                Assert.Equal("a b", head.Fields[3].Value.ToString());
                Assert.Equal(6, head.Fields.Length);
            }
        }
    }

    [Fact]
    public void A_head_read_after_another_has_nothing_of_it()
    {
        var head = new ResponseHead();
        Assert.Equal(ParseOutcome.Done, Read(head, Head));
        Assert.Equal(ParseOutcome.Done, Read(head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"));
        Assert.Equal((200, true, false), (head.Status, head.Chunked, head.Close));
        Assert.Null(head.ContentLength);
        Assert.Null(head.Named);
        Assert.Null(head.Reason);
        Assert.Equal(ParseOutcome.Done, Read(head, Head));
        Assert.Equal(("Nothing here", 12L), (head.Reason, head.ContentLength));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 \r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200\r\n\r\n", 200)]
    [InlineData("HTTP/1.0 599 Caf\u00e9\r\n\r\n", 599)]
    public void Status_lines_that_servers_really_send_are_read(string text, int status)
    {
        var head = new ResponseHead();
        Assert.Equal(ParseOutcome.Done, Read(head, text));
        Assert.Equal(status, head.Status);
    }

    [Fact]
    public void Random_changes_to_a_head_never_crash_the_parser_nor_leave_it_in_doubt()
    {
        var random = new Random(20260101);
        var seeds = (string[])[Head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: x\r\n\r\n", "HTTP/1.0 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"];
        var done = 0;
        var head = new ResponseHead();
        for (var round = 0; round < 100_000; round++)
        {
            var bytes = Mutate(random, Bytes(seeds[round % seeds.Length]));
            head.Reset();
            var outcome = ParseOutcome.NeedMore;
            var consumed = 0;
            for (var length = random.Next(bytes.Length + 1); outcome == ParseOutcome.NeedMore; length = Math.Min(bytes.Length, length + 1 + random.Next(bytes.Length)))
            {
                outcome = head.Read(bytes.AsSpan(0, length), out consumed);
                if (length == bytes.Length) break;
            }
            if (outcome != ParseOutcome.Done) continue;
            done++;
            Assert.InRange(consumed, 16, bytes.Length);
            Assert.Equal("\r\n\r\n", Encoding.Latin1.GetString(bytes, consumed - 4, 4));
            Assert.InRange(head.Status, 100, 599);
            Assert.False(head is { Chunked: true, ContentLength: not null });
            Assert.True(head.ContentLength is null or >= 0);
            foreach (var field in head.Fields)
            {
                Assert.NotEmpty(field.Name);
                Assert.DoesNotContain(field.Value.ToString(), letter => letter is '\r' or '\n' or '\0');
            }
        }
        Assert.InRange(done, 1000, 99_000);
    }

    [Fact]
    public void Chunks_are_read_the_same_however_they_are_cut_into_pieces()
    {
        var bytes = Bytes("5\r\nhello\r\nA;name=\"v\"\r\n, worlds!!\r\n000\r\nX-Sum: 9\r\n\r\nnext");
        for (var size = 1; size <= bytes.Length; size++)
        {
            var (text, outcome, consumed, decoder) = Decode(bytes, size);
            Assert.Equal(("hello, worlds!!", ChunkStep.End, bytes.Length - 4), (text, outcome, consumed));
            Assert.Equal("X-Sum: 9", $"{Assert.Single(decoder.Trailers).Name}: {decoder.Trailers[0].Value}");
        }
    }

    [Theory]
    [InlineData("g\r\n")]
    [InlineData("\r\n")]
    [InlineData(" 5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5 x\r\nhello\r\n0\r\n\r\n")]
    [InlineData("1000000000000000\r\n")]
    [InlineData("5\nhello\r\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("0\r\nno colon\r\n\r\n")]
    [InlineData("0\r\n folded: x\r\n\r\n")]
    [InlineData("5;a\rb\r\nhello\r\n0\r\n\r\n")]
    public void Faulty_chunks_are_refused(string text) => Assert.Equal(ChunkStep.Malformed, Decode(Bytes(text), 1000).Outcome);

    [Fact]
    public void Random_changes_to_chunks_never_crash_the_decoder()
    {
        var random = new Random(20260102);
        var seed = Bytes("5\r\nhello\r\na;x=y\r\n0123456789\r\n0\r\nX-Sum: 9\r\n\r\n");
        var ended = 0;
        for (var round = 0; round < 100_000; round++)
        {
            var bytes = Mutate(random, seed);
            var (text, outcome, consumed, _) = Decode(bytes, 1 + random.Next(bytes.Length + 1));
            Assert.InRange(consumed, 0, bytes.Length);
            Assert.InRange(text.Length, 0, bytes.Length);
            if (outcome == ChunkStep.End) ended++;
        }
        Assert.InRange(ended, 1000, 99_000);
    }

    private static ParseOutcome Read(ResponseHead head, string text)
    {
        head.Reset();
        return head.Read(Bytes(text), out _);
    }

    // As a connection does: bytes arrive in pieces, what was not consumed stays.
    private static (string Text, ChunkStep Outcome, int Consumed, ChunkDecoder Decoder) Decode(byte[] bytes, int pieceSize)
    {
        var decoder = new ChunkDecoder();
        decoder.Reset();
        var text = new StringBuilder();
        var start = 0;
        for (var end = Math.Min(pieceSize, bytes.Length); ; end = Math.Min(end + pieceSize, bytes.Length))
        {
            ChunkStep step;
            do
            {
                step = decoder.Next(bytes.AsSpan(start, end - start), out var consumed, out var data);
                text.Append(Encoding.Latin1.GetString(data));
                start += consumed;
            }
            while (step == ChunkStep.Data);
            if (step != ChunkStep.NeedMore || end == bytes.Length) return (text.ToString(), step, start, decoder);
        }
    }

    private static byte[] Mutate(Random random, byte[] seed)
    {
        var bytes = seed.ToList();
        for (var change = random.Next(4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.Insert(at, "\r\n:;, \t\00x-"u8[random.Next(11)]); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(20)))); break;
            }
        }
        return [.. bytes];
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
