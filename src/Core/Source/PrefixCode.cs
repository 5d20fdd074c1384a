namespace Fairway.Source;

/// <summary>A canonical Huffman code (RFC 1951, 3.2.2) as a table of every reading of its longest word.</summary>
internal sealed class PrefixCode
{
    /// <summary>Longest word, in bits.</summary>
    public const int Longest = 15;

    private readonly ushort[] _table;
    private readonly int _width;

    private PrefixCode(ushort[] table, int width) => (_table, _width) = (table, width);

    /// <summary>The code of these lengths, 0 for symbols that do not occur; null when no code has them.</summary>
    public static PrefixCode? Of(ReadOnlySpan<byte> lengths)
    {
        Span<int> count = stackalloc int[Longest + 1];
        Span<int> next = stackalloc int[Longest + 2];
        count.Clear();
        next.Clear();
        var width = 1;
        foreach (var length in lengths)
        {
            count[length]++;
            width = Math.Max(width, length);
        }
        count[0] = 0;
        for (var (bits, code) = (1, 0); bits <= Longest; bits++)
        {
            code = (code + count[bits - 1]) << 1;
            next[bits] = code;
            // More words than there are.
            if (code + count[bits] > 1 << bits) return null;
        }
        var table = new ushort[1 << width];
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0) continue;
            var code = next[length]++;
            var reversed = 0;
            for (var bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
            for (var at = reversed; at < table.Length; at += 1 << length) table[at] = (ushort)((symbol << 4) | length);
        }
        return new(table, width);
    }

    /// <summary>The code of a rule for lengths.</summary>
    public static PrefixCode? Fixed(int symbols, Func<int, int> length) => Of([.. Enumerable.Range(0, symbols).Select(symbol => (byte)length(symbol))]);

    /// <summary>The word that the bits begin with. Null: more bits are needed. False: there is no such word.</summary>
    public bool? Find(ulong bits, int count, out int symbol, out int size)
    {
        var entry = _table[(int)(bits & ((1UL << _width) - 1))];
        (symbol, size) = (entry >> 4, entry & 0xF);
        if (size == 0) return count < _width ? null : false;
        return size <= count ? true : null;
    }
}
