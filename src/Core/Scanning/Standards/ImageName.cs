namespace Fairway.Scanning;

/// <summary>Names of container images: <c>registry/path:tag@digest</c>.</summary>
public static class ImageName
{
    /// <summary>Its tag; null without one.</summary>
    public static string? TagOf(string image)
    {
        var at = image.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? image : image[..at];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[(colon + 1)..] : null;
    }

    /// <summary>Whether it is named by digest.</summary>
    public static bool HasDigest(string image) => image.Contains("@sha256:", StringComparison.Ordinal) || image.Contains("@sha512:", StringComparison.Ordinal);

    /// <summary>Whether it may be another image tomorrow: no tag, or <c>latest</c>, and no digest.</summary>
    public static bool Moves(string image) => !HasDigest(image) && TagOf(image) is null or "latest" or "";

    /// <summary>Whether a name sounds as if its value were secret.</summary>
    internal static bool SoundsSecret(string name)
    {
        var upper = name.ToUpperInvariant();
        if (upper.EndsWith("_FILE", StringComparison.Ordinal) || upper.EndsWith("_PATH", StringComparison.Ordinal) || upper.EndsWith("_NAME", StringComparison.Ordinal)
            || upper.EndsWith("_ID", StringComparison.Ordinal) || upper.Contains("PUBLIC", StringComparison.Ordinal)) return false;
        foreach (var word in (ReadOnlySpan<string>)["PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL", "_PWD"])
            if (upper.Contains(word, StringComparison.Ordinal)) return true;
        return false;
    }
}
