using System.Text;

namespace Fairway.Traffic;

public sealed class StickyHashTests
{
    // Known answers of XXH64: the empty ones from the specification's sanity checks, the texts as xxhsum -H1 prints them.
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999UL)]
    [InlineData("a", 0xD24EC4F1A98C6E5BUL)]
    [InlineData("abc", 0x44BC2CF5AD770999UL)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1UL)]
    public void It_is_XXH64(string text, ulong hash)
    {
        Assert.Equal(hash, StickyHash.Of(Encoding.UTF8.GetBytes(text), 0));
        Assert.Equal(hash, StickyHash.Of(text.AsSpan(), 0));
    }

    [Fact]
    public void Text_is_hashed_as_UTF8_whatever_its_length()
    {
        foreach (var length in (int[])[1, 31, 32, 33, 170, 171, 172, 600, 5000])
        {
            var text = string.Concat(Enumerable.Repeat("é", length));
            Assert.Equal(StickyHash.Of(Encoding.UTF8.GetBytes(text), 7), StickyHash.Of(text.AsSpan(), 7));
        }
    }
}
