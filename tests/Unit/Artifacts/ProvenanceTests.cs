using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fairway.Adapters.Artifacts;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Runtime;
using Fairway.Scanning;
using NodaTime;

namespace Fairway.Artifacts;

public sealed class ProvenanceTests : IDisposable
{
    private static readonly string Artifact = "sha256:" + new string('a', 64);
    private static readonly string Other = "sha256:" + new string('b', 64);
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-provenance-").FullName;
    private readonly SigningKeys _keys;
    private readonly AttestationBook _book = new(new InMemoryLedger([new AttestationsProjection()]));
    private readonly ProvenanceDesk _desk;

    public ProvenanceTests()
    {
        _keys = new(Path.Combine(_folder, "keys"));
        _desk = new(_keys, ArtifactDocuments.Open(Path.Combine(_folder, "documents")).Documents!, _book, new EngineClock(TimeProvider.System));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_signed_is_the_bytes_of_the_specification()
        => Assert.Equal("DSSEv1 29 http://example.com/HelloWorld 11 hello world", Encoding.UTF8.GetString(DsseEnvelope.Preauthenticate("http://example.com/HelloWorld", "hello world"u8)));

    [Fact]
    public void A_statement_is_the_same_to_the_letter()
    {
        var provenance = new Provenance(Artifact, "shop", "run-7")
        {
            Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("ref", "refs/heads/main"), BuilderVersion = "1.2",
            Dependencies = [new("git+https://example.org/shop", ImmutableSortedDictionary<string, string>.Empty.Add("gitCommit", "abc"))],
            StartedAt = Instant.FromUtc(2026, 1, 31, 12, 0),
        };

        Assert.Equal("""{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"shop","digest":{"sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"buildType":"https://fairway.dev/pipeline/v1","externalParameters":{"ref":"refs/heads/main"},"resolvedDependencies":[{"uri":"git+https://example.org/shop","digest":{"gitCommit":"abc"}}]},"runDetails":{"builder":{"id":"https://fairway.dev/builder/v1","version":{"fairway":"1.2"}},"metadata":{"invocationId":"run-7","startedOn":"2026-01-31T12:00:00Z"}}}}""",
            Encoding.UTF8.GetString(provenance.ToStatement()));
    }

    [Fact]
    public async Task What_was_signed_is_believed_also_after_the_key_was_rotated()
    {
        await SignAsync(Artifact);
        var before = await _desk.VerifyAsync(Artifact, default);
        var (rotated, _) = await _keys.RotateAsync(default);
        var after = await _desk.VerifyAsync(Artifact, default);

        Assert.True(before.Trusted && after.Trusted, after.Why.Sentence);
        Assert.Equal(before.KeyId, after.KeyId);
        Assert.NotEqual(rotated!.Id, after.KeyId);
        Assert.Equal([rotated.Id, before.KeyId!], (await _keys.TrustedAsync(default)).Keys.Select(key => key.Id));
        var files = Directory.GetFiles(Path.Combine(_folder, "keys")).Order(StringComparer.Ordinal).ToArray();
        Assert.DoesNotContain("PRIVATE", await File.ReadAllTextAsync(files[0]), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files[1]));
    }

    [Fact]
    public async Task What_nobody_signed_is_refused() => Assert.Equal("provenance-absent", (await _desk.VerifyAsync(Artifact, default)).Why.Code);

    [Fact]
    public async Task A_key_that_others_can_read_signs_nothing()
    {
        await SignAsync(Artifact);
        File.SetUnixFileMode(Assert.Single(Directory.GetFiles(Path.Combine(_folder, "keys"))), (UnixFileMode)0b110_100_100);

        Assert.Contains("chmod 600", (await _keys.SignAsync("x"u8.ToArray(), default)).Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_changed_forged_or_is_of_another_artifact_is_refused_with_the_reason()
    {
        var envelope = await EnvelopeAsync(Artifact);
        var keys = (await _keys.TrustedAsync(default)).Keys;
        var signed = DsseEnvelope.Read(envelope);
        var changed = signed with { Payload = [.. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(signed.Payload.AsSpan()).Replace(new string('a', 64), new string('b', 64), StringComparison.Ordinal))] };
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var strange = ProvenanceKey.Of(stranger.ExportSubjectPublicKeyInfo());
        var unknown = signed with { Signatures = [new(strange.Id, [.. stranger.SignData(signed.Preauthenticated(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)])] };
        var forged = unknown with { Signatures = [unknown.Signatures[0] with { KeyId = keys[0].Id }] };

        Assert.Equal("provenance-verified", Code(Artifact, envelope));
        Assert.Equal("provenance-other-digest", Code(Other, envelope));
        Assert.Equal("provenance-forged", Code(Other, Encoding.UTF8.GetBytes(changed.Write())));
        Assert.Equal("provenance-key-unknown", Code(Artifact, Encoding.UTF8.GetBytes(unknown.Write())));
        Assert.Equal("provenance-forged", Code(Artifact, Encoding.UTF8.GetBytes(forged.Write())));
        Assert.Equal("provenance-malformed", Code(Artifact, "{}"u8.ToArray()));
        Assert.Equal("provenance-malformed", Code(Artifact, Encoding.UTF8.GetBytes((signed with { PayloadType = "text/plain" }).Write())));

        string Code(string artifact, byte[] bytes) => ProvenanceDecider.Decide(artifact, bytes, keys).Why.Code;
    }

    [Fact]
    public async Task Any_changed_byte_of_an_envelope_is_refused()
    {
        var envelope = await EnvelopeAsync(Artifact);
        var keys = (await _keys.TrustedAsync(default)).Keys;
        var signed = DsseEnvelope.Read(envelope);
        for (var at = 0; at < signed.Payload.Length; at += 7)
        {
            var bytes = signed.Payload.ToArray();
            bytes[at] ^= 1;
            Assert.False(ProvenanceDecider.Decide(Artifact, Encoding.UTF8.GetBytes((signed with { Payload = [.. bytes] }).Write()), keys).Trusted);
        }
    }

    [Fact]
    public async Task A_document_that_was_changed_on_disk_is_refused()
    {
        await SignAsync(Artifact);
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "documents")));
        await File.AppendAllTextAsync(file, " ");

        var verdict = await _desk.VerifyAsync(Artifact, default);

        Assert.Equal("provenance-unreadable", verdict.Why.Code);
        Assert.Contains("was changed or damaged", verdict.Why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_the_same_after_PEM_and_its_id_is_of_its_SPKI()
    {
        await SignAsync(Artifact);
        var key = (await _keys.TrustedAsync(default)).Keys[0];

        Assert.Equal(key.Id, ProvenanceKey.Parse(key.Pem()).Id);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(key.Spki.AsSpan())), key.Id);
        Assert.Throws<FormatException>(() => ProvenanceKey.Parse("nothing"));
    }

    [Fact]
    public void A_bill_of_materials_is_the_same_to_the_letter_whatever_the_order()
    {
        Package[] packages = [new(PackageKind.Npm, "@s/b", "2.0.0") { Path = "package-lock.json", Hashes = [("SHA-512", "00ff")] }, new(PackageKind.NuGet, "A", "1.0.0") { Path = "packages.lock.json", IsDevelopment = true }];

        var written = CycloneDx.Write("shop", "1.0", packages, "1.2", Instant.FromUtc(2026, 1, 31, 12, 0));

        Assert.Equal(written, CycloneDx.Write("shop", "1.0", packages.Reverse(), "1.2", Instant.FromUtc(2026, 1, 31, 12, 0)));
        using var bill = JsonDocument.Parse(written);
        Assert.Equal(("CycloneDX", "1.6"), (bill.RootElement.GetProperty("bomFormat").GetString(), bill.RootElement.GetProperty("specVersion").GetString()));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", bill.RootElement.GetProperty("serialNumber").GetString());
        var components = bill.RootElement.GetProperty("components").EnumerateArray().ToArray();
        Assert.Equal(["pkg:npm/%40s/b@2.0.0", "pkg:nuget/A@1.0.0"], components.Select(one => one.GetProperty("purl").GetString()!));
        Assert.Equal(("@s", "b", "excluded"), (components[0].GetProperty("group").GetString(), components[0].GetProperty("name").GetString(), components[1].GetProperty("scope").GetString()));
    }

    private async Task SignAsync(string artifact)
    {
        var (envelope, fault) = await _desk.SignAsync(new(artifact, "shop", "run-1"), "fairway", default);
        Assert.True(envelope is not null, fault?.Message);
    }

    private async Task<byte[]> EnvelopeAsync(string artifact)
    {
        await SignAsync(artifact);
        return (await _desk.DocumentAsync(artifact, AttestationKinds.Provenance, default)).Content!.Value.ToArray();
    }
}
