using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Fairway.Ledger;

/// <summary>A record's type: what happened, and which version of the shape its data has. Written <c>rollout-started.v1</c>.</summary>
/// <param name="Name">Lower-case words joined by hyphens or dots.</param>
/// <param name="Version">From 1; a new one for every shape that older code could not read.</param>
public readonly record struct EventType(string Name, int Version)
{
    /// <summary>Longest written form, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>Reads <c>name.vN</c>; anything else is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EventType type)
    {
        type = default;
        if (text is null || text.Length > MaxLength) return false;
        var mark = text.LastIndexOf(".v", StringComparison.Ordinal);
        if (mark <= 0) return false;
        var digits = text.AsSpan(mark + 2);
        if (digits.IsEmpty || digits[0] == '0'
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return false;
        var name = text[..mark];
        for (var i = 0; i < name.Length; i++)
        {
            // A name that itself ends like a version would make "all versions of a name" ambiguous.
            if (name[i] == '.' && i + 2 < name.Length && name[i + 1] == 'v' && char.IsAsciiDigit(name[i + 2])) return false;
            var joint = name[i] is '-' or '.';
            if (!joint && !char.IsAsciiLetterLower(name[i]) && !char.IsAsciiDigit(name[i])) return false;
            if (joint && (i == 0 || i == name.Length - 1 || name[i - 1] is '-' or '.')) return false;
        }
        type = new(name, version);
        return true;
    }

    /// <summary>Reads <c>name.vN</c>.</summary>
    /// <exception cref="FormatException">Not of that form.</exception>
    public static EventType Parse(string text) => TryParse(text, out var type) ? type
        : throw new FormatException(
            $"\"{text}\" is not an event type; expected lower-case words and a version, such as rollout-started.v1");

    /// <summary><c>name.vN</c></summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}.v{Version}");
}
