using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli;

/// <summary>Digests as people write them: whole, or their beginning; and releases by their versions too.</summary>
internal static class ReleaseChoice
{
    /// <summary>Fewest hex digits of a digest that a person may write.</summary>
    public const int ShortestDigest = 8;

    private const string Prefix = "sha256:";
    private const int HexDigits = 64;

    /// <summary>What a text says of a digest, with its algorithm; null when it is no digest and no beginning of one.</summary>
    public static string? Digest(string text)
    {
        var hex = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        return hex.Length is >= ShortestDigest and <= HexDigits && hex.All(char.IsAsciiHexDigitLower) ? Prefix + hex : null;
    }

    /// <summary>The digest that a text writes whole; null when it does not.</summary>
    public static string? WholeDigest(string text) => Digest(text) is { } digest && digest.Length == Prefix.Length + HexDigits ? digest : null;

    /// <summary>The newest release of a service that a text names.</summary>
    /// <param name="client">Asked.</param>
    /// <param name="service">Its name; an environment before it is passed over, for releases are the same everywhere.</param>
    /// <param name="text">A digest, its beginning, or a version.</param>
    /// <param name="cancellation">Stops asking.</param>
    /// <exception cref="FairwayException">There is none, or they are made of different artifacts.</exception>
    public static async Task<ReleaseInfo> FindAsync(FairwayClient client, string service, string text, CancellationToken cancellation)
    {
        var name = service.Split('/')[^1];
        var digest = Digest(text);
        var found = (await client.GetReleasesAsync(name, cancellation))
            .Where(one => one.Version == text || (digest is not null && one.Digest.StartsWith(digest, StringComparison.Ordinal))).ToArray();
        if (found.Length == 0) throw new FairwayException("unknown-release", $"{name} has no release {text}", $"write its version, or at least {ShortestDigest} digits of its digest", 404);
        // Versions may be given again; what counts is what they are made of.
        if (found.DistinctBy(one => one.Artifact, StringComparer.Ordinal).Count() > 1)
            throw new FairwayException("release-ambiguous", $"{found.Length} releases of {name} are {text}", $"write the digest: {string.Join(" or ", found.Select(one => Words.Short(one.Digest)))}", 400);
        return found[0];
    }
}
