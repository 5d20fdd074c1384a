using NodaTime;

namespace Fairway.Ledger;

public sealed class EventTypeTests
{
    [Theory]
    [InlineData("rollout-started.v1", "rollout-started", 1)]
    [InlineData("on-call.shift.began.v12", "on-call.shift.began", 12)]
    public void A_type_is_a_name_and_a_version(string text, string name, int version)
    {
        Assert.Equal(new EventType(name, version), EventType.Parse(text));
        Assert.Equal(text, new EventType(name, version).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("rollout-started")]
    [InlineData(".v1")]
    [InlineData("a.v0")]
    [InlineData("a.v01")]
    [InlineData("a.v-1")]
    [InlineData("a.v99999999999")]
    [InlineData("RolloutStarted.v1")]
    [InlineData("a b.v1")]
    [InlineData("-a.v1")]
    [InlineData("a-.v1")]
    [InlineData("a..b.v1")]
    [InlineData("a.v1.v2")]
    [InlineData("é.v1")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => EventType.Parse(text));

    [Fact]
    public void A_record_of_an_old_shape_is_read_in_the_newest_one_and_keeps_its_hash()
    {
        var upcasts = new Upcasts(
            new Upcast(new("moved", 1), new("moved", 2), data => data.Replace("\"to\"", "\"target\"", StringComparison.Ordinal)),
            new Upcast(new("moved", 2), new("moved", 3), data => data.Replace("}", ",\"by\":1.0}", StringComparison.Ordinal)));
        var old = Record("moved.v1", """{"to":"x"}""");
        Assert.Equal(old with { Type = "moved.v3", Data = """{"by":1,"target":"x"}""" }, upcasts.Apply(old));
        var future = Record("moved.v9", "{}");
        Assert.Same(future, upcasts.Apply(future));
    }

    [Fact]
    public void Upcasts_that_do_not_lead_to_an_end_are_refused()
    {
        static string Same(string data) => data;
        Assert.Throws<ArgumentException>(() =>
            new Upcasts(new Upcast(new("a", 1), new("a", 2), Same), new Upcast(new("a", 2), new("a", 1), Same)));
        Assert.Throws<ArgumentException>(() => new Upcasts(new Upcast(new("a", 1), new("a", 1), Same)));
        Assert.Throws<ArgumentException>(() =>
            new Upcasts(new Upcast(new("a", 1), new("a", 2), Same), new Upcast(new("a", 1), new("a", 3), Same)));
    }

    [Fact]
    public void A_time_is_written_so_that_text_order_is_time_order()
    {
        var times = new[] { Instant.FromUtc(2026, 1, 1, 0, 0), Instant.FromUtc(2026, 1, 1, 0, 0)
            + Duration.FromNanoseconds(1), Instant.FromUtc(2026, 1, 1, 0, 0, 1) };
        var texts = times.Select(StoredRecord.FormatAt).ToList();
        Assert.Equal(texts, texts.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(times, texts.Select(text => StoredRecord.ParseAt(text)!.Value));
        Assert.Null(StoredRecord.ParseAt("2026-01-01T00:00:00Z"));
    }

    private static LedgerEvent Record(string type, string data) => new(1, "s", 1, default, type, "a", null, data, LedgerHash.Zero, "hash");
}
