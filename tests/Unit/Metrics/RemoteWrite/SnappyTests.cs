using Fairway.Metrics.Ingest;

namespace Fairway.Metrics.RemoteWrite;

public sealed class SnappyTests
{
    [Fact]
    public void A_block_made_by_the_reference_encoder_is_read() =>
        // "Wikipedia is a free, web-based, collaborative, multilingual encyclopedia project." as in the description of the format: a literal, then a copy.
        Assert.Equal("Wikipedia is Wikipedia"u8.ToArray(), Unpack([22, 0x30, .. "Wikipedia is "u8, 0x15, 13]));

    [Fact]
    public void A_copy_may_overlap_itself() => Assert.Equal("aaaaaaaaaab"u8.ToArray(), Unpack([11, 0x00, (byte)'a', 0x15, 0x01, 0x00, (byte)'b']));

    [Fact]
    public void Long_literals_and_all_kinds_of_copies_are_read()
    {
        var literal = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        byte[] block = [0xBC, 0x02 + 0, 61 << 2, 299 & 0xff, 299 >> 8, .. literal, (15 << 2) | 2, 44, 1];
        Assert.Equal([.. literal, .. literal[..16]], Unpack([0xBC, 0x02, .. block[2..]]));
        Assert.Equal([.. literal, .. literal[..16]], Unpack([0xBC, 0x02, 61 << 2, 299 & 0xff, 299 >> 8, .. literal, (15 << 2) | 3, 44, 1, 0, 0]));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 5, 0x00 })]
    [InlineData(new byte[] { 5, 0x10, 1, 2 })]
    [InlineData(new byte[] { 4, 0x01, 0x00 })]
    [InlineData(new byte[] { 5, 0x00, 1, 0x01, 0x02 })]
    [InlineData(new byte[] { 2, 0x10, 1, 2, 3, 4, 5 })]
    [InlineData(new byte[] { 9, 0xfc, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x04, 0x00 })]
    public void Torn_blocks_are_refused(byte[] block) => Assert.Throws<FormatException>(() => Unpack(block));

    [Fact]
    public void Whatever_is_packed_is_unpacked_again()
    {
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var text = new byte[random.Next(i < 480 ? 3000 : 300_000)];
            var kinds = random.Next(1, 256);
            for (var k = 0; k < text.Length; k++) text[k] = k > 20 && random.Next(3) > 0 ? text[k - random.Next(1, 20)] : (byte)random.Next(kinds);
            var block = Pack(text);
            Assert.Equal(text, Unpack(block));
        }
    }

    [Fact]
    public void What_repeats_becomes_smaller() => Assert.True(Pack([.. Enumerable.Repeat("http_requests_total"u8.ToArray(), 100).SelectMany(b => b)]).Length < 200);

    [Fact]
    public void Damaged_blocks_never_crash_or_write_beyond_their_size()
    {
        var random = new Random(4);
        var block = Pack([.. Enumerable.Range(0, 2000).Select(i => (byte)(i * i / 7))]);
        for (var i = 0; i < 20_000; i++)
        {
            try
            {
                Unpack(Damage.Apply(block, random));
            }
            catch (FormatException)
            {
            }
        }
    }

    internal static byte[] Pack(byte[] text)
    {
        var into = new byte[Snappy.MostEncoded(text.Length)];
        return into[..Snappy.Encode(text, into)];
    }

    private static byte[] Unpack(byte[] block)
    {
        var into = new byte[Snappy.DecodedSize(block, out _)];
        Assert.Equal(into.Length, Snappy.Decode(block, into));
        return into;
    }
}
