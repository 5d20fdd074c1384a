using System.Text.Json;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Artifacts;

public sealed class AttestationTests
{
    private static readonly string Digest = "sha256:" + new string('a', 64);
    private static readonly Instant At = Instant.FromUtc(2026, 1, 31, 12, 0);

    [Theory]
    [InlineData("tests", true)]
    [InlineData("scan/secrets", true)]
    [InlineData("smoke-2/eu", true)]
    [InlineData("", false)]
    [InlineData("Tests", false)]
    [InlineData("scan//secrets", false)]
    [InlineData("/scan", false)]
    [InlineData("scan-", false)]
    [InlineData("scan secrets", false)]
    public void A_kind_is_lower_case_words_joined(string text, bool expected) => Assert.Equal(expected, AttestationKinds.IsKind(text));

    [Fact]
    public void One_with_a_mistake_says_what_is_wrong()
    {
        var good = new Attestation(Digest, "tests", Passed: true, "41 tests passed", "anna", At);

        Assert.Null(good.Problem());
        Assert.Contains("no digest", (good with { Artifact = "sha256:1" }).Problem(), StringComparison.Ordinal);
        Assert.Contains("kind", (good with { Kind = "Tests" }).Problem(), StringComparison.Ordinal);
        Assert.Contains("one line", (good with { Summary = "a\nb" }).Problem(), StringComparison.Ordinal);
        Assert.Contains("finite", (good with { Numbers = good.Numbers.Add("failed", double.NaN) }).Problem(), StringComparison.Ordinal);
        Assert.Contains("document", (good with { Document = "x" }).Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_of_a_kind_holds()
    {
        var failed = new Attestation(Digest, "tests", Passed: false, "1 of 41 tests failed", "anna", At);
        var passed = failed with { Passed = true, Summary = "41 tests passed" };

        Assert.True(Attestation.InForce([failed, passed])["tests"].Passed);
        Assert.False(Attestation.InForce([passed, failed])["tests"].Passed);
    }

    [Fact]
    public void It_is_the_same_after_the_ledger()
    {
        var one = new Attestation(Digest, "tests", Passed: true, "41 tests passed", "anna", At)
        {
            Numbers = ImmutableSortedDictionary<string, double>.Empty.Add("passed", 41).Add("seconds", 1.5), Run = "42", Document = Digest,
        };

        var read = FairwayJson.Read<Attestation>(FairwayJson.Write(one));

        Assert.True(one.SaysTheSame(read));
        Assert.Equal(At, read.At);
        using var record = JsonDocument.Parse(new ArtifactEvent.Attested(one, "anna", At).ToRecord().Data);
        Assert.Equal("tests", record.RootElement.GetProperty("attestation").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_book_keeps_them_in_order_and_a_resumed_run_repeats_nothing()
    {
        var book = new AttestationBook(new InMemoryLedger([new AttestationsProjection()]));
        var one = new Attestation(Digest, "tests", Passed: false, "1 of 41 tests failed", "anna", At) { Run = "7" };

        Assert.Null(await book.AddAsync(one, CancellationToken.None));
        Assert.Null(await book.AddAsync(one with { At = At + Duration.FromMinutes(1) }, CancellationToken.None));
        Assert.Null(await book.AddAsync(one with { Passed = true, Summary = "41 tests passed", Run = "8" }, CancellationToken.None));
        Assert.Null(await book.AddAsync(one with { Artifact = "sha256:" + new string('b', 64) }, CancellationToken.None));
        Assert.NotNull(await book.AddAsync(one with { Kind = "?" }, CancellationToken.None));

        Assert.Equal(["7", "8"], (await book.ListAsync(Digest, CancellationToken.None)).Select(a => a.Run!));
        Assert.Equal(2, (await book.ListAllAsync(CancellationToken.None)).Count);
    }
}
