using System.Security.Cryptography;
using System.Text.Json;
using Fairway.Kernel;

namespace Fairway.Catalog;

/// <summary>
/// A release's identity: SHA-256 over the canonical JSON (RFC 8785) of service, artifact and workload. The version's name is not part of
/// it.
/// </summary>
public static class ReleaseDigest
{
    /// <summary>Fewest hex digits of a digest that a person may write.</summary>
    public const int ShortestPrefix = 8;

    private const string Algorithm = "sha256:";

    /// <summary>The digest of a release with these contents.</summary>
    public static string Of(string service, string artifact, WorkloadSpec workload)
    {
        var json = JsonSerializer.Serialize(new Identity(service, artifact, workload), FairwayJson.Options);
        return Algorithm + Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.CanonicalizeToUtf8(json)));
    }

    /// <summary>The digest of a release that runs differently in some environments, whichever of them it was made for.</summary>
    public static string Of(string service, string artifact, ImmutableSortedDictionary<string, WorkloadSpec> workloads)
    {
        var json = JsonSerializer.Serialize(new ManyIdentity(service, artifact, workloads), FairwayJson.Options);
        return Algorithm + Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.CanonicalizeToUtf8(json)));
    }

    /// <summary>
    /// The full or shortened digest that a person wrote, with its algorithm; null when it is none (at least 8 hex digits).
    /// </summary>
    public static string? Parse(string text)
    {
        var hex = text.StartsWith(Algorithm, StringComparison.Ordinal) ? text.AsSpan(Algorithm.Length) : text;
        if (hex.Length is < ShortestPrefix or > 64) return null;
        foreach (var digit in hex)
            if (!char.IsAsciiHexDigitLower(digit)) return null;
        return string.Concat(Algorithm, hex);
    }

    private sealed record ManyIdentity(string Service, string Artifact, ImmutableSortedDictionary<string, WorkloadSpec> Workloads);

    private sealed record Identity(string Service, string Artifact, WorkloadSpec Workload);
}
