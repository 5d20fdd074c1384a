using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fairway.Source;

/// <summary>Pushes looked at while they stream by.</summary>
public sealed class PushScannerTests
{
    private const string Old = "1111111111111111111111111111111111111111";
    private const string New = "2222222222222222222222222222222222222222";

    [Theory]
    [InlineData(CompressionLevel.NoCompression, 1)]
    [InlineData(CompressionLevel.Fastest, 7)]
    [InlineData(CompressionLevel.Optimal, 1)]
    [InlineData(CompressionLevel.SmallestSize, 4096)]
    public void A_push_is_followed_to_its_end_in_pieces_of_any_size(CompressionLevel level, int piece)
    {
        var random = new Random(7);
        var noise = new byte[70_000];
        random.NextBytes(noise);
        byte[][] contents = [[], "x"u8.ToArray(), new byte[300_000], noise, [.. Enumerable.Range(0, 50_000).Select(i => (byte)"the quick brown fox"[(int)((long)i * i % 19)])]];
        var scanner = new PushScanner(new());
        Assert.Null(Feed(scanner, Push([.. contents.Select(content => Item(3, content, level))]), piece));
        Assert.Equal([new RefUpdate("refs/heads/main", Old, New)], scanner.Updates);
        Assert.Equal(["report-status", "side-band-64k", "agent=git/2"], scanner.Capabilities);
        // Whatever follows the pack's last object is its checksum: a scanner that lost its place would have stumbled over it.
        Assert.Null(Feed(scanner, new byte[20], piece));
    }

    [Fact]
    public void A_file_over_the_limit_is_found_by_its_header_before_it_has_come()
    {
        var header = Push([[.. Header(3, 10L << 30)]]);
        var finding = Feed(new(new() { LargestFile = 100 << 20 }), header, 1);
        Assert.Equal("a file of 10 GiB is in the push, and at most 100 MiB is taken", finding!.What);
    }

    [Fact]
    public void A_difference_that_becomes_a_giant_is_found()
    {
        byte[] delta = [.. Varint(5), .. Varint(10L << 30), 0x90, 5];
        var item = (byte[])[.. Header(7, delta.Length), .. new byte[20], .. Packed(delta, CompressionLevel.Optimal)];
        Assert.Contains("10 GiB", Feed(new(new()), Push([item]), 3)!.What);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(15)]
    public void An_object_that_lies_about_its_size_is_found(int said)
        => Assert.Contains("not as large as it says", Feed(new(new()), Push([[.. Header(3, said), .. Packed(new byte[10], CompressionLevel.Optimal)]]), 2)!.What);

    [Fact]
    public void Numbers_are_bounded()
    {
        Assert.Contains("objects", Feed(new(new() { MostObjects = 1 }), Push([Item(3, [1], CompressionLevel.Optimal), Item(3, [2], CompressionLevel.Optimal)]), 64)!.What);
        Assert.Contains("larger than", Feed(new(new() { LargestPush = 100 }), Push([Item(3, new byte[1000], CompressionLevel.NoCompression)]), 64)!.What);
    }

    [Theory]
    [InlineData("zzzz")]
    [InlineData("0003")]
    [InlineData("0010no commands!")]
    [InlineData("0000JUNKJUNKJUNK")]
    public void What_is_no_push_is_told(string text) => Assert.Contains("no push as git makes it", Feed(new(new()), Encoding.ASCII.GetBytes(text), 1)!.What);

    [Fact]
    public void Any_damage_is_answered_without_an_error()
    {
        var random = new Random(11);
        var whole = Push([.. Enumerable.Range(1, 8).Select(i => Item(3, [.. Enumerable.Range(0, i * 400).Select(j => (byte)(j * j))], CompressionLevel.Optimal))]);
        for (var run = 0; run < 2_000; run++)
        {
            var damaged = whole.ToArray();
            for (var i = 0; i < 3; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Feed(new(new()), damaged, 1 + random.Next(50));
        }
    }

    private static PushFinding? Feed(PushScanner scanner, byte[] bytes, int piece)
    {
        for (var at = 0; at < bytes.Length; at += piece)
            if (scanner.Scan(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at))) is { } finding) return finding;
        return null;
    }

    private static byte[] Push(byte[][] items)
    {
        var command = $"{Old} {New} refs/heads/main\0 report-status side-band-64k agent=git/2";
        var count = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(count, items.Length);
        return [.. Encoding.ASCII.GetBytes($"{command.Length + 4:x4}{command}0000PACK"), 0, 0, 0, 2, .. count, .. items.SelectMany(item => item)];
    }

    private static byte[] Item(int type, byte[] content, CompressionLevel level) => [.. Header(type, content.Length), .. Packed(content, level)];

    private static byte[] Header(int type, long size)
    {
        var bytes = new List<byte> { (byte)((type << 4) | (int)(size & 15)) };
        for (size >>= 4; size > 0; size >>= 7)
        {
            bytes[^1] |= 0x80;
            bytes.Add((byte)(size & 0x7F));
        }
        return [.. bytes];
    }

    private static byte[] Varint(long size)
    {
        var bytes = new List<byte>();
        for (; size > 0x7F; size >>= 7) bytes.Add((byte)(0x80 | (size & 0x7F)));
        bytes.Add((byte)size);
        return [.. bytes];
    }

    private static byte[] Packed(byte[] content, CompressionLevel level)
    {
        // Of nothing .NET writes nothing, git a stream that says so.
        if (content.Length == 0) return [0x78, 0x9c, 3, 0, 0, 0, 0, 1];
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, level)) zlib.Write(content);
        return packed.ToArray();
    }
}
