namespace Fairway.Policy;

public sealed class LiteralTests
{
    [Fact]
    public void Numbers_are_written_in_digits_hexadecimal_and_with_exponents() => Given.Holds("""
        0 → 0
        42 → 42
        -42 → -42
        - 42 → -42
        9223372036854775807 → 9223372036854775807
        -9223372036854775808 → -9223372036854775808
        9223372036854775808 → ? too large for an int
        -9223372036854775809 → ? too large for an int
        0x7FFFFFFFFFFFFFFF → 9223372036854775807
        -0x8000000000000000 → -9223372036854775808
        0x8000000000000000 → ? too large for an int
        0xff → 255
        -0x1 → -1
        0XFF → ? XFF cannot stand here
        007 → 7
        42u → 42u
        42U → 42u
        0xFFFFFFFFFFFFFFFFu → 18446744073709551615u
        18446744073709551615u → 18446744073709551615u
        18446744073709551616u → ? too large for a uint
        123456789012345678901234567890 → ? too large for an int
        -42u → ? does not take uint
        1.5 → 1.5
        .5 → 0.5
        -.5 → -0.5
        1e3 → 1000.0
        1E+3 → 1000.0
        1.25e-2 → 0.0125
        1e400 → ? too large for a double
        1e-400 → 0.0
        1. → ? ends too early
        1e → ? e cannot stand here
        1.5u → ? u cannot stand here
        6.02e23 → 6.02e+23
        -0.0 → -0.0
        true → true
        false → false
        null → null
        """);

    [Fact]
    public void Strings_have_either_quote_and_escapes() => Given.Holds(""""
        "" → ""
        '' → ""
        "a'b" → "a'b"
        'a"b' → "a\"b"
        "a\"b" → "a\"b"
        'a\'b' → "a'b"
        "\a\b\f\n\r\t\v\\\?\"\'\`" → "\a\b\f\n\r\t\v\\?\"'`"
        "\x41\X42" → "AB"
        "\u0041\u00e9" → "Aé"
        "\U0001F92A" → "🤪"
        "\101\377" → "Aÿ"
        "\000".size() → 1
        "\303\277" → "Ã¿"
        "\400" → ? \4 is no escape
        "\12" → ? three digits
        "\x4" → ? takes 2 hexadecimal digits
        "\u12" → ? takes 4 hexadecimal digits
        "\U0011FFFF" → ? no such code point
        "\UFFFFFFFF" → ? no such code point
        "\uD83D\uDE03" → ? half a surrogate pair
        "\UD83DDE03" → ? no such code point
        "\s" → ? \s is no escape
        "\ " → ? is no escape
        "abc → ? does not end
        '''a"b''' → "a\"b"
        """it''s "so" """ → "it''s \"so\" "
        '''x''x''' → "x''x"
        """a\tb""" → "a\tb"
        r"a\nb" → "a\\nb"
        R'\\' → "\\\\"
        r"""a\"b""" → "a\\\"b"
        r"\" → "\\"
        "é🤪".size() → 2
        "a" "b" → ? a string cannot stand here
        """");

    [Fact]
    public void A_line_ends_only_in_a_string_with_three_quotes()
    {
        Assert.Equal("\"a\\nb\"", Given.Answer("'''a\nb'''"));
        Assert.Equal("\"a\\nb\"", Given.Answer("'''a\r\nb'''"));
        Assert.Equal("\"a\\nb\"", Given.Answer("r\"\"\"a\rb\"\"\""));
        Assert.StartsWith("issue: 1:3: the line ends inside the string", Given.Answer("'a\nb'"), StringComparison.Ordinal);
        Assert.StartsWith("issue: 1:4: the line ends inside the string", Given.Answer("r'a\rb'"), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_are_UTF_8_with_octets_by_number() => Given.Holds("""
        b"abc" → b"abc"
        B'abc' → b"abc"
        b"ÿ" → b"\xc3\xbf"
        b"\377" → b"\xff"
        b"\xFF" → b"\xff"
        b"\303\277" == b"ÿ" → true
        br"\n" → b"\\n"
        bR'\x' → b"\\x"
        b'''a"b''' → b"a\"b"
        rb"a" → ? cannot stand here
        b"\u0041" → ? is for strings
        b"\U00000041" → ? is for strings
        b"🤪".size() → 4
        """);

    [Fact]
    public void Names_may_be_anything_but_keywords_and_reserved_words() => Given.Holds("""
        x → 7
        .x → 7
        _undeclared → ? there is no variable _undeclared
        for → ? for is reserved
        package → ? package is reserved
        while + 1 → ? while is reserved
        in → ? in cannot stand here
        {"if": 1}.if → 1
        {"package": 2}.package → 2
        {"in": 3}.in → ? in is a keyword
        {"null": 3}.null → ? null is a keyword
        {"a-b": 4}.`a-b` → 4
        {"a.b/c d": 5}.`a.b/c d` → 5
        {"a": 1}.`` → ? the name in backticks is empty
        {"a": 1}.`a → ? does not end
        {"a": 1}.`ä` → ? does not end
        `x` → ? cannot stand here
        has({"a-b": 4}.`a-b`) → true
        a.b.c → "long"
        a.b.d → "field"
        (a.b).c → "long"
        a.b["c"] → "short"
        box.x → 5
        [1].map(box, box + 1) → [2]
        [{"x": 9}].map(box, box.x) → [9]
        [1].map(x, x + .x) → [8]
        x // a comment → 7
        """);

    [Fact]
    public void Space_and_comments_mean_nothing()
    {
        Assert.Equal("3", Given.Answer("1 // one\n + // plus\r\n\t\f2 // end"));
        Assert.StartsWith("issue: 1:1: the expression ends too early", Given.Answer(""), StringComparison.Ordinal);
        Assert.StartsWith("issue: 2:1: the expression ends too early", Given.Answer("// nothing\n"), StringComparison.Ordinal);
        Assert.Contains("is no part of an expression", Given.Answer("1 \u00a0"), StringComparison.Ordinal);
    }
}
