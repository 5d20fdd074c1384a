using System.Globalization;
using System.Text.Json;
using Fairway.Kernel;

namespace Fairway.Ledger;

public sealed class CanonicalJsonTests
{
    [Fact]
    public void The_example_of_the_RFC_gives_its_bytes()
    {
        const string Input = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        const string Hex =
            "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c"
            + "31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e412742"
            + "5c225c5c5c5c5c222f227d";
        Assert.Equal(Hex, Convert.ToHexStringLower(CanonicalJson.CanonicalizeToUtf8(Input)));
    }

    [Fact]
    public void Members_are_sorted_by_UTF_16_code_units()
    {
        const string Input = """
            {
              "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;
        using var document = JsonDocument.Parse(CanonicalJson.Canonicalize(Input));
        Assert.Equal(
            [
                "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
                "Hebrew Letter Dalet With Dagesh",
            ],
            document.RootElement.EnumerateObject().Select(member => member.Value.GetString()!), StringComparer.Ordinal);
    }

    // RFC 8785, appendix B.
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Numbers_are_written_as_ECMAScript_writes_them(string bits, string expected)
    {
        var value = BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(expected, CanonicalJson.FormatNumber(value));
        Assert.Equal(expected, CanonicalJson.Canonicalize(value.ToString("R", CultureInfo.InvariantCulture)));
        Assert.Equal(expected, CanonicalJson.Canonicalize(expected));
    }

    [Theory]
    [InlineData("7fffffffffffffff")]
    [InlineData("7ff0000000000000")]
    public void What_is_no_number_in_JSON_is_refused(string bits)
        => Assert.Throws<ArgumentOutOfRangeException>(
            () => CanonicalJson.FormatNumber(
                BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));

    [Fact]
    public void Any_double_is_read_back_as_itself_and_its_canonical_form_stays_as_it_is()
    {
        var random = new Random(8785);
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(value)) continue;
            var text = CanonicalJson.FormatNumber(value);
            Assert.Equal(value, double.Parse(text, CultureInfo.InvariantCulture));
            Assert.Equal(text, CanonicalJson.Canonicalize(text));
        }
    }

    [Theory]
    [InlineData("-0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("1.0", "1")]
    [InlineData("100e-2", "1")]
    [InlineData("999999999999999", "999999999999999")]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData(""" "\u0000\u001F\u007f\b\t\n\f\r" """, "\"\\u0000\\u001f\u007f\\b\\t\\n\\f\\r\"")]
    [InlineData(""" {"b":[ ],"a":{ }} """, """{"a":{},"b":[]}""")]
    [InlineData(""" {"b":{"d":1,"c":[2,{"f":3,"e":4}]},"a":"é\u2028"} """,
        "{\"a\":\"é\u2028\",\"b\":{\"c\":[2,{\"e\":4,\"f\":3}],\"d\":1}}")]
    public void One_meaning_has_one_form(string json, string canonical) => Assert.Equal(canonical, CanonicalJson.Canonicalize(json));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("1e400")]
    [InlineData("9007199254740993")]
    [InlineData("18446744073709551615")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\udc00\":1}")]
    [InlineData("[1,]")]
    [InlineData("// no\n1")]
    public void What_cannot_be_kept_as_it_is_meant_is_refused(string json)
        => Assert.ThrowsAny<JsonException>(() => CanonicalJson.Canonicalize(json));

    [Fact]
    public void Half_of_a_surrogate_pair_in_the_text_itself_is_refused()
        => Assert.ThrowsAny<JsonException>(() => CanonicalJson.Canonicalize(string.Concat("\"", '\ud800', "\"")));

    [Fact]
    public void Nesting_is_read_to_its_limit_and_no_deeper()
    {
        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Assert.Equal(Nested(CanonicalJson.MaxDepth), CanonicalJson.Canonicalize(Nested(CanonicalJson.MaxDepth)));
        Assert.ThrowsAny<JsonException>(() => CanonicalJson.Canonicalize(Nested(CanonicalJson.MaxDepth + 1)));
    }
}
