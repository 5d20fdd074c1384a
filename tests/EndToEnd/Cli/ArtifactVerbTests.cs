using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary>What <c>fairway artifact</c> prints, read at 80 columns.</summary>
public sealed class ArtifactVerbTests
{
    private static readonly WhyInfo Kept = CliRun.Why("rollback", "production/shop can go back to 1.1, which served there until somebody shipped what came after it");

    [Fact]
    public async Task A_list_has_a_line_for_each_however_many_releases_it_has()
    {
        var run = Given(One(1, ["shop 1.1"]), One(2, [.. Enumerable.Range(0, 12).Select(number => $"a-service-of-a-long-name {number}")]), One(3, []) with { Kept = false });
        Assert.Equal(0, await run.RunAsync("artifact", "list"));
        var said = run.Out.ToString();
        Assert.All(said.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Matches("^ARTIFACT +STORED +SIZE +RELEASES +KEPT\n111111111111  2026-03-01 12:00Z  1.5 MiB  shop 1.1 +rollback\n222222222222 .*a-service-of-a-long[^\n]*… +rollback\n333333333333 .* – +no\n$", said);
        Assert.Equal("no artifacts\n", await OutAsync(Given(), "list"));
    }

    [Fact]
    public async Task One_is_shown_with_all_that_is_known_of_it_wrapped()
    {
        var run = Given(One(1, ["shop 1.1"]) with { Attestations = [new("tests", false, string.Join(' ', Enumerable.Repeat("many words", 20)), "fairway", CliRun.At(0), new Dictionary<string, double>(), "run-1", null)] });
        Assert.Equal(0, await run.RunAsync("artifact", "show", "11111111"));
        var said = run.Out.ToString();
        Assert.All(said.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("  kept      production/shop can go back to 1.1, which served there until", said, StringComparison.Ordinal);
        Assert.Contains("  FAILED    tests\n            many words", said, StringComparison.Ordinal);
        Assert.Contains("            fairway, 2026-03-01 12:00Z, run run-1\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_collection_says_what_went_and_what_could_not()
    {
        var (gone, stays, busy) = (One(1, []), One(2, ["shop 1.1"]), One(3, []));
        var run = new CliRun();
        run.Api.On("POST artifacts/collect", new(false, [new(gone.Digest, gone.Bytes, true, Kept), new(stays.Digest, stays.Bytes, false, Kept), new(busy.Digest, busy.Bytes, true, Kept)], [gone.Digest], ["it is busy"]),
            WireJson.Default.CollectInfo);
        Assert.Equal(ExitCodes.Failed, await run.RunAsync("artifact", "gc"));
        var said = run.Out.ToString();
        Assert.All(said.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Matches("(?s)^removed       111111111111 .*\nkept          222222222222 .*\nnot removed   333333333333 .*\n1 removed, 1.5 MiB\n$", said);
        Assert.Equal("problem: it is busy\n", run.Error.ToString());
    }

    private static ArtifactInfo One(int digit, IReadOnlyList<string> releases)
        => new("sha256:" + new string((char)('0' + digit), 64), CliRun.At(0), 3 << 19, releases, true, Kept, []);

    private static CliRun Given(params ArtifactInfo[] all)
    {
        var run = new CliRun();
        run.Api.On("GET artifacts", all, WireJson.Default.IReadOnlyListArtifactInfo);
        return run;
    }

    private static async Task<string> OutAsync(CliRun run, string verb)
    {
        Assert.Equal(0, await run.RunAsync("artifact", verb));
        return run.Out.ToString();
    }
}
