using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Delivery;

/// <summary>What was tested is what ships: a changed byte, and provenance that is not ours, ship nowhere.</summary>
[Collection(Storefront.Name)]
public sealed class TamperedReleaseTests(Storefront store)
{
    [Fact]
    public async Task A_byte_changed_in_the_store_after_staging_does_not_reach_production()
    {
        var (commit, _) = store.Push("feat(web): saucers", ("web/settings.json", "\"cents\": 2900 }", "\"cents\": 2900 },\n    { \"name\": \"saucer\", \"cents\": 300 }"));
        var version = commit[..12];
        var held = await store.HeldAsync("web", version);
        var release = held.Queued!.Release;
        var artifact = await store.ArtifactAsync("web", release);
        Assert.Equal(release, (await store.ServesAsync("staging", "web", version)).Rollout!.Summary.Release);
        var file = Path.Combine(store.Data.Path, "artifacts", artifact.Digest.Replace(':', '-'), "web", "page.js");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        var (code, said) = await store.FairwayAsync("artifact", "verify", artifact.Digest);
        Assert.True(code == ExitCodes.Refused && said.Contains("were changed or damaged", StringComparison.Ordinal), said);
        var serving = (await store.GetAsync("localhost")).Version;
        Assert.Equal(0, (await store.AsBenAsync("approve", "web", "--environment", "production")).Code);
        var back = await store.ServiceAsync("production", "web", now => now.Rollout?.Summary is { HasEnded: true } rollout && rollout.Version == version, $"{version} ends");
        Assert.NotEqual(RolloutPhases.Completed, back.Rollout!.Summary.Phase);
        Assert.Contains("were changed or damaged", back.Rollout.Summary.Why.Sentence, StringComparison.Ordinal);
        Assert.Equal((200, serving), (await store.GetAsync("localhost")) is var answer ? (answer.Status, answer.Version) : default);
    }

    [Fact]
    public async Task An_envelope_changed_in_the_store_after_staging_keeps_its_release_from_production_with_the_reason()
    {
        var (commit, _) = store.Push("feat(web): spoons", ("web/settings.json", "\"cents\": 2900 }", "\"cents\": 2900 },\n    { \"name\": \"spoon\", \"cents\": 200 }"));
        var version = commit[..12];
        var release = (await store.HeldAsync("web", version)).Queued!.Release;
        var artifact = await store.ArtifactAsync("web", release);
        var document = artifact.Attestations.Last(one => one.Kind == "provenance").Document!;
        var file = Path.Combine(store.Data.Path, "documents", document.Replace(':', '-'));
        var genuine = await File.ReadAllTextAsync(file);
        var serving = (await store.GetAsync("localhost")).Version;
        await File.WriteAllTextAsync(file, genuine.Replace("\"sig\":\"M", "\"sig\":\"N", StringComparison.Ordinal));
        var (explained, why) = await store.FairwayAsync("gate", "explain", "web", "-e", "production", "--release", release);
        Assert.True(explained == ExitCodes.Refused && why.Contains("was changed or damaged", StringComparison.Ordinal), why);
        await store.AsBenAsync("approve", "web", "--environment", "production");
        var (asked, said) = await store.FairwayAsync("promote", "web", "--from", "staging", "--to", "production");
        Assert.True(asked == ExitCodes.Refused, said);
        Assert.Equal(serving, (await store.GetAsync("localhost")).Version);
        await File.WriteAllTextAsync(file, genuine);
    }

    [Fact]
    public async Task Provenance_of_another_key_another_artifact_or_with_another_word_is_not_believed()
    {
        var web = await OfGoodAsync("web");
        var prices = await OfGoodAsync("prices");
        var key = await store.FairwayAsync("artifact", "keys", "--json");
        var ours = Write("ours.pem", JsonNode.Parse(key.Output)![0]!["pem"]!.GetValue<string>());
        using var strange = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var theirs = Write("theirs.pem", strange.ExportSubjectPublicKeyInfoPem());
        var envelope = (await store.FairwayAsync("artifact", "provenance", web)).Output;
        var genuine = Write("genuine.json", envelope);
        Assert.Equal(0, (await VerifyAsync(web, genuine, ours)).Code);

        // Replayed for another artifact; and with a key that is not ours.
        Assert.Equal(ExitCodes.Refused, (await VerifyAsync(prices, genuine, ours)).Code);
        Assert.Equal(ExitCodes.Refused, (await VerifyAsync(web, genuine, theirs)).Code);
        var edited = JsonNode.Parse(envelope)!;
        var payload = Encoding.UTF8.GetString(Convert.FromBase64String(edited["payload"]!.GetValue<string>()));
        edited["payload"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(payload.Replace("\"main\"", "\"mine\"", StringComparison.Ordinal).Replace(web[7..], prices[7..], StringComparison.Ordinal)));
        var other = await VerifyAsync(prices, Write("edited.json", edited.ToJsonString()), ours);
        Assert.True(other.Code == ExitCodes.Refused, other.Output);
        // Signed by a stranger from the first to the last byte.
        var typed = Encoding.UTF8.GetBytes(edited["payloadType"]!.GetValue<string>());
        var body = Convert.FromBase64String(edited["payload"]!.GetValue<string>());
        byte[] signed = [.. Encoding.UTF8.GetBytes($"DSSEv1 {typed.Length} "), .. typed, .. Encoding.UTF8.GetBytes($" {body.Length} "), .. body];
        edited["signatures"]![0]!["sig"] = Convert.ToBase64String(strange.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal(ExitCodes.Refused, (await VerifyAsync(prices, Write("stranger.json", edited.ToJsonString()), ours)).Code);
    }

    [Fact]
    public async Task What_nobody_built_here_is_refused_where_provenance_is_required()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-by-hand-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "web"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "web", "server.js"), "// by hand\n");
            var tar = new MemoryStream();
            await System.Formats.Tar.TarFile.CreateFromDirectoryAsync(folder.FullName, tar, includeBaseDirectory: false);
            tar.Position = 0;
            var release = await store.Client.CreateReleaseAsync("web", "by-hand", null, tar, default);
            var (code, output) = await store.FairwayAsync("deploy", "web", "--environment", "staging", "--release", release.Digest);
            Assert.True(code == ExitCodes.Refused && output.Contains("ships only what is signed", StringComparison.Ordinal), output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<string> OfGoodAsync(string service)
        => (await store.ArtifactAsync(service, Storefront.Job(store.First, service).Release!)).Digest;

    private string Write(string name, string text)
    {
        // Beside the working copy, whose files the next commit replaces.
        var path = Path.Combine(Path.GetDirectoryName(store.Work)!, name);
        File.WriteAllText(path, text);
        return path;
    }

    private Task<(int Code, string Output)> VerifyAsync(string artifact, string envelope, string key)
        => store.FairwayAsync("artifact", "verify", artifact, "--envelope", envelope, "--key", key);
}
