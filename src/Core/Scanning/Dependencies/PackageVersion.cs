namespace Fairway.Scanning;

/// <summary>The order of versions, as each place that packages come from defines it.</summary>
public static class PackageVersion
{
    /// <summary>Whether one is older (negative), the same (0) or newer (positive).</summary>
    public static int Compare(PackageKind kind, string one, string other) => kind switch
    {
        PackageKind.Npm or PackageKind.Go => Semantic(one, other, ignoreCase: false),
        PackageKind.NuGet => Semantic(one, other, ignoreCase: true),
        PackageKind.PyPi => PythonVersion.Compare(one, other),
        PackageKind.Debian => DebianVersion.Compare(one, other),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Compares two texts of digits by the number they write, however long.</summary>
    internal static int CompareDigits(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        one = one.TrimStart('0');
        other = other.TrimStart('0');
        return one.Length != other.Length ? one.Length.CompareTo(other.Length) : one.SequenceCompareTo(other);
    }

    // Semantic Versioning 2.0.0, §11; NuGet has a fourth number, does not tell case, and takes a missing number for 0
    // (learn.microsoft.com/nuget/concepts/package-versioning). A "v" ahead is Go's.
    private static int Semantic(string one, string other, bool ignoreCase)
    {
        var (oneCore, onePre) = Split(one);
        var (otherCore, otherPre) = Split(other);
        var (oneParts, otherParts) = (oneCore.Split('.'), otherCore.Split('.'));
        for (var i = 0; i < Math.Max(oneParts.Length, otherParts.Length); i++)
            if (ComparePart(i < oneParts.Length ? oneParts[i] : "0", i < otherParts.Length ? otherParts[i] : "0", ignoreCase) is not 0 and var byNumber) return byNumber;
        if (onePre.Length == 0 || otherPre.Length == 0) return (onePre.Length == 0 ? 1 : 0) - (otherPre.Length == 0 ? 1 : 0);
        var (oneIds, otherIds) = (onePre.Split('.'), otherPre.Split('.'));
        for (var i = 0; i < Math.Min(oneIds.Length, otherIds.Length); i++)
            if (ComparePart(oneIds[i], otherIds[i], ignoreCase) is not 0 and var byId) return byId;
        return oneIds.Length.CompareTo(otherIds.Length);
    }

    private static (string Core, string Pre) Split(string version)
    {
        var from = version.Length > 1 && version[0] is 'v' or 'V' or '=' ? 1 : 0;
        var plus = version.IndexOf('+', from);
        var text = plus < 0 ? version[from..] : version[from..plus];
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? (text, "") : (text[..dash], text[(dash + 1)..]);
    }

    private static int ComparePart(string one, string other, bool ignoreCase)
    {
        var (oneNumber, otherNumber) = (IsNumber(one), IsNumber(other));
        if (oneNumber && otherNumber) return CompareDigits(one, other);
        if (oneNumber != otherNumber) return oneNumber ? -1 : 1;
        return string.Compare(one, other, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
    }

    private static bool IsNumber(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}

/// <summary>Debian's order of versions (deb-version(7)).</summary>
internal static class DebianVersion
{
    public static int Compare(string one, string other)
    {
        var (oneEpoch, oneUpstream, oneRevision) = Split(one.Trim());
        var (otherEpoch, otherUpstream, otherRevision) = Split(other.Trim());
        var byEpoch = PackageVersion.CompareDigits(oneEpoch, otherEpoch);
        if (byEpoch != 0) return byEpoch;
        var byUpstream = CompareText(oneUpstream, otherUpstream);
        return byUpstream != 0 ? byUpstream : CompareText(oneRevision, otherRevision);
    }

    private static (string Epoch, string Upstream, string Revision) Split(string version)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var hasEpoch = colon > 0 && !version.AsSpan(0, colon).ContainsAnyExceptInRange('0', '9');
        var rest = hasEpoch ? version[(colon + 1)..] : version;
        var dash = rest.LastIndexOf('-');
        return (hasEpoch ? version[..colon] : "0", dash < 0 ? rest : rest[..dash], dash < 0 ? "0" : rest[(dash + 1)..]);
    }

    // Turns of a part without digits, letters before all else and a tilde even before the end, and of a number.
    private static int CompareText(string one, string other)
    {
        var (i, j) = (0, 0);
        while (i < one.Length || j < other.Length)
        {
            while ((i < one.Length && !char.IsAsciiDigit(one[i])) || (j < other.Length && !char.IsAsciiDigit(other[j])))
            {
                var difference = Order(one, i) - Order(other, j);
                if (difference != 0) return difference;
                i++;
                j++;
            }
            var (from, fromOther) = (i, j);
            while (i < one.Length && char.IsAsciiDigit(one[i])) i++;
            while (j < other.Length && char.IsAsciiDigit(other[j])) j++;
            var byNumber = PackageVersion.CompareDigits(one.AsSpan(from, i - from), other.AsSpan(fromOther, j - fromOther));
            if (byNumber != 0) return byNumber;
        }
        return 0;
    }

    private static int Order(string text, int at)
    {
        if (at >= text.Length || char.IsAsciiDigit(text[at])) return 0;
        return text[at] == '~' ? -1 : char.IsAsciiLetter(text[at]) ? text[at] : text[at] + 256;
    }
}
