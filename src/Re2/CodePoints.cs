using System.Globalization;
using System.Text;

namespace Fairway.Re2;

/// <summary>A set of Unicode code points, as ordered ranges that do not touch.</summary>
public sealed class CodePoints
{
    /// <summary>Every code point.</summary>
    public static readonly CodePoints All = Of((0, 0x10FFFF));

    /// <summary>Every code point but the line feed.</summary>
    public static readonly CodePoints AllButLineFeed = Of(('\n', '\n')).Negated();

    private static readonly Lock TableLock = new();
    private static readonly Dictionary<string, CodePoints> Categories = new(StringComparer.Ordinal);
    private static Dictionary<int, int[]>? _foldOrbits;

    private CodePoints(List<(int From, int To)> ranges) => Ranges = ranges;

    /// <summary>First and last code point of each range.</summary>
    public IReadOnlyList<(int From, int To)> Ranges { get; }

    /// <summary>The set of these ranges, in any order.</summary>
    public static CodePoints Of(params IEnumerable<(int From, int To)> ranges)
    {
        var merged = new List<(int From, int To)>();
        foreach (var range in ranges.OrderBy(r => r.From))
        {
            if (merged.Count > 0 && range.From <= merged[^1].To + 1) merged[^1] = (merged[^1].From, Math.Max(merged[^1].To, range.To));
            else merged.Add(range);
        }

        return new(merged);
    }

    /// <summary>All others.</summary>
    public CodePoints Negated()
    {
        var others = new List<(int, int)>();
        var next = 0;
        foreach (var (from, to) in Ranges)
        {
            if (from > next) others.Add((next, from - 1));
            next = to + 1;
        }

        if (next <= 0x10FFFF) others.Add((next, 0x10FFFF));
        return new(others);
    }

    /// <summary>With every code point that differs only in case (Unicode simple folding).</summary>
    public CodePoints Folded()
    {
        var orbits = FoldOrbits();
        var more = new List<(int, int)>(Ranges);
        foreach (var (from, to) in Ranges)
        {
            if (to - from > 0x2000) more.AddRange(orbits.Where(o => o.Key >= from && o.Key <= to).SelectMany(o =>
                o.Value.Select(c => (c, c))));
            else for (var c = from; c <= to; c++) more.AddRange(SameIgnoringCase(c).Select(x => (x, x)));
        }

        return Of(more);
    }

    /// <summary>A code point and all that differ from it only in case.</summary>
    public static int[] SameIgnoringCase(int codePoint) => FoldOrbits().GetValueOrDefault(codePoint) ?? [codePoint];

    /// <summary>
    /// A general category by its Unicode name, such as <c>L</c> or <c>Lu</c>; <c>Any</c> is everything; null when there is none of that
    /// name.
    /// </summary>
    public static CodePoints? OfCategory(string name)
    {
        if (name == "Any") return All;
        lock (TableLock)
        {
            if (Categories.TryGetValue(name, out var known)) return known;
            var wanted = Enum.GetValues<UnicodeCategory>().Where(c =>
                Abbreviation(c).StartsWith(name, StringComparison.Ordinal)).ToHashSet();
            if (wanted.Count == 0 || name.Length is 0 or > 2) return null;
            return Categories[name] = Scan(c => wanted.Contains(CharUnicodeInfo.GetUnicodeCategory(c)));
        }
    }

    private static CodePoints Scan(Func<int, bool> wanted)
    {
        var ranges = new List<(int, int)>();
        var start = -1;
        for (var c = 0; c <= 0x110000; c++)
        {
            var isIn = c <= 0x10FFFF && wanted(c);
            if (isIn && start < 0) start = c;
            if (isIn || start < 0) continue;
            ranges.Add((start, c - 1));
            start = -1;
        }

        return new(ranges);
    }

    private static string Abbreviation(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        UnicodeCategory.Control => "Cc",
        UnicodeCategory.Format => "Cf",
        UnicodeCategory.Surrogate => "Cs",
        UnicodeCategory.PrivateUse => "Co",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        // RE2 has no class for code points without a character.
        _ => "",
    };

    private static Dictionary<int, int[]> FoldOrbits()
    {
        if (_foldOrbits is { } built) return built;
        var orbits = new Dictionary<int, HashSet<int>>();
        for (var c = 0; c <= 0x1FFFF; c++)
        {
            // The dotted and the dotless i fold to nothing but themselves outside of Turkish.
            if (!Rune.IsValid(c) || c is 0x130 or 0x131) continue;
            var rune = new Rune(c);
            foreach (var other in (ReadOnlySpan<int>)[Rune.ToLowerInvariant(rune).Value, Rune.ToUpperInvariant(rune).Value])
            {
                if (other == c) continue;
                var joined = orbits.GetValueOrDefault(c) ?? [c];
                joined.UnionWith(orbits.GetValueOrDefault(other) ?? [other]);
                foreach (var member in joined) orbits[member] = joined;
            }
        }

        return _foldOrbits = orbits.ToDictionary(o => o.Key, o => o.Value.Order().ToArray());
    }
}
