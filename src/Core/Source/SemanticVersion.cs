using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>A version by Semantic Versioning 2.0.0 (semver.org). Equality is of all parts; precedence (<see cref="CompareTo"/>) leaves build metadata out.</summary>
/// <param name="Major">Incompatible changes.</param>
/// <param name="Minor">Compatible additions.</param>
/// <param name="Patch">Compatible fixes.</param>
public sealed record SemanticVersion(BigInteger Major, BigInteger Minor, BigInteger Patch) : IComparable<SemanticVersion>
{
    /// <summary>Longest text that is read, in characters.</summary>
    public const int LongestText = 256;

    /// <summary>Identifiers after <c>-</c>; empty for a release.</summary>
    public ImmutableArray<string> PreRelease { get; init; } = [];

    /// <summary>Identifiers after <c>+</c>.</summary>
    public ImmutableArray<string> Build { get; init; } = [];

    /// <summary>Whether it is a pre-release.</summary>
    public bool IsPreRelease => !PreRelease.IsEmpty;

    /// <summary>The release that this is, or comes before.</summary>
    public SemanticVersion Core => new(Major, Minor, Patch);

    /// <summary>Reads a version, exactly by the specification: no <c>v</c>, no blanks, no leading zeros.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SemanticVersion? version)
    {
        version = null;
        if (text is null || text.Length > LongestText) return false;
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        var (rest, build) = plus < 0 ? (text, null) : (text[..plus], text[(plus + 1)..]);
        var dash = rest.IndexOf('-', StringComparison.Ordinal);
        var (core, before) = dash < 0 ? (rest, null) : (rest[..dash], rest[(dash + 1)..]);
        if (core.Split('.') is not [var major, var minor, var patch] || !IsNumber(major) || !IsNumber(minor) || !IsNumber(patch)) return false;
        if (before is not null && !before.Split('.').All(part => IsIdentifier(part) && (!part.All(char.IsAsciiDigit) || IsNumber(part)))) return false;
        if (build is not null && !build.Split('.').All(IsIdentifier)) return false;
        version = new(Number(major), Number(minor), Number(patch)) { PreRelease = before is null ? [] : [.. before.Split('.')], Build = build is null ? [] : [.. build.Split('.')] };
        return true;
    }

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static SemanticVersion Parse(string text)
        => TryParse(text, out var version) ? version : throw new FormatException($"\"{PlainText.Of(text, 60)}\" is not a version by semver.org, such as 1.4.0 or 2.0.0-rc.1");

    /// <summary>Precedence by section 11 of the specification; 0 when only build metadata differs.</summary>
    public int CompareTo(SemanticVersion? other)
    {
        if (other is null) return 1;
        var core = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        if (core != 0) return core;
        // A pre-release comes before its release.
        if (IsPreRelease != other.IsPreRelease) return IsPreRelease ? -1 : 1;
        for (var i = 0; i < Math.Min(PreRelease.Length, other.PreRelease.Length); i++)
            if (Compare(PreRelease[i], other.PreRelease[i]) is not 0 and var part) return part;
        return PreRelease.Length.CompareTo(other.PreRelease.Length);
    }

    public static bool operator <(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) >= 0;

    /// <summary>As the specification writes it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}")
        + (IsPreRelease ? "-" + string.Join('.', PreRelease) : "") + (Build.IsEmpty ? "" : "+" + string.Join('.', Build));

    /// <inheritdoc/>
    public bool Equals(SemanticVersion? other) => other is not null && (Major, Minor, Patch) == (other.Major, other.Minor, other.Patch)
        && PreRelease.AsSpan().SequenceEqual(other.PreRelease.AsSpan()) && Build.AsSpan().SequenceEqual(other.Build.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Major, Minor, Patch, PreRelease.Length, Build.Length);

    // Numbers among themselves by value, before words; words by ASCII.
    private static int Compare(string left, string right)
    {
        var (first, second) = (left.All(char.IsAsciiDigit), right.All(char.IsAsciiDigit));
        if (first != second) return first ? -1 : 1;
        if (first && left.Length != right.Length) return left.Length.CompareTo(right.Length);
        return Math.Sign(string.CompareOrdinal(left, right));
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit) && (text.Length == 1 || text[0] != '0');

    private static bool IsIdentifier(string text) => text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');

    private static BigInteger Number(string digits) => BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
