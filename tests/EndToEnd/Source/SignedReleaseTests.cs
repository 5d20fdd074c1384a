using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Source;

/// <summary>A release that a pipeline built and signed, with the real program: its verbs, and what becomes of it when somebody is at its envelope.</summary>
public sealed class SignedReleaseTests
{
    [Fact]
    public async Task What_the_verbs_say_of_an_artifact_and_an_envelope_that_was_changed_ships_nowhere()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        house.Commit(".fairway/pipeline.yaml", """
            jobs:
              build:
                run: mkdir -p dist && printf '#!/bin/sh\nexec sleep 1000\n' > dist/shop && chmod +x dist/shop
                artifacts: { shop: dist/** }
                release: { service: shop, version: "1.0" }
            """, "feat: a pipeline");
        house.Must("push", "fairway", "main");
        await Hammer.Until.TrueAsync(async () => await house.Client.GetPipelineRunsAsync(null, 5, default) is [{ State: "succeeded" }], () => "the run is over");
        var release = Assert.Single(await house.Client.GetReleasesAsync("shop", default));
        var digest = release.Artifact;
        await ReadAsync(house, digest);

        Assert.Equal(0, (await house.FairwayAsync("gate", "explain", "shop", "-e", "production", "--release", release.Digest)).Code);
        var envelope = Assert.Single(Directory.GetFiles(Path.Combine(house.Data, "documents")), file => File.ReadAllText(file).Contains("payloadType", StringComparison.Ordinal));
        var genuine = await File.ReadAllTextAsync(envelope);
        foreach (var change in (Action[])[() => File.AppendAllText(envelope, " "), () => File.Delete(envelope)])
        {
            File.WriteAllText(envelope, genuine);
            change();
            var (verified, said) = await house.FairwayAsync("artifact", "verify", digest);
            Assert.True(verified == ExitCodes.Refused && said.Contains("each is as it was stored", StringComparison.Ordinal), said);
            var (explained, why) = await house.FairwayAsync("gate", "explain", "shop", "-e", "production", "--release", release.Digest);
            Assert.True(explained == ExitCodes.Refused && why.Contains("provenance", StringComparison.Ordinal) && why.Contains("the document", StringComparison.Ordinal), why);
            var (deployed, refused) = await house.FairwayAsync("deploy", "shop", "-e", "production", "--release", release.Digest);
            Assert.True(deployed == ExitCodes.Refused && refused.Contains("the document", StringComparison.Ordinal), refused);
        }
        Assert.Null((await house.Client.GetServiceAsync("production", "shop", default)).Rollout);
        File.WriteAllText(envelope, genuine);
        Assert.Equal(0, (await house.FairwayAsync("artifact", "verify", digest)).Code);
        Assert.Equal(0, (await house.FairwayAsync("gate", "explain", "shop", "-e", "production", "--release", release.Digest)).Code);
    }

    private static async Task ReadAsync(SourceHouse house, string digest)
    {
        var (code, list) = await house.FairwayAsync("artifact", "list");
        Assert.True(code == 0 && list.StartsWith("ARTIFACT", StringComparison.Ordinal) && list.Contains($"{digest[7..19]}  ", StringComparison.Ordinal) && list.Contains("shop 1.0", StringComparison.Ordinal), list);
        var (_, json) = await house.FairwayAsync("artifact", "list", "--json");
        Assert.Equal(digest, Assert.Single(JsonSerializer.Deserialize(json, WireJson.Default.IReadOnlyListArtifactInfo)!).Digest);
        var (_, shown) = await house.FairwayAsync("artifact", "show", digest[7..19]);
        Assert.Contains("  passed    provenance\n            built by ", shown, StringComparison.Ordinal);
        Assert.Contains("\"bomFormat\"", (await house.FairwayAsync("artifact", "sbom", digest)).Output, StringComparison.Ordinal);

        var file = Path.Combine(house.Work, "shop.tar");
        Assert.Equal(0, (await house.FairwayAsync("artifact", "export", digest, "-o", file)).Code);
        var first = await File.ReadAllBytesAsync(file);
        Assert.Equal(0, (await house.FairwayAsync("artifact", "export", digest, "-o", file)).Code);
        Assert.Equal(first, await File.ReadAllBytesAsync(file));
        Assert.Equal(ExitCodes.Usage, (await house.FairwayAsync("artifact", "export", digest, "--layout", file + ".d")).Code);
        Assert.Equal(ExitCodes.Usage, (await house.FairwayAsync("artifact", "export", digest)).Code);

        var (_, pinned) = await house.FairwayAsync("artifact", "pin", digest, "--reason", "for the audit");
        Assert.Contains("is kept", pinned, StringComparison.Ordinal);
        var (_, kept) = await house.FairwayAsync("artifact", "gc", "--min-age", "1s", "--keep", "0");
        Assert.True(kept.StartsWith("kept", StringComparison.Ordinal) && kept.Contains("for the audit", StringComparison.Ordinal) && kept.EndsWith("0 removed, 0 KiB\n", StringComparison.Ordinal), kept);
        Assert.Equal(0, (await house.FairwayAsync("artifact", "pin", digest, "--release", "--reason", "audited")).Code);
        var (_, would) = await house.FairwayAsync("artifact", "gc", "--min-age", "1s", "--keep", "0", "--dry-run");
        Assert.Contains("1 would go", would, StringComparison.Ordinal);
        foreach (var word in (string[])["nonsense", "00000000"]) Assert.NotEqual(0, (await house.FairwayAsync("artifact", "show", word)).Code);
    }
}
