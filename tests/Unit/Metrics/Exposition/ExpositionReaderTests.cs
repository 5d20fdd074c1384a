using System.Text;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Exposition;

public sealed class ExpositionReaderTests
{
    private const ExpositionFormat Text = ExpositionFormat.PrometheusText;
    private const ExpositionFormat Open = ExpositionFormat.OpenMetrics;

    [Theory]
    [InlineData("a 1\n", "a 1")]
    [InlineData("a 1", "a 1")]
    [InlineData("a\t 1\t\n", "a 1")]
    [InlineData("a{} 1\n", "a 1")]
    [InlineData("a {b=\"c\"} 1\n", "a{b=\"c\"} 1")]
    [InlineData("a{b=\"c\",} 1\n", "a{b=\"c\"} 1")]
    [InlineData("a{ b = \"c\" , d=\"e\" } 1\n", "a{b=\"c\", d=\"e\"} 1")]
    [InlineData("a:b{b=\"\"} 1\n", "a:b 1")]
    [InlineData("a{b=\"}\"} 1 123\n", "a{b=\"}\"} 1 @123")]
    [InlineData("a 1 -5\n", "a 1 @-5")]
    [InlineData("a{b=\"x\\\\y\\\"z\\n\\q\"} 1\n", "a{b=\"x\\\\y\\\"z\\n\\\\q\"} 1")]
    [InlineData("{\"my.metric\",\"l.x\"=\"v\"} 1\n", "my.metric{l.x=\"v\"} 1")]
    [InlineData("{l=\"v\",\"my metric\"} 1\n", "my metric{l=\"v\"} 1")]
    [InlineData("a{ü=\"1\"} 1\n", null)]
    [InlineData("a{\"ü\"=\"1\"} 1\n", "a{ü=\"1\"} 1")]
    [InlineData("\n\n  a 1\n\n# just words\n#no words\nb 2\n", "a 1|b 2")]
    [InlineData("a 1\r\nb 2 3\r\n", "a 1|b 2 @3")]
    public void Text_is_read(string body, string? expected) => Assert.Equal(expected, Read(body, Text, expected is null));

    [Theory]
    [InlineData("a 1\n# EOF\n", "a 1")]
    [InlineData("a 1\n# EOF", "a 1")]
    [InlineData("a{b=\"c\"} 1.5 1.25\n# EOF\n", "a{b=\"c\"} 1.5 @1250")]
    [InlineData("# TYPE a counter\na_total 1 # {id=\"x\"} 0.5 3.5\n# EOF\n", "a_total 1 #id=x,0.5,3500")]
    [InlineData("# TYPE a counter\na_total 1 9 # {} 2\n# EOF\n", "a_total 1 @9000 #,2,")]
    [InlineData("# EOF\n", "")]
    public void OpenMetrics_is_read(string body, string expected) => Assert.Equal(expected, Read(body, Open, false));

    [Theory]
    [InlineData("3", 3)]
    [InlineData("-0.125", -0.125)]
    [InlineData("+7", 7)]
    [InlineData("1e3", 1000)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("0.1", 0.1)]
    [InlineData("9007199254740993", 9007199254740992d)]
    [InlineData("123456789012345678901234567890", 123456789012345678901234567890d)]
    [InlineData("1.7976931348623157e308", double.MaxValue)]
    [InlineData("4.9E-324", double.Epsilon)]
    [InlineData("Inf", double.PositiveInfinity)]
    [InlineData("+inf", double.PositiveInfinity)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    public void Numbers_are_read_exactly(string text, double expected)
    {
        var reader = new ExpositionReader(Encoding.UTF8.GetBytes($"a {text}\n"), Text);
        reader.Next();
        reader.ReadSeries();
        reader.ReadSample();
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(reader.Value));
    }

    [Fact]
    public void Every_NaN_is_the_ordinary_one_and_never_a_stale_marker()
    {
        var reader = new ExpositionReader("a NaN\n"u8, Text);
        reader.Next();
        reader.ReadSeries();
        reader.ReadSample();
        Assert.Equal(StaleMarker.OrdinaryNaNBits, BitConverter.DoubleToInt64Bits(reader.Value));
    }

    [Theory]
    [InlineData("a", 1, 2, "expected a value")]
    [InlineData("a 1\nb x\n", 2, 3, "\"x\" is no number")]
    [InlineData("a 1e999\n", 1, 3, "is no number")]
    [InlineData("a 0x10\n", 1, 3, "is no number")]
    [InlineData("a 1_000\n", 1, 3, "is no number")]
    [InlineData("a -nan\n", 1, 3, "is no number")]
    [InlineData("a 1 2.5\n", 1, 5, "timestamp")]
    [InlineData("a 1 2 3\n", 1, 7, "end of the line")]
    [InlineData("a{b=\"c} 1\n", 1, 5, "does not end")]
    [InlineData("a{b=\"c\" 1\n", 1, 10, "do not end on their line")]
    [InlineData("a{b=c} 1\n", 1, 5, "in quotes")]
    [InlineData("a{b} 1\n", 1, 4, "'='")]
    [InlineData("a{1b=\"c\"} 1\n", 1, 3, "label name")]
    [InlineData("a{\"b\"} 1\n", 1, 3, "has a name already")]
    [InlineData("{b=\"c\"} 1\n", 1, 8, "no name")]
    [InlineData("a-b 1\n", 1, 2, "'-'")]
    [InlineData("a{b=\"c\"}d 1\n", 1, 9, "expected a value")]
    [InlineData("# TYPE a sumary\n", 1, 10, "is no metric type")]
    [InlineData("a{b=\"\u00ff\"} 1\n", 1, 5, "not UTF-8")]
    public void Errors_say_where(string body, int line, int column, string what)
    {
        var bytes = body.Contains('\u00ff', StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(body) : Encoding.UTF8.GetBytes(body);
        var error = Assert.Throws<ExpositionException>(() => ReadAll(bytes, Text));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Theory]
    [InlineData("a 1\n", "# EOF")]
    [InlineData("a 1\n# EOF\nb 1\n", "goes on")]
    [InlineData("\na 1\n# EOF\n", "expected a name")]
    [InlineData("# words\n# EOF\n", "expected # HELP")]
    [InlineData("a  1\n# EOF\n", "expected a value")]
    [InlineData("# TYPE a_x gauge\n# UNIT a_x seconds\n# EOF\n", "not the end")]
    [InlineData("a 1 NaN\n# EOF\n", "timestamp")]
    [InlineData("a 1 # {x=\"1\"} y\n# EOF\n", "no number")]
    public void OpenMetrics_is_strict(string body, string what) =>
        Assert.Contains(what, Assert.Throws<ExpositionException>(() => ReadAll(Encoding.UTF8.GetBytes(body), Open)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, Text)]
    [InlineData("text/plain; version=0.0.4; charset=utf-8", Text)]
    [InlineData("application/openmetrics-text; version=1.0.0; charset=utf-8", Open)]
    [InlineData("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", ExpositionFormat.Protobuf)]
    [InlineData("application/vnd.google.protobuf; proto=other; encoding=delimited", null)]
    [InlineData("image/png", null)]
    public void The_format_follows_the_content_type(string? contentType, ExpositionFormat? format) => Assert.Equal(format, ExpositionFormats.Of(contentType));

    [Theory]
    [InlineData(null, Text)]
    [InlineData("*/*", Text)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3", Open)]
    [InlineData("application/openmetrics-text;q=0.2,text/plain;q=0.3", Text)]
    [InlineData("application/openmetrics-text;q=x", Text)]
    public void A_reader_gets_the_format_it_prefers(string? accept, ExpositionFormat format) => Assert.Equal(format, ExpositionFormats.Preferred(accept));

    [Theory]
    [InlineData("a_b 1\n", "a", false)]
    [InlineData("a{b=\"c\"} 1\n", "a", false)]
    [InlineData("a {b=\"c\"} 1\n", "a", false)]
    [InlineData("a 1\n", "a", true)]
    [InlineData("a", "a", false)]
    public void A_series_is_expected_only_as_a_whole(string body, string series, bool found)
    {
        var reader = new ExpositionReader(Encoding.UTF8.GetBytes(body), Text);
        reader.Next();
        Assert.Equal(found, reader.TryExpect(Encoding.UTF8.GetBytes(series)));
    }

    [Fact]
    public void Damaged_bodies_are_read_or_refused_but_never_crash_or_hang()
    {
        var text = "# HELP a H.\n# TYPE a histogram\na_bucket{le=\"1\",x=\"\\\"\\\\\"} 1 1000\na_bucket{le=\"+Inf\"} 2\na_sum 0.5\n{\"m.x\",\"l\"=\"v\"} NaN\nb{c=\"d\"} -1.5e-7\n"u8.ToArray();
        var open = "# TYPE a counter\n# UNIT a_s s\na_total{x=\"y\"} 1 1.5 # {id=\"z\"} 2 3\na_created{x=\"y\"} 1\n# EOF\n"u8.ToArray();
        var random = new Random(20260301);
        for (var i = 0; i < 20_000; i++)
        {
            foreach (var (body, format) in new[] { (text, Text), (open, Open) })
            {
                try
                {
                    ReadAll(Damage.Apply(body, random), format);
                }
                catch (ExpositionException)
                {
                }
            }
        }
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            foreach (var format in new[] { Text, Open })
            {
                var output = new System.Buffers.ArrayBufferWriter<byte>();
                var writer = new ExpositionWriter(output, format);
                writer.Family("f", new("gauge", "Help \"x\" \\ \n.", ""));
                var expected = new StringBuilder();
                for (var i = 0; i < 5; i++)
                {
                    var labels = Labels.Of([new("__name__", RandomText(random, "f")), .. Enumerable.Range(0, random.Next(4)).Select(n => new Label(RandomText(random, "l" + n), RandomText(random, "v")))]);
                    var value = random.Next(3) == 0 ? random.Next(1000) : BitConverter.Int64BitsToDouble(random.NextInt64());
                    if (double.IsNaN(value)) value = 1;
                    long? time = random.Next(2) == 0 ? random.NextInt64(0, 1L << 42) : null;
                    writer.Sample(labels, value, time);
                    expected.Append(i > 0 ? "|" : "").Append(labels).Append(' ').Append(value.ToString("R")).Append(time is null ? "" : $" @{time}");
                }

                writer.End();
                Assert.Equal(expected.ToString(), Read(Encoding.UTF8.GetString(output.WrittenSpan), format, false));
            }
        }
    }

    private static string RandomText(Random random, string plain) => random.Next(3) > 0 ? plain : plain + new string([.. Enumerable.Range(0, 4).Select(_ => "ab\"\\\n{}=, #ü.9"[random.Next(14)])]);

    private static string? Read(string body, ExpositionFormat format, bool fails)
    {
        if (!fails) return ReadAll(Encoding.UTF8.GetBytes(body), format);
        Assert.Throws<ExpositionException>(() => ReadAll(Encoding.UTF8.GetBytes(body), format));
        return null;
    }

    private static string ReadAll(byte[] body, ExpositionFormat format)
    {
        var reader = new ExpositionReader(body, format);
        var text = new StringBuilder();
        var draft = new LabelDraft();
        while (true)
        {
            var item = reader.Next();
            if (item == ExpositionItem.End) return text.ToString();
            if (item != ExpositionItem.Sample) continue;
            reader.ReadSeries();
            draft.Clear();
            reader.ReadLabels(draft);
            reader.ReadSample();
            if (text.Length > 0) text.Append('|');
            try
            {
                text.Append(draft.ToLabels());
            }
            catch (FormatException)
            {
                text.Append('?');
            }

            text.Append(' ').Append(reader.Value.ToString("R"));
            if (reader.HasTime) text.Append(" @").Append(reader.Time);
            if (!reader.HasExemplar) continue;
            draft.Clear();
            var (value, time) = reader.ReadExemplar(draft);
            text.Append(" #").Append(string.Join(',', draft.All.Select(l => $"{l.Name}={l.Value}"))).Append(',').Append(value.ToString("R")).Append(',').Append(time);
        }
    }
}
