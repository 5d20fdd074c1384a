using NodaTime;

namespace Fairway.Catalog;

/// <summary>An immutable release: what runs and how. Built once, promoted as it is.</summary>
/// <param name="Digest"><c>sha256:</c> and 64 hex digits over service, artifact and workload: the release's identity.</param>
/// <param name="Service">The service it is a release of.</param>
/// <param name="Version">The name people use; not an identity.</param>
/// <param name="Artifact">Digest of the artifact's files (path, mode, content), <c>sha256:…</c>.</param>
/// <param name="Workload">How to run it, frozen when the release was made.</param>
/// <param name="CreatedAt">When it was first stored.</param>
public sealed record Release(string Digest, string Service, string Version, string Artifact, WorkloadSpec Workload, Instant CreatedAt)
{
    /// <summary>
    /// How to run it in environments where that differs, by their names; null when it does nowhere. Frozen like the rest and part of the identity: the same
    /// release is promoted through all environments, and each runs it with its own variables and limits.
    /// </summary>
    public ImmutableSortedDictionary<string, WorkloadSpec>? Elsewhere { get; init; }

    /// <summary>Who answers for whoever made it; null when that was not written down. Not part of the identity.</summary>
    public string? Maker { get; init; }

    /// <summary>The release as it runs in one environment.</summary>
    public Release In(string environment) => this with { Workload = Elsewhere?.GetValueOrDefault(environment) ?? Workload, Elsewhere = null };
}
