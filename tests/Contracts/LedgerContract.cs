using System.Text.Json;
using NodaTime;

namespace Fairway.Ledger;

/// <summary>What every ledger promises, whatever keeps it.</summary>
public abstract class LedgerContract(ILedgerPlace place) : LedgerSuite(place)
{
    [Fact]
    public async Task A_stream_grows_by_versions_and_the_ledger_by_seq()
    {
        var first = await Ledger.AppendAsync("a", 0, [Given.Event(1), Given.Event(2)], Stop);
        var second = await Ledger.AppendAsync("b", 0, [Given.Event(3)], Stop);
        var third = await Ledger.AppendAsync("a", 2, [Given.Event(4)], Stop);
        Assert.True(first.Done && second.Done && third.Done);
        var all = await Ledger.ReadAsync(0, 100, Stop);
        Assert.Equal([1L, 2, 3, 4], all.Select(record => record.Seq));
        Assert.Equal([("a", 1L), ("a", 2), ("b", 1), ("a", 3)], all.Select(record => (record.Stream, record.Version)));
        Assert.Equal([.. first.Events, .. second.Events, .. third.Events], all);
        Assert.Equal([1L, 2, 3], (await Ledger.ReadStreamAsync("a", 0, 100, Stop)).Select(record => record.Version));
        Assert.Equal(LedgerHash.Zero, all[0].PreviousHash);
        Assert.All(all.Zip(all.Skip(1)), pair => Assert.Equal(pair.First.Hash, pair.Second.PreviousHash));
    }

    [Fact]
    public async Task An_append_that_expects_another_version_changes_nothing_and_is_told_the_right_one()
    {
        await Ledger.AppendAsync("a", 0, [Given.Event(1), Given.Event(2)], Stop);
        foreach (var wrong in (long[])[0, 1, 3])
        {
            var result = await Ledger.AppendAsync("a", wrong, [Given.Event(9)], Stop);
            Assert.False(result.Done);
            Assert.Equal(2, result.Conflict);
            Assert.Empty(result.Events);
        }
        Assert.Equal(0, (await Ledger.AppendAsync("new", 4, [Given.Event(9)], Stop)).Conflict);
        Assert.Equal(2, (await Ledger.ReadAsync(0, 100, Stop)).Length);
    }

    [Fact]
    public async Task Of_many_who_expect_one_version_one_wins()
    {
        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(n => Task.Run(() => Ledger.AppendAsync("a", 0, [Given.Event(n)], Stop))));
        Assert.Single(results, result => result.Done);
        Assert.All(results.Where(result => !result.Done), result => Assert.Equal(1, result.Conflict));
        Assert.Single(await Ledger.ReadAsync(0, 100, Stop));
    }

    [Fact]
    public async Task Appending_nothing_compares_the_version()
    {
        await Ledger.AppendAsync("a", 0, [Given.Event(1)], Stop);
        Assert.True((await Ledger.AppendAsync("a", 1, [], Stop)).Done);
        Assert.Equal(1, (await Ledger.AppendAsync("a", 0, [], Stop)).Conflict);
    }

    [Fact]
    public async Task Records_are_linked_to_their_causes()
    {
        await Ledger.AppendAsync("a", 0, [Given.Event(1)], Stop);
        await Ledger.AppendAsync("b", 0, [Given.Event(2) with { Cause = 1 }, Given.Event(3) with { Cause = 1 }], Stop);
        await Ledger.AppendAsync("c", 0, [Given.Event(4) with { Cause = 2 }], Stop);
        var trace = await new LedgerQueries(Ledger).TraceAsync(2, 100, Stop);
        Assert.NotNull(trace);
        Assert.Equal([1L], trace.Causes.Select(record => record.Seq));
        Assert.Equal([4L], trace.Effects.Select(record => record.Seq));
        var whole = await new LedgerQueries(Ledger).TraceAsync(1, 100, Stop);
        Assert.Equal([2L, 3, 4], whole!.Effects.Select(record => record.Seq));
        Assert.True(whole.Whole);
        Assert.False((await new LedgerQueries(Ledger).TraceAsync(1, 2, Stop))!.Whole);
        Assert.Null(await new LedgerQueries(Ledger).TraceAsync(99, 100, Stop));
    }

    [Fact]
    public async Task What_cannot_be_kept_is_refused_and_the_rest_goes_on()
    {
        NewEvent[] refused =
        [
            Given.Event(1) with { Type = "NoVersion" }, Given.Event(1) with { Data = "{" },
            Given.Event(1) with { Data = """{"a":1,"a":2}""" },
            Given.Event(1) with { Actor = "" }, Given.Event(1) with { Actor = "nul\0" },
            Given.Event(1) with { Actor = new string('\ud800', 1) },
            Given.Event(1) with { Cause = 7 }, Given.Event(1) with { Cause = 0 },
            Given.Event(1) with { Data = $"\"{new string('x', PreparedAppend.MaxDataBytes)}\"" },
        ];
        foreach (var item in refused) await Assert.ThrowsAsync<InvalidAppendException>(() => Ledger.AppendAsync("a", 0, [item], Stop));
        await Assert.ThrowsAsync<InvalidAppendException>(() => Ledger.AppendAsync("", 0, [Given.Event(1)], Stop));
        Assert.True((await Ledger.AppendAsync("a", 0, [Given.Event(1)], Stop)).Done);
        Assert.Single(await Ledger.ReadAsync(0, 100, Stop));
    }

    [Fact]
    public async Task Every_text_and_time_comes_back_as_it_was_given()
    {
        const string Odd = "Grüße \u2028 😀 \ufffd \u0001 '\"\\ %_ \uffff";
        var at = Instant.FromUtc(1969, 12, 31, 23, 59) + Duration.FromNanoseconds(123_456_789);
        var data = JsonSerializer.Serialize(new { text = Odd + '\0' });
        var result = await Ledger.AppendAsync(Odd, 0, [new(at, "odd.v1", Odd, null, data)], Stop);
        await ReopenAsync();
        var record = Assert.Single(await Ledger.ReadStreamAsync(Odd, 0, 10, Stop));
        Assert.Equal(result.Events[0], record);
        Assert.Equal((Odd, at, Odd), (record.Stream, record.At, record.Actor));
        using var document = JsonDocument.Parse(record.Data);
        Assert.Equal(Odd + '\0', document.RootElement.GetProperty("text").GetString());
        Assert.Empty((await Ledger.VerifyAsync(Stop)).Problems);
    }

    [Fact]
    public async Task A_record_of_a_mebibyte_is_kept()
    {
        var data = JsonSerializer.Serialize(new { text = new string('ä', 1 << 20) });
        await Ledger.AppendAsync("big", 0, [Given.Event(1) with { Data = data }], Stop);
        await ReopenAsync();
        var record = Assert.Single(await Ledger.ReadAsync(0, 10, Stop));
        Assert.Equal(1 << 20, record.Data.Count(character => character == 'ä'));
        Assert.Empty((await Ledger.VerifyAsync(Stop)).Problems);
    }

    [Fact]
    public async Task Pages_follow_a_position_without_a_gap()
    {
        await Given.RecordsAsync(Ledger, 25, Stop);
        var seen = new List<long>();
        while (await Ledger.ReadAsync(seen.LastOrDefault(), 7, Stop) is { Length: > 0 } page)
            seen.AddRange(page.Select(record => record.Seq));
        Assert.Equal(Enumerable.Range(1, 25).Select(seq => (long)seq), seen);
        Assert.Empty(await Ledger.ReadAsync(1000, 7, Stop));
        Assert.Empty(await Ledger.ReadStreamAsync("nobody", 0, 7, Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Ledger.ReadAsync(-1, 1, Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Ledger.ReadAsync(0, 0, Stop));
    }

    [Fact]
    public async Task What_is_kept_is_there_when_it_is_opened_again()
    {
        await Given.RecordsAsync(Ledger, 12, Stop);
        var before = await Ledger.ReadAsync(0, 100, Stop);
        var documents = await Ledger.ListAsync("counts", "", Stop);
        await ReopenAsync();
        Assert.Equal(before, await Ledger.ReadAsync(0, 100, Stop));
        Assert.Equal(documents, await Ledger.ListAsync("counts", "", Stop));
        var next = await Ledger.AppendAsync("s/0", 4, [Given.Event(99)], Stop);
        Assert.Equal(13, next.Events[0].Seq);
        Assert.Equal(before[^1].Hash, next.Events[0].PreviousHash);
        var report = await Ledger.VerifyAsync(Stop);
        Assert.Empty(report.Problems);
        Assert.Equal((13, next.Events[0].Hash), (report.Records, report.LastHash));
    }

    [Fact]
    public async Task A_read_model_changes_with_its_records_or_not_at_all()
    {
        await Ledger.AppendAsync("a", 0, [Given.Event(1), Given.Event(2)], Stop);
        Assert.Equal("2", await Ledger.LoadAsync("counts", "a", Stop));
        await Assert.ThrowsAsync<PoisonedException>(() =>
            Ledger.AppendAsync("a", 2, [Given.Event(3), Given.Event(4) with { Type = "poison.v1" }], Stop));
        Assert.Equal("2", await Ledger.LoadAsync("counts", "a", Stop));
        Assert.Equal(2, (await Ledger.ReadAsync(0, 100, Stop)).Length);
        await Ledger.AppendAsync("a", 2, [Given.Event(3)], Stop);
        Assert.Equal("3", await Ledger.LoadAsync("counts", "a", Stop));
        await Ledger.AppendAsync("a", 3, [Given.Event(4) with { Type = "forgotten.v1" }], Stop);
        Assert.Null(await Ledger.LoadAsync("counts", "a", Stop));
        Assert.Null(await Ledger.LoadAsync("nothing", "a", Stop));
        Assert.Empty((await Ledger.VerifyAsync(Stop)).Problems);
    }

    [Fact]
    public async Task Documents_are_listed_by_prefix_in_ordinal_order()
    {
        string[] keys = ["s/b", "s/a", "s", "s/", "s/a/1", "t", "s/%", "s/_", "s/é", "s/\uffee", "s/😀"];
        foreach (var key in keys) await Ledger.AppendAsync(key, 0, [Given.Event(1)], Stop);
        Assert.Equal(keys.Where(key => key.StartsWith("s/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            (await Ledger.ListAsync("counts", "s/", Stop)).Select(document => document.Key), StringComparer.Ordinal);
        Assert.Equal(["s/%"], (await Ledger.ListAsync("counts", "s/%", Stop)).Select(document => document.Key), StringComparer.Ordinal);
        Assert.Equal(keys.Length, (await Ledger.ListAsync("counts", "", Stop)).Length);
        Assert.Empty(await Ledger.ListAsync("count", "", Stop));
    }

    [Fact]
    public async Task A_rebuild_gives_the_documents_that_were_there()
    {
        await Given.RecordsAsync(Ledger, 30, Stop);
        await Ledger.AppendAsync("s/1", 10, [Given.Event(4) with { Type = "forgotten.v1" }], Stop);
        var before = await Ledger.ListAsync("counts", "", Stop);
        Assert.Equal(31, await Ledger.RebuildAsync(Stop));
        Assert.Equal(before, await Ledger.ListAsync("counts", "", Stop));
        await Ledger.AppendAsync("s/0", 10, [Given.Event(5)], Stop);
        Assert.Equal("11", await Ledger.LoadAsync("counts", "s/0", Stop));
    }

    [Fact]
    public async Task A_read_model_of_another_version_or_a_new_one_is_derived_when_the_ledger_is_opened()
    {
        await Given.RecordsAsync(Ledger, 6, Stop);
        await ReopenAsync(null, new CountPerStream { Version = 2, Step = 10 }, new CountPerStream { Collection = "other" });
        Assert.Equal("20", await Ledger.LoadAsync("counts", "s/0", Stop));
        Assert.Equal("2", await Ledger.LoadAsync("other", "s/0", Stop));
        await ReopenAsync(null, new CountPerStream { Version = 2, Step = 10 });
        await Ledger.AppendAsync("s/0", 2, [Given.Event(7)], Stop);
        await ReopenAsync(null, new CountPerStream { Version = 2, Step = 10 }, new CountPerStream { Collection = "other" });
        Assert.Equal("3", await Ledger.LoadAsync("other", "s/0", Stop));
        Assert.Equal("30", await Ledger.LoadAsync("counts", "s/0", Stop));
    }

    [Fact]
    public async Task Records_of_an_older_shape_are_read_in_the_newest()
    {
        await Ledger.AppendAsync("a", 0, [Given.Event(1) with { Type = "noted.v1", Data = """{"old":1}""" }], Stop);
        await ReopenAsync(new Upcasts(new Upcast(new("noted", 1), new("forgotten", 1), _ => """{"new":1}""")));
        var record = Assert.Single(await Ledger.ReadAsync(0, 10, Stop));
        Assert.Equal(("forgotten.v1", """{"new":1}"""), (record.Type, record.Data));
        await Ledger.RebuildAsync(Stop);
        Assert.Null(await Ledger.LoadAsync("counts", "a", Stop));
        Assert.Empty((await Ledger.VerifyAsync(Stop)).Problems);
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ledger.AppendAsync("a", 0, [Given.Event(1)], cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ledger.ReadAsync(0, 1, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ledger.VerifyAsync(cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ledger.RebuildAsync(cancelled.Token));
        Assert.Empty(await Ledger.ReadAsync(0, 100, Stop));
    }

    [Fact]
    public async Task A_tail_tells_what_was_and_then_what_comes_until_it_is_cancelled()
    {
        await Given.RecordsAsync(Ledger, 3, Stop);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var seen = new List<long>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var record in Ledger.TailAsync(1, enough.Token))
            {
                seen.Add(record.Seq);
                if (record.Seq == 3) await Ledger.AppendAsync("later", 0, [Given.Event(1), Given.Event(2)], Stop);
                if (record.Seq == 5) await enough.CancelAsync();
            }
        });
        Assert.Equal([2L, 3, 4, 5], seen);
    }

    [Fact]
    public async Task Tails_miss_and_double_nothing_while_many_append()
    {
        const int Writers = 8, Each = 40;
        var tails = Enumerable.Range(0, 4).Select(n => Task.Run(() => FollowAsync(n * 5, Writers * Each))).ToList();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 0; n < Each; n++) Assert.True((await Ledger.AppendAsync($"w/{writer}", n, [Given.Event(n)], Stop)).Done);
        })));
        foreach (var tail in tails) await tail;
        Assert.Equal(Writers * Each, (await Ledger.ReadAsync(0, 1000, Stop)).Length);
        Assert.Empty((await Ledger.VerifyAsync(Stop)).Problems);
    }

    private async Task FollowAsync(long after, long until)
    {
        await foreach (var record in Ledger.TailAsync(after, Stop))
        {
            Assert.Equal(after + 1, record.Seq);
            after = record.Seq;
            if (after == until) return;
        }
    }
}
