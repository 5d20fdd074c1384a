namespace Fairway.Client.Wire;

/// <summary>An immutable release.</summary>
/// <param name="Digest"><c>sha256:</c> and 64 hex digits.</param>
/// <param name="Service">The service it is a release of.</param>
/// <param name="Version">For people.</param>
/// <param name="Artifact">Digest of its files.</param>
/// <param name="CreatedAt">When it was first stored.</param>
/// <param name="Created">Whether this call stored it; false when the same release was there already.</param>
public sealed record ReleaseInfo(string Digest, string Service, string Version, string Artifact, DateTimeOffset CreatedAt, bool Created = false);
