using System.Text;
using NodaTime;

namespace Fairway.Ledger;

public sealed class LedgerChainTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 1, 31, 23, 59, 59);

    [Fact]
    public void A_record_is_hashed_over_these_very_bytes()
    {
        var record = PreparedAppend.Of(
            "service/production/shop", 0,
                [new(Start + Duration.FromMilliseconds(123), "rollout-started.v1", "alice", null, """{ "weight" : 1e1 }""")]).After(
                    LedgerHead.Empty)[0];
        Assert.Equal(
            """{"actor":"alice","at":"2026-01-31T23:59:59.123000000Z","cause":null,"data":{"weight":10},"previousHash":"""
            + $"\"{LedgerHash.Zero}\"" + ""","seq":1,"stream":"service/production/shop","type":"rollout-started.v1","version":1}""",
            Encoding.UTF8.GetString(LedgerHash.Preimage(StoredRecord.Of(record))));
        // Computed apart from this program: sha256sum over that line.
        Assert.Equal("d4269ac8dfe384766773c056a758f83402f4c756aece04074e7cbfdaa92bb0a6", record.Hash);
    }

    [Fact]
    public void The_bytes_that_are_hashed_are_canonical_JSON()
    {
        var record = PreparedAppend.Of("s/\"\\\u0001é", 0,
            [new(Start, "a.v1", "Ünï \u2028", null, """{"b":[1.50,"\u00e9"],"a":null}""")]).After(LedgerHead.Empty)[0];
        var bytes = Encoding.UTF8.GetString(LedgerHash.Preimage(StoredRecord.Of(record)));
        Assert.Equal(Kernel.CanonicalJson.Canonicalize(bytes), bytes);
    }

    [Fact]
    public void An_untouched_chain_has_no_problem()
    {
        var chain = Chain();
        var report = Verify(chain);
        Assert.Empty(report.Problems);
        Assert.Equal(new(chain.Count, chain[^1].Hash), report.Head);
    }

    [Fact]
    public void A_removed_record_is_named()
    {
        var chain = Chain();
        var problem = Verify([.. chain.Where(record => record.Seq != 4)], Head(chain)).Problems[0];
        Assert.Equal((4, "record", "record 4 is missing"), (problem.Seq, problem.Field, problem.Sentence));
    }

    [Fact]
    public void A_cut_off_end_is_named()
    {
        var chain = Chain();
        var problem = Assert.Single(Verify([.. chain.Take(chain.Count - 2)], Head(chain)).Problems);
        Assert.Equal($"records {chain.Count - 1} to {chain.Count} are missing from the end", problem.Sentence);
    }

    [Fact]
    public void A_removed_record_is_found_when_the_later_ones_were_moved_up()
    {
        var chain = Chain();
        var moved = chain.Where(record => record.Seq != 4).Select((record, index) => record with { Seq = index + 1 }).ToList();
        var problem = Verify(moved, Head(chain)).Problems[0];
        Assert.Equal((4, "seq"), (problem.Seq, problem.Field));
        Assert.Contains("written as record 5", problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_swapped_records_are_both_named()
    {
        var chain = Chain();
        (chain[3], chain[4]) = (chain[4] with { Seq = 4 }, chain[3] with { Seq = 5 });
        var problems = Verify(chain, Head(Chain())).Problems;
        Assert.Contains(problems, problem => problem is { Seq: 4, Field: "seq" });
        Assert.Contains(problems, problem => problem is { Seq: 5, Field: "seq" });
    }

    [Fact]
    public void A_record_added_after_the_newest_is_named()
    {
        var chain = Chain();
        var forged = PreparedAppend.Of("s/0", 4, [Event(99)]).After(Head(chain));
        var problem = Assert.Single(Verify([.. chain, .. forged], Head(chain)).Problems);
        Assert.Equal((13, "record"), (problem.Seq, problem.Field));
    }

    [Fact]
    public void A_record_that_was_replaced_whole_with_a_right_hash_is_found_by_the_next_one()
    {
        var chain = Chain();
        var forged = chain[5] with { Actor = "mallory" };
        chain[5] = forged with { Hash = LedgerHash.Of(StoredRecord.Of(forged)) };
        var problem = Assert.Single(Verify(chain).Problems);
        Assert.Equal((7, "record"), (problem.Seq, problem.Field));
        Assert.Contains("does not follow record 6", problem.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replaced_newest_record_is_found_by_the_noted_head()
    {
        var chain = Chain();
        var forged = chain[^1] with { Data = """{"n":1000}""" };
        var replaced = chain.SkipLast(1).Append(forged with { Hash = LedgerHash.Of(StoredRecord.Of(forged)) }).ToList();
        Assert.Equal("head", Assert.Single(Verify(replaced, Head(chain)).Problems).Field);
    }

    [Fact]
    public void A_wholly_rewritten_ledger_is_found_by_a_head_noted_elsewhere()
    {
        var noted = Head(Chain());
        var rewritten = Chain(actor: "mallory");
        Assert.Empty(Verify(rewritten).Problems);
        var report = LedgerChainCheck.Verify(rewritten.Select(StoredRecord.Of), Head(rewritten), noted);
        Assert.Equal((12, "record"), (Assert.Single(report.Problems).Seq, report.Problems[0].Field));
        var shorter = LedgerChainCheck.Verify(Chain().Take(5).Select(StoredRecord.Of), Head([.. Chain().Take(5)]), noted);
        Assert.Contains("cut off", Assert.Single(shorter.Problems).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_swapped_for_another_is_named_with_both()
    {
        var chain = Chain();
        chain[6] = chain[6] with { Actor = "actor-1" };
        var problem = Assert.Single(Verify(chain).Problems);
        Assert.Equal("record 7: actor differs: was \"actor-0\", now \"actor-1\"", problem.Sentence);
    }

    [Fact]
    public void A_changed_cause_is_named_with_both()
    {
        var chain = Chain();
        chain[8] = chain[8] with { Cause = null };
        Assert.Equal("record 9: cause differs: was 8, now none", Assert.Single(Verify(chain).Problems).Sentence);
        chain[8] = chain[8] with { Cause = 2 };
        Assert.Equal("record 9: cause differs: was 8, now 2", Assert.Single(Verify(chain).Problems).Sentence);
    }

    [Fact]
    public void A_change_of_many_bytes_is_told_as_such()
    {
        var chain = Chain();
        chain[6] = chain[6] with { Data = """{"text":"something else altogether"}""" };
        var problem = Assert.Single(Verify(chain).Problems);
        Assert.Equal((7, "content"), (problem.Seq, problem.Field));
    }

    [Fact]
    public void A_ledger_with_everything_broken_is_told_within_bounds()
    {
        var broken = Enumerable.Range(1, 3000).Select(seq =>
            StoredRecord.Of(new(seq, "s", 7, Start, "x.v1", "a", null, "{}", "zz", "yy"))).ToList();
        var report = LedgerChainCheck.Verify(broken, null);
        Assert.Equal(LedgerChainCheck.MostProblems + 1, report.Problems.Length);
        Assert.Contains("more problems", report.Problems[^1].Sentence, StringComparison.Ordinal);
    }

    private static List<LedgerEvent> Chain(string? actor = null)
    {
        var chain = new List<LedgerEvent>();
        for (var i = 0; i < 12; i++)
        {
            var item = Event(i) with { Actor = actor ?? $"actor-{i % 2}" };
            chain.AddRange(PreparedAppend.Of($"s/{i % 3}", i / 3, [item]).After(Head(chain)));
        }
        return chain;
    }

    private static NewEvent Event(int n)
        => new(Start + Duration.FromSeconds(n), "thing-done.v1", "actor", n < 2 || n == 99 ? null : n, $$"""{"n":{{n}}}""");

    private static LedgerHead Head(List<LedgerEvent> chain) => chain is [.., var last] ? new(last.Seq, last.Hash) : LedgerHead.Empty;

    private static LedgerChainReport Verify(List<LedgerEvent> chain, LedgerHead? head = null)
        => LedgerChainCheck.Verify(chain.Select(StoredRecord.Of), head ?? Head(chain));
}
