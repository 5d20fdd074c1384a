using System.Text.Json.Serialization;
using Fairway.Source;

namespace Fairway.Migrations;

/// <summary>Which releases that do not know of a migration still work once it has run.</summary>
/// <param name="All">All of them, or none.</param>
/// <param name="Oldest">The oldest version that does; null when <paramref name="All"/> says it.</param>
public sealed record Compatibility(bool All, string? Oldest = null)
{
    /// <summary>Every release goes on working.</summary>
    public static Compatibility Every { get; } = new(true);

    /// <summary>Only releases that have the file go on working.</summary>
    public static Compatibility None { get; } = new(false);

    /// <summary>What is accepted.</summary>
    [JsonIgnore]
    public static string Expected => "true, false or the oldest version that still works, such as 1.4.0";

    /// <summary>Reads <c>true</c>, <c>false</c> or a version by semver.org, with or without a <c>v</c>; null for anything else.</summary>
    public static Compatibility? Parse(string text) => text switch
    {
        "true" => Every,
        "false" => None,
        _ => Version(text) is null ? null : new(false, text),
    };

    /// <summary>Whether a release of that version still works. One whose version cannot be compared does not.</summary>
    public bool Covers(string version) => All || (Oldest is { } oldest && Version(version) is { } given && given.CompareTo(Version(oldest)) >= 0);

    /// <inheritdoc/>
    public override string ToString() => Oldest ?? (All ? "true" : "false");

    private static SemanticVersion? Version(string text)
        => SemanticVersion.TryParse(text.StartsWith('v') ? text[1..] : text, out var version) ? version : null;
}
