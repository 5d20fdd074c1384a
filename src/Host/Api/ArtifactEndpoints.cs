using Fairway.Access;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Api;

/// <summary>Artifacts: listed, verified, handed out, pinned and collected; the keys that sign their provenance.</summary>
internal static class ArtifactEndpoints
{
    private const long MostSeconds = 10L * 366 * 86_400;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "artifacts", Permission.View, async call =>
        {
            call.OnlyQueries("digest");
            await call.WriteTaggedAsync(await ListAsync(services, call.Query("digest"), call.Aborted), WireJson.Default.IReadOnlyListArtifactInfo);
        }, Reach.Somewhere).Says("Stored artifacts with what was found out about each, and whether garbage collection would keep it.").Asks("digest", "Only those whose digest begins so.")
            .Gives(() => WireJson.Default.IReadOnlyListArtifactInfo).IsTagged();
        routes.Map("GET", "artifacts/{digest}/verification", Permission.View, async call =>
        {
            call.OnlyQueries();
            await call.WriteAsync(await VerifyAsync(services, Digest(call), call.Aborted), WireJson.Default.ArtifactVerification);
        }, Reach.Somewhere).Says("Compares every byte of an artifact with its digest, and its provenance with the keys.").Gives(() => WireJson.Default.ArtifactVerification);
        routes.Map("GET", "artifacts/{digest}/provenance", Permission.View, call => DocumentAsync(call, services, AttestationKinds.Provenance, "application/vnd.dsse.envelope.v1+json"), Reach.Somewhere)
            .Says("The newest provenance: an in-toto statement in a DSSE envelope.").GivesStream("application/vnd.dsse.envelope.v1+json", null);
        routes.Map("GET", "artifacts/{digest}/sbom", Permission.View, call => DocumentAsync(call, services, AttestationKinds.Sbom, "application/vnd.cyclonedx+json"), Reach.Somewhere)
            .Says("The newest bill of materials, in CycloneDX.").GivesStream("application/vnd.cyclonedx+json", null);
        routes.Map("GET", "artifacts/{digest}/files", Permission.View, call => FilesAsync(call, services), Reach.Somewhere)
            .Says("An artifact's files as a tar archive; the same files give the same bytes.").GivesStream("application/x-tar", null);
        routes.Map("POST", "artifacts/{digest}/pin", Permission.Deploy, call => PinAsync(call, services), Reach.Somewhere)
            .Says("Keeps an artifact from garbage collection, or no longer.").Takes(() => WireJson.Default.PinRequest).GivesNothing();
        routes.Map("POST", "artifacts/collect", Permission.Administer, call => CollectAsync(call, services))
            .Says("Removes artifacts that no environment runs or can go back to.").Takes(() => WireJson.Default.CollectRequest).Gives(() => WireJson.Default.CollectInfo);
        routes.Map("GET", "artifact-keys", Permission.View, async call =>
        {
            call.OnlyQueries();
            await call.WriteTaggedAsync(await KeysAsync(services, call.Aborted), WireJson.Default.IReadOnlyListProvenanceKeyInfo);
        }, Reach.Somewhere).Says("Public keys whose signatures are trusted; the first one signs.").Gives(() => WireJson.Default.IReadOnlyListProvenanceKeyInfo).IsTagged();
        routes.Map("POST", "artifact-keys/rotate", Permission.Administer, async call =>
        {
            call.OnlyQueries();
            var (_, fault) = await Provenance(services).Keys.RotateAsync(call.Aborted);
            if (fault is not null) throw ApiException.Of(fault, "keys-unusable");
            await call.WriteAsync(await KeysAsync(services, call.Aborted), WireJson.Default.IReadOnlyListProvenanceKeyInfo);
        }).Says("Makes a new key that signs from now on; what the one before signed stays trusted.").Gives(() => WireJson.Default.IReadOnlyListProvenanceKeyInfo);
    }

    private static IArtifactShelf Shelf(ControlPlaneServices services)
        => services.Shelf ?? throw ApiException.NotFound("no-artifacts", "this control plane keeps no artifacts that could be listed");

    private static ProvenanceDesk Provenance(ControlPlaneServices services)
        => services.Provenance ?? throw ApiException.NotFound("no-keys", "this control plane has no keys for provenance");

    /// <summary>The digest in the path.</summary>
    public static string Digest(ApiRequest call) => ContentDigest.IsDigest(call.Route("digest")) ? call.Route("digest")
        : throw ApiException.Unprocessable("digest-invalid", "that is no artifact's digest", "write sha256: and 64 hex digits; see `fairway artifact list`");

    private static async Task<IReadOnlyList<ArtifactInfo>> ListAsync(ControlPlaneServices services, string? beginning, CancellationToken cancellation)
    {
        if (services.Collector is not { } collector) return [];
        var prefix = beginning is null ? null : beginning.StartsWith(ContentDigest.Prefix, StringComparison.Ordinal) ? beginning : ContentDigest.Prefix + beginning;
        var (decisions, fault) = await collector.PlanAsync(new(), cancellation);
        if (fault is not null) throw ApiException.Of(fault, "artifacts-unreadable");
        var releases = (await services.Ledger.ListAsync(ReleasesProjection.Name, "", cancellation)).Select(row => Kernel.FairwayJson.Read<Release>(row.Value)).ToLookup(release => release.Artifact, StringComparer.Ordinal);
        var attested = await services.Attestations.ListAllAsync(cancellation);
        return [.. decisions.Where(decision => prefix is null || decision.Artifact.Digest.StartsWith(prefix, StringComparison.Ordinal)).OrderByDescending(decision => decision.Artifact.StoredAt).Select(decision => new ArtifactInfo(
            decision.Artifact.Digest, RolloutWire.At(decision.Artifact.StoredAt), decision.Artifact.Bytes,
            [.. releases[decision.Artifact.Digest].Select(release => $"{release.Service} {release.Version}")], !decision.Removes, RolloutWire.Of(decision.Why),
            [.. attested.GetValueOrDefault(decision.Artifact.Digest, []).Select(Of)]) { IsImage = decision.Artifact.IsImage })];
    }

    /// <summary>An attestation as the API shows it.</summary>
    public static AttestationInfo Of(Attestation one) => new(one.Kind, one.Passed, one.Summary, one.By, RolloutWire.At(one.At), one.Numbers, one.Run, one.Document);

    private static async Task<ArtifactVerification> VerifyAsync(ControlPlaneServices services, string digest, CancellationToken cancellation)
    {
        var damage = await Shelf(services).VerifyAsync(digest, cancellation);
        if (damage is { Kind: Kernel.FaultKind.NotFound }) throw ApiException.NotFound("unknown-artifact", $"there is no artifact {digest}", "see which there are with `fairway artifact list`");
        var verdict = await Provenance(services).VerifyAsync(digest, cancellation);
        return new(digest, damage is null, damage?.Message, verdict.Trusted, RolloutWire.Of(verdict.Why), verdict.KeyId);
    }

    private static async Task DocumentAsync(ApiRequest call, ControlPlaneServices services, string kind, string media)
    {
        call.OnlyQueries();
        var digest = Digest(call);
        var (content, fault) = await Provenance(services).DocumentAsync(digest, kind, call.Aborted);
        if (fault is not null) throw ApiException.Of(fault, "document-unreadable");
        await call.WriteTaggedAsync((content ?? throw ApiException.NotFound("no-" + kind, $"{digest} has no {kind}", "a pipeline that builds it makes one")).ToArray(), media);
    }

    private static async Task FilesAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var digest = Digest(call);
        // Before the head is sent: afterwards only cutting the answer off is left.
        if (await Shelf(services).VerifyAsync(digest, call.Aborted) is { } damage) throw ApiException.Of(damage, "artifact-unreadable");
        call.Http.Response.ContentType = "application/x-tar";
        if (await Shelf(services).ExportAsync(digest, call.Http.Response.Body, call.Aborted) is not null) call.Http.Abort();
    }

    private static async Task PinAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.PinRequest);
        var digest = Digest(call);
        Limits.Reason(body.Reason);
        var by = call.Caller.As(body.Reason).Name;
        var pin = new Attestation(digest, AttestationKinds.Pin, body.Pinned, string.IsNullOrWhiteSpace(body.Reason) ? body.Pinned ? "kept" : "no longer kept" : body.Reason, by, services.Clock.Now);
        if (await services.Attestations.AddAsync(pin, call.Aborted) is { } fault) throw ApiException.Of(fault, "pin-refused");
        call.Http.Response.StatusCode = 204;
    }

    private static async Task CollectAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.CollectRequest);
        if (body.MinimumAgeSeconds is < 0 or > MostSeconds || body.ReleasesPerService is < 0 or > 100_000)
            throw ApiException.Unprocessable("policy-invalid", "the ages and numbers to keep are out of range", "leave them out for the usual ones");
        var usual = new RetentionPolicy();
        var policy = new RetentionPolicy
        {
            MinimumAge = body.MinimumAgeSeconds is { } seconds ? Duration.FromSeconds(seconds) : usual.MinimumAge,
            ReleasesPerService = body.ReleasesPerService ?? usual.ReleasesPerService,
        };
        var collector = services.Collector ?? throw ApiException.NotFound("no-artifacts", "this control plane keeps no artifacts that could be listed");
        Collection collected;
        if (body.DryRun)
        {
            var (planned, unreadable) = await collector.PlanAsync(policy, call.Aborted);
            if (unreadable is not null) throw ApiException.Of(unreadable, "artifacts-unreadable");
            collected = new(planned, [], []);
        }
        else
        {
            var (done, fault) = await collector.CollectAsync(policy, call.Caller.As(null), call.Aborted);
            collected = done ?? throw ApiException.Of(fault!, "artifacts-unreadable");
        }
        var decisions = collected.Decisions.Select(decision => new CollectDecision(decision.Artifact.Digest, decision.Artifact.Bytes, decision.Removes, RolloutWire.Of(decision.Why)));
        await call.WriteAsync(new(body.DryRun, [.. decisions], collected.Removed, [.. collected.Faults.Select(fault => fault.Message)]), WireJson.Default.CollectInfo);
    }

    private static async Task<IReadOnlyList<ProvenanceKeyInfo>> KeysAsync(ControlPlaneServices services, CancellationToken cancellation)
    {
        var (keys, fault) = await Provenance(services).Keys.TrustedAsync(cancellation);
        return fault is null ? [.. keys.Select((key, at) => new ProvenanceKeyInfo(key.Id, at == 0, key.Pem()))] : throw ApiException.Of(fault, "keys-unusable");
    }
}
