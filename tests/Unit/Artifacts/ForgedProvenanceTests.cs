using System.Security.Cryptography;
using System.Text;
using Fairway.Adapters.Artifacts;
using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Engine;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Artifacts;

/// <summary>Provenance that somebody changed, forged or took away, in the store that deploys read: refused by the desk, by the gate and by the rollout, with the reason.</summary>
public sealed class ForgedProvenanceTests : IDisposable
{
    private static readonly string Artifact = "sha256:" + new string('a', 64);
    private static readonly string Other = "sha256:" + new string('b', 64);
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-forged-").FullName;
    private readonly EngineWorld _world = new();
    private readonly SigningKeys _keys;
    private readonly ArtifactDocuments _documents;
    private readonly AttestationBook _book;
    private readonly ProvenanceDesk _desk;

    public ForgedProvenanceTests()
    {
        _keys = new(Path.Combine(_folder, "keys"));
        _documents = ArtifactDocuments.Open(Path.Combine(_folder, "documents")).Documents!;
        _book = new(_world.Ledger);
        _desk = new(_keys, _documents, _book, new EngineClock(TimeProvider.System));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("wrong key", "provenance-key-unknown")]
    [InlineData("wrong key under our name", "provenance-forged")]
    [InlineData("payload changed", "provenance-forged")]
    [InlineData("signature cut", "provenance-forged")]
    [InlineData("other artifact", "provenance-other-digest")]
    [InlineData("other builder", "provenance-other-builder")]
    [InlineData("no builder", "provenance-other-builder")]
    [InlineData("other statement", "provenance-malformed")]
    [InlineData("other predicate", "provenance-other-kind")]
    [InlineData("other payload", "provenance-malformed")]
    [InlineData("no envelope", "provenance-malformed")]
    [InlineData("changed in the store", "provenance-unreadable")]
    [InlineData("taken away", "provenance-unreadable")]
    [InlineData("all keys taken away", "provenance-key-unknown")]
    public async Task What_was_signed_once_ships_only_while_its_envelope_is_believed(string what, string code)
    {
        await StoreAsync(what);
        var verdict = await _desk.VerifyAsync(Artifact, default);
        Assert.Equal((false, false, code), (verdict.Trusted, verdict.IsAbsent, verdict.Why.Code));

        // Whether anybody asks for provenance or not.
        Assert.Contains(verdict.Why.Sentence, (await _desk.RefusalAsync(Artifact, null, default))!.Message, StringComparison.Ordinal);
        Assert.StartsWith("production/shop ships only what is signed: ", (await _desk.RefusalAsync(Artifact, "production/shop", default))!.Message, StringComparison.Ordinal);

        var answer = await Keeper(GateSettings.Open).AskAsync(Request(Artifact), default);
        Assert.Equal(GateAnswer.Deny, answer.Answer);
        Assert.Equal((code, verdict.Why.Sentence), (answer.Rules.Single(rule => rule.Rule == "provenance").Why.Code, answer.Rules.Single(rule => rule.Rule == "provenance").Why.Sentence));

        var rollout = Roll();
        Assert.NotEqual(RolloutPhase.Completed, rollout.Phase);
        Assert.Contains(verdict.Why.Sentence, rollout.Why.Sentence, StringComparison.Ordinal);
        // Before any instance of it was started.
        Assert.Empty(_world.Workloads.Observe(EngineWorld.Shop));
    }

    [Fact]
    public async Task What_was_signed_well_ships_through_a_gate_that_asks_for_it()
    {
        await StoreAsync("genuine");
        Assert.Null(await _desk.RefusalAsync(Artifact, "production/shop", default));
        var answer = await Keeper(Required).AskAsync(Request(Artifact), default);
        Assert.Equal((GateAnswer.Allow, "provenance-verified"), (answer.Answer, answer.Rules.Single(rule => rule.Rule == "checklist/provenance").Why.Code));
        Assert.Equal(RolloutPhase.Completed, Roll().Phase);
    }

    [Fact]
    public async Task A_release_that_nobody_ever_signed_is_refused_only_where_provenance_is_asked_for()
    {
        Assert.Null(await _desk.RefusalAsync(Artifact, null, default));
        Assert.Contains("build it by a pipeline", (await _desk.RefusalAsync(Artifact, "production/shop", default))!.Message, StringComparison.Ordinal);
        Assert.Equal(GateAnswer.Allow, (await Keeper(GateSettings.Open).AskAsync(Request(Artifact), default)).Answer);
        var refused = await Keeper(Required).AskAsync(Request(Artifact), default);
        Assert.Equal((GateAnswer.Deny, "provenance-absent"), (refused.Answer, refused.Rules.Single(rule => rule.Stops).Why.Code));
        Assert.Equal(RolloutPhase.Completed, Roll().Phase);
    }

    [Fact]
    public async Task One_good_envelope_of_several_is_enough_and_an_attestation_alone_is_none()
    {
        await StoreAsync("genuine");
        await StoreAsync("wrong key");
        Assert.Null(await _desk.RefusalAsync(Artifact, "production/shop", default));
        await _book.AddAsync(new(Other, AttestationKinds.Provenance, Passed: true, "trust me", "mallory", default), default);
        Assert.Equal("provenance-absent", (await _desk.VerifyAsync(Other, default)).Why.Code);
        Assert.Equal(GateAnswer.Deny, (await Keeper(Required).AskAsync(Request(Other), default)).Answer);
    }

    private static GateSettings Required => GateSettings.Open with { Checklist = new() { NeverRejected = CheckWeight.Off, Provenance = CheckWeight.Required } };

    private static GateRequest Request(string artifact)
        => new() { Key = EngineWorld.Shop, Release = "sha256:r", Version = "1.0", Artifact = artifact, By = "anna", Person = "anna", Automatic = false };

    private GateKeeper Keeper(GateSettings settings) => new(_world.Ledger, _world.Artifacts, new EngineClock(TimeProvider.System), new()
    {
        Environment = name => new(name) { Gates = settings }, Environments = () => ["production"], Freezes = () => [], Snapshot = _ => null, Provenance = _desk.VerifyAsync,
    });

    // What the desk says is known before: the engine's world has one thread and a clock of its own.
    private Rollout Roll()
    {
        var refusal = _desk.RefusalAsync(Artifact, null, default).GetAwaiter().GetResult();
        _world.Ports = _world.Ports with { Verify = (_, release, _) => Task.FromResult(release.Artifact == Artifact ? refusal : null) };
        _world.Artifacts.Add(Artifact);
        _world.Started();
        var release = EngineWorld.Release("1.0") with { Artifact = Artifact };
        _world.Answer(new RolloutObservation.DeployRequested(release, EngineWorld.Service(EngineWorld.Shop), null, new("anna"), Automatic: false));
        _world.Until(() => _world.Now.State.Rollout is { Phase: RolloutPhase.Completed or RolloutPhase.Aborted or RolloutPhase.RolledBack });
        return _world.Rollout;
    }

    private async Task StoreAsync(string what)
    {
        var statement = Encoding.UTF8.GetString(new Provenance(what == "other artifact" ? Other : Artifact, "shop", "run-1").ToStatement());
        statement = what switch
        {
            "other builder" => statement.Replace(Provenance.Builder, "https://example.org/builder", StringComparison.Ordinal),
            "no builder" => statement.Replace($"\"id\":\"{Provenance.Builder}\",", "", StringComparison.Ordinal),
            "other statement" => statement.Replace(InTotoStatement.Type, "https://in-toto.io/Statement/v0.1", StringComparison.Ordinal),
            "other predicate" => statement.Replace(InTotoStatement.SlsaProvenance, "https://slsa.dev/provenance/v0.2", StringComparison.Ordinal),
            _ => statement,
        };
        var type = what == "other payload" ? "application/json" : InTotoStatement.PayloadType;
        var payload = Encoding.UTF8.GetBytes(statement);
        var signed = DsseEnvelope.Preauthenticate(type, payload);
        var (signature, _) = await _keys.SignAsync(signed, default);
        if (what.StartsWith("wrong key", StringComparison.Ordinal))
        {
            using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var id = what == "wrong key" ? ProvenanceKey.Of(stranger.ExportSubjectPublicKeyInfo()).Id : signature!.KeyId;
            signature = new(id, [.. stranger.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)]);
        }
        if (what == "signature cut") signature = signature! with { Bytes = signature.Bytes[..20] };
        if (what == "payload changed") payload = Encoding.UTF8.GetBytes(statement.Replace("run-1", "run-2", StringComparison.Ordinal));
        var envelope = what == "no envelope" ? "{}" : new DsseEnvelope(type, [.. payload], [signature!]).Write();
        var (digest, fault) = await _documents.StoreAsync(Encoding.UTF8.GetBytes(envelope), default);
        Assert.Null(fault);
        Assert.Null(await _book.AddAsync(new(Artifact, AttestationKinds.Provenance, Passed: true, "built by us", "fairway", default) { Document = digest, Run = what }, default));
        var file = Path.Combine(_folder, "documents", "sha256-" + digest![7..]);
        if (what == "changed in the store") await File.AppendAllTextAsync(file, " ");
        if (what == "taken away") File.Delete(file);
        if (what == "all keys taken away") Directory.Delete(Path.Combine(_folder, "keys"), recursive: true);
    }
}
