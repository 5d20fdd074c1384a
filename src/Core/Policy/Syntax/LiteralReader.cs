using System.Globalization;
using System.Text;

namespace Fairway.Policy;

/// <summary>Reads a string or bytes literal from its opening quote: quotes, newlines and escapes.</summary>
internal sealed class LiteralReader(string text, int from, bool isData, bool isRaw)
{
    private readonly int _start = from;
    private readonly StringBuilder _letters = new();
    private readonly ImmutableArray<byte>.Builder _octets = ImmutableArray.CreateBuilder<byte>();
    private int _at;

    /// <summary>The text.</summary>
    public string Text => _letters.ToString();

    /// <summary>The octets.</summary>
    public ImmutableArray<byte> Data => _octets.ToImmutable();

    /// <summary>Reads it and returns the offset after it.</summary>
    public int Read()
    {
        _at = _start;
        var quote = text[_at];
        var end = string.CompareOrdinal(text, _at, new string(quote, 3), 0, 3) == 0 ? new string(quote, 3) : quote.ToString();
        _at += end.Length;
        while (string.CompareOrdinal(text, _at, end, 0, end.Length) != 0)
        {
            if (_at >= text.Length) throw new CelSyntaxException(_start, "the string does not end", $"{end} at its end");
            var letter = text[_at];
            if (letter is '\r' or '\n')
            {
                if (end.Length == 1) throw new CelSyntaxException(_at, "the line ends inside the string", $"{end} before it, or three quotes around the string");
                // All line ends mean the same, whatever system the text was written on.
                _at += letter == '\r' && _at + 1 < text.Length && text[_at + 1] == '\n' ? 2 : 1;
                Add('\n');
            }
            else if (letter == '\\' && !isRaw) Escape();
            else Plain();
        }
        return _at + end.Length;
    }

    private void Plain()
    {
        if (!Rune.TryGetRuneAt(text, _at, out var rune)) throw new CelSyntaxException(_at, "half a surrogate pair is no character");
        _at += rune.Utf16SequenceLength;
        Add(rune.Value);
    }

    private void Add(int codePoint)
    {
        if (!isData)
        {
            _letters.Append(char.ConvertFromUtf32(codePoint));
            return;
        }
        Span<byte> bytes = stackalloc byte[4];
        _octets.AddRange(bytes[..new Rune(codePoint).EncodeToUtf8(bytes)]);
    }

    private void Escape()
    {
        var at = _at;
        var letter = _at + 1 < text.Length ? text[_at + 1] : '\0';
        _at += 2;
        switch (letter)
        {
            case 'a': Add('\a'); break;
            case 'b': Add('\b'); break;
            case 'f': Add('\f'); break;
            case 'n': Add('\n'); break;
            case 'r': Add('\r'); break;
            case 't': Add('\t'); break;
            case 'v': Add('\v'); break;
            case '\\' or '?' or '"' or '\'' or '`': Add(letter); break;
            case 'x' or 'X': Octet(Hexadecimal(at, 2)); break;
            case 'u' when !isData: CodePoint(at, Hexadecimal(at, 4)); break;
            case 'U' when !isData: CodePoint(at, Hexadecimal(at, 8)); break;
            case 'u' or 'U': throw new CelSyntaxException(at, $"\\{letter} is for strings, not for bytes", "\\x and two digits for each byte");
            case >= '0' and <= '3': Octet(Octal(at)); break;
            default:
                throw new CelSyntaxException(at, char.IsControl(letter) ? "the backslash escapes nothing" : $"\\{letter} is no escape", "one of \\n, \\t, \\\\, \\\", \\', "
                    + "\\xHH, \\uHHHH, or r before the quote");
        }
    }

    private void Octet(int value)
    {
        if (isData) _octets.Add((byte)value);
        else Add(value);
    }

    private void CodePoint(int at, long value)
    {
        if (value > 0x10FFFF || value is >= 0xD800 and <= 0xDFFF)
            throw new CelSyntaxException(at, value > 0x10FFFF ? "there is no such code point" : "half a surrogate pair is no code point", "\\U and eight digits for those above U+FFFF");
        Add((int)value);
    }

    private int Octal(int at)
    {
        var value = 0;
        for (var i = at + 1; i < at + 4; i++)
        {
            if (i >= text.Length || text[i] is < '0' or > '7') throw new CelSyntaxException(at, "an octal escape has three digits", "\\000 to \\377");
            value = (value * 8) + text[i] - '0';
        }
        _at = at + 4;
        return value;
    }

    private int Hexadecimal(int at, int digits)
    {
        var end = at + 2 + digits;
        if (end > text.Length || !uint.TryParse(text.AsSpan(at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            throw new CelSyntaxException(at, $"\\{text[at + 1]} takes {digits} hexadecimal digits");
        _at = end;
        return value > int.MaxValue ? int.MaxValue : (int)value;
    }
}
