using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about artifacts and the keys that sign their provenance.</summary>
public sealed partial class FairwayClient
{
    /// <summary>Stored artifacts, the newest first.</summary>
    /// <param name="digest">Only those whose digest begins so; null is all.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<IReadOnlyList<ArtifactInfo>> GetArtifactsAsync(string? digest, CancellationToken cancellation)
        => GetAsync(Query("artifacts", ("digest", digest)), WireJson.Default.IReadOnlyListArtifactInfo, cancellation);

    /// <summary>Compares an artifact's bytes with its digest, and its provenance with the keys.</summary>
    public Task<ArtifactVerification> VerifyArtifactAsync(string digest, CancellationToken cancellation)
        => GetAsync($"artifacts/{Escape(digest)}/verification", WireJson.Default.ArtifactVerification, cancellation);

    /// <summary>Copies a document or the files of an artifact.</summary>
    /// <param name="digest">Whose.</param>
    /// <param name="part"><c>provenance</c>, <c>sbom</c> or <c>files</c>.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="cancellation">Stops half-way.</param>
    public async Task CopyArtifactAsync(string digest, string part, Stream output, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"artifacts/{Escape(digest)}/{part}");
        using var answer = await OpenAsync(request, cancellation);
        await using var content = await answer.Content.ReadAsStreamAsync(cancellation);
        await content.CopyToAsync(output, cancellation);
    }

    /// <summary>Keeps an artifact from garbage collection, or no longer.</summary>
    public async Task PinArtifactAsync(string digest, PinRequest pin, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"artifacts/{Escape(digest)}/pin");
        request.Content = new ByteArrayContent(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(pin, WireJson.Default.PinRequest));
        request.Content.Headers.ContentType = new("application/json");
        using var answer = await OpenAsync(request, cancellation);
    }

    /// <summary>Attests something of an artifact; the newest of its kind counts.</summary>
    public Task<AttestationInfo> AttestAsync(string digest, AttestationRequest said, CancellationToken cancellation)
        => PostAsync($"artifacts/{Escape(digest)}/attestations", said, WireJson.Default.AttestationRequest, WireJson.Default.AttestationInfo, cancellation);

    /// <summary>Attests something of a service in its environment, such as a backup; the newest of its kind counts.</summary>
    public Task<AttestationInfo> AttestAsync(string environment, string service, AttestationRequest said, CancellationToken cancellation)
        => PostAsync($"services/{Escape(environment)}/{Escape(service)}/attestations", said, WireJson.Default.AttestationRequest, WireJson.Default.AttestationInfo, cancellation);

    /// <summary>What is attested of a service in its environment, the newest of each kind.</summary>
    public Task<IReadOnlyList<AttestationInfo>> GetAttestationsAsync(string environment, string service, CancellationToken cancellation)
        => GetAsync($"services/{Escape(environment)}/{Escape(service)}/attestations", WireJson.Default.IReadOnlyListAttestationInfo, cancellation);

    /// <summary>Removes artifacts that nobody needs, or says which those are.</summary>
    public Task<CollectInfo> CollectArtifactsAsync(CollectRequest request, CancellationToken cancellation)
        => PostAsync("artifacts/collect", request, WireJson.Default.CollectRequest, WireJson.Default.CollectInfo, cancellation);

    /// <summary>Public keys whose signatures are trusted; the first one signs.</summary>
    public Task<IReadOnlyList<ProvenanceKeyInfo>> GetProvenanceKeysAsync(CancellationToken cancellation)
        => GetAsync("artifact-keys", WireJson.Default.IReadOnlyListProvenanceKeyInfo, cancellation);

    /// <summary>Makes a new key that signs from now on.</summary>
    public Task<IReadOnlyList<ProvenanceKeyInfo>> RotateProvenanceKeyAsync(CancellationToken cancellation)
        => PostAsync("artifact-keys/rotate", WireJson.Default.IReadOnlyListProvenanceKeyInfo, cancellation);
}
