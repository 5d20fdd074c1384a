using Fairway.Kernel;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>Durations, sizes, percentages, addresses and command lines, as people write them.</summary>
public sealed class ValueTests
{
    [Fact]
    public void A_duration_written_and_read_again_is_the_same()
        => Prop.ForAll((from number in Gen.Choose(0, int.MaxValue) from times in Gen.Choose(0, 140) select (long)number * times)
            .ToArbitrary(), milliseconds =>
        {
            var duration = Duration.FromMilliseconds(milliseconds);
            return DurationText.Parse(DurationText.Format(duration)) is { IsValid: true } parsed && parsed.Value == duration;
        }).Check(Given.Runs(200));

    [Fact]
    public void A_size_written_and_read_again_is_the_same()
        => Prop.ForAll((from number in Gen.Choose(0, int.MaxValue) from unit in Gen.Elements(1L, 1_000L, 1L << 10, 1_000_000L,
            1L << 20) select number * unit).ToArbitrary(),
            bytes => SizeText.Parse(SizeText.Format(bytes)) is { IsValid: true } parsed && parsed.Value == bytes).Check(Given.Runs(200));

    [Fact]
    public void A_percentage_written_and_read_again_is_the_same()
        => Prop.ForAll(Gen.Choose(0, 1_000_000).Select(number => number / 10_000m).ToArbitrary(),
            percent => PercentText.Parse(PercentText.Format(percent)) is { IsValid: true } parsed && parsed.Value == percent)
                .Check(Given.Runs(200));

    [Fact]
    public void Words_joined_and_split_again_are_the_same()
        => Prop.ForAll(Gen.Elements("./shop", "", "a b", "it's", "\"", "\\", "$PORT", "a;b", "--x=1", "é", "\t", "*", "`", "$(x)")
            .NonEmptyListOf().ToArbitrary(), list =>
        {
            ImmutableArray<string> words = ["./run", .. list];
            return CommandWords.Split(CommandWords.Join(words)) is { IsValid: true } parsed && parsed.Value.SequenceEqual(words);
        }).Check(Given.Runs(200));

    [Fact]
    public void No_text_at_all_makes_a_reader_throw()
        => Prop.ForAll(Gen.Elements("0123456789.%:[]smhdkMGTi -+$'\"\\;ée\u0000\u2028".ToCharArray()).ListOf()
            .Select(letters => new string([.. letters])).ToArbitrary(), text =>
        {
            _ = DurationText.Parse(text);
            _ = SizeText.Parse(text);
            _ = PercentText.Parse(text);
            _ = ListenAddress.Parse(text);
            _ = CommandWords.Split(text);
            _ = SecretNames.Conceal(text);
            _ = NearestName.Of(text, ["instances", "run", ""]);
        }).Check(Given.Runs(200));

    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("250ms", 250)]
    [InlineData("7d", 604_800_000)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    public void Durations_are_read(string text, long milliseconds)
        => Assert.Equal(Duration.FromMilliseconds(milliseconds), DurationText.Parse(text).Value);

    [Theory]
    [InlineData("5", "5s")]
    [InlineData("5 minutes", "5m")]
    [InlineData("90S", "90s")]
    [InlineData("1h 30m", "1h30m")]
    [InlineData("1m30", "1m30s")]
    [InlineData("30m1h", null)]
    [InlineData("1h1h", null)]
    [InlineData("-5s", null)]
    [InlineData("1e3s", null)]
    [InlineData("s", null)]
    [InlineData("", null)]
    [InlineData("1..5s", null)]
    [InlineData("99999999999999999999999999999999999999s", null)]
    public void What_is_no_duration_is_refused_and_the_likely_one_named(string text, string? suggestion)
    {
        var parsed = DurationText.Parse(text);
        Assert.False(parsed.IsValid);
        Assert.Equal(suggestion, parsed.Suggestion);
    }

    [Theory]
    [InlineData("256Mi", 268_435_456)]
    [InlineData("1G", 1_000_000_000)]
    [InlineData("512k", 512_000)]
    [InlineData("1.5Gi", 1_610_612_736)]
    [InlineData("1024", 1_024)]
    public void Sizes_are_read(string text, long bytes) => Assert.Equal(bytes, SizeText.Parse(text).Value);

    [Theory]
    [InlineData("256MB", "256M")]
    [InlineData("256MiB", "256Mi")]
    [InlineData("512K", "512k")]
    [InlineData("1 Gi", "1Gi")]
    [InlineData("256m", "256M")]
    [InlineData("lots", null)]
    [InlineData("-1", null)]
    public void What_is_no_size_is_refused_and_the_likely_one_named(string text, string? suggestion)
    {
        var parsed = SizeText.Parse(text);
        Assert.False(parsed.IsValid);
        Assert.Equal(suggestion, parsed.Suggestion);
    }

    [Theory]
    [InlineData("10%", 10)]
    [InlineData("0.5%", 0.5)]
    [InlineData("100%", 100)]
    public void Percentages_are_read(string text, double percent) => Assert.Equal((decimal)percent, PercentText.Parse(text).Value);

    [Theory]
    [InlineData("10", "10%")]
    [InlineData("0.5", "50%")]
    [InlineData("0,5%", "0.5%")]
    [InlineData("ten%", null)]
    [InlineData("-1%", null)]
    public void What_is_no_percentage_is_refused_and_the_likely_one_named(string text, string? suggestion)
    {
        var parsed = PercentText.Parse(text);
        Assert.False(parsed.IsValid);
        Assert.Equal(suggestion, parsed.Suggestion);
    }

    [Theory]
    [InlineData("8080", "*", 8080, "8080")]
    [InlineData(":80", "*", 80, "80")]
    [InlineData("127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1:8080")]
    [InlineData("[::1]:443", "::1", 443, "[::1]:443")]
    [InlineData("localhost:1", "localhost", 1, "localhost:1")]
    public void Addresses_are_read(string text, string host, int port, string written)
    {
        Assert.Equal(new ListenAddress(host, port), ListenAddress.Parse(text).Value);
        Assert.Equal(written, ListenAddress.Parse(text).Value.ToString());
    }

    [Theory]
    [InlineData("./shop --port $PORT", "./shop|--port|$PORT")]
    [InlineData("a 'b c' \"d e\" f\\ g", "a|b c|d e|f g")]
    [InlineData("a '' \"\\\"x\\\"\" '\\'", "a||\"x\"|\\")]
    [InlineData("  a\n\tb  ", "a|b")]
    [InlineData("a 'x && y' --q=a\\&b", "a|x && y|--q=a&b")]
    public void A_command_line_is_split_as_a_shell_splits_it(string line, string words)
        => Assert.Equal(words, string.Join('|', CommandWords.Split(line).Value));

    [Theory]
    [InlineData("DB_PASSWORD", "hunter22", true)]
    [InlineData("dbPassword", "hunter22", true)]
    [InlineData("STRIPE_API_KEY", "abcdef", true)]
    [InlineData("GITHUB_TOKEN", "abcdef", true)]
    [InlineData("TOKEN_TTL", "abcdef", false)]
    [InlineData("PASSWORD_FILE", "abcdef", false)]
    [InlineData("MONKEY", "abcdef", false)]
    [InlineData("SORT_KEY", "name", false)]
    [InlineData("CSRF_TOKEN", "off", false)]
    [InlineData("URL", "https://user:pass1234@example.com", true)]
    [InlineData("URL", "https://example.com:8080/a@b", false)]
    [InlineData("X", "ghp_0123456789abcdefghijABCDEFGHIJ012345", true)]
    [InlineData("DSN", "Host=db;Password=secret1;", true)]
    public void What_looks_like_a_secret_is_told(string name, string value, bool secret)
        => Assert.Equal(secret, SecretNames.IsSecret(name, value));

    [Theory]
    [InlineData("instnaces", "instances")]
    [InlineData("access_log", "accessLog")]
    [InlineData("blue-green", "blueGreen")]
    [InlineData("rn", "run")]
    [InlineData("zzzz", null)]
    public void The_nearest_name_is_found(string written, string? nearest)
        => Assert.Equal(nearest, NearestName.Of(written, ["instances", "accessLog", "blueGreen", "run"]));
}
