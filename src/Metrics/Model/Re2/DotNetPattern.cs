using System.Globalization;
using System.Text;

namespace Fairway.Metrics.Model.Re2;

/// <summary>
/// Writes a parsed RE2 expression in .NET's syntax, for its non-backtracking engine. .NET matches UTF-16 units where RE2 matches code
/// points,
/// so a set with code points above U+FFFF becomes an alternation with surrogate pairs.
/// </summary>
internal static class DotNetPattern
{
    /// <summary>The expression, anchored at both ends.</summary>
    public static string Anchored(Re2Node node)
    {
        var text = new StringBuilder("\\A(?:");
        Write(node, text);
        return text.Append(")\\z").ToString();
    }

    /// <summary>The expression, to be found anywhere.</summary>
    public static string Anywhere(Re2Node node)
    {
        var text = new StringBuilder();
        Write(node, text);
        return text.ToString();
    }

    private static void Write(Re2Node node, StringBuilder text)
    {
        switch (node)
        {
            case LiteralNode literal when literal.IgnoreCase && CodePoints.SameIgnoringCase(literal.CodePoint) is { Length: > 1 } same:
                WriteSet(CodePoints.Of(same.Select(c => (c, c))), text);
                break;
            case LiteralNode literal:
                WriteUnits(literal.CodePoint, text);
                break;
            case ClassNode { Set: var set }:
                WriteSet(set, text);
                break;
            case AssertionNode assertion:
                text.Append(Assertions(assertion.Kind));
                break;
            case CaptureNode capture:
                text.Append('(');
                Write(capture.Inner, text);
                text.Append(')');
                break;
            case RepeatNode repeat:
                WriteRepeat(repeat, text);
                break;
            case ConcatNode concat:
                foreach (var part in concat.Parts) Write(part, text);
                break;
            case AlternateNode alternate:
                text.Append("(?:");
                for (var i = 0; i < alternate.Branches.Count; i++)
                {
                    if (i > 0) text.Append('|');
                    Write(alternate.Branches[i], text);
                }

                text.Append(')');
                break;
        }
    }

    private static string Assertions(Assertion kind) => kind switch
    {
        Assertion.TextStart => "\\A",
        Assertion.TextEnd => "\\z",
        Assertion.LineStart => "(?m:^)",
        Assertion.LineEnd => "(?m:$)",
        Assertion.WordBoundary => "\\b",
        _ => "\\B",
    };

    private static void WriteRepeat(RepeatNode repeat, StringBuilder text)
    {
        // Any text at all is any run of units: no need to tell pairs from single ones.
        if (repeat is { Inner: ClassNode { Set: var set }, Min: 0, Max: -1 }
            && ReferenceEquals(set, CodePoints.All)) text.Append("[\\s\\S]");
        else
        {
            text.Append("(?:");
            Write(repeat.Inner, text);
            text.Append(')');
        }

        text.Append((repeat.Min, repeat.Max) switch
        {
            (0, -1) => "*",
            (1, -1) => "+",
            (0, 1) => "?",
            (var min, -1) => string.Create(CultureInfo.InvariantCulture, $"{{{min},}}"),
            var (min, max) => string.Create(CultureInfo.InvariantCulture, $"{{{min},{max}}}"),
        });
        if (!repeat.Greedy) text.Append('?');
    }

    private static void WriteUnits(int codePoint, StringBuilder text)
    {
        if (codePoint < 0x80 && char.IsAsciiLetterOrDigit((char)codePoint))
        {
            text.Append((char)codePoint);
            return;
        }

        foreach (var unit in codePoint is >= 0xD800 and <= 0xDFFF ? ((char)codePoint).ToString()
            : char.ConvertFromUtf32(codePoint)) Unit(unit, text);
    }

    private static void Unit(int unit, StringBuilder text) => text.Append("\\u").Append(unit.ToString("X4", CultureInfo.InvariantCulture));

    private static void WriteSet(CodePoints set, StringBuilder text)
    {
        if (set.Ranges.Count == 0)
        {
            // A class that nothing fits.
            text.Append("[^\\s\\S]");
            return;
        }

        var low = set.Ranges.Where(r => r.From <= 0xFFFF).Select(r => (r.From, To: Math.Min(r.To, 0xFFFF))).ToList();
        var high = set.Ranges.Where(r => r.To > 0xFFFF).Select(r => (From: Math.Max(r.From, 0x10000), r.To)).ToList();
        if (high.Count > 0) text.Append("(?:");
        if (low.Count > 0) WriteUnitClass(low, text);
        var first = low.Count == 0;
        foreach (var (from, to) in high)
        {
            foreach (var (lead, trail) in Pairs(from, to))
            {
                if (!first) text.Append('|');
                first = false;
                WriteUnitClass([lead], text);
                WriteUnitClass([trail], text);
            }
        }

        if (high.Count > 0) text.Append(')');
    }

    private static void WriteUnitClass(List<(int From, int To)> ranges, StringBuilder text)
    {
        text.Append('[');
        foreach (var (from, to) in ranges)
        {
            Unit(from, text);
            if (to == from) continue;
            text.Append('-');
            Unit(to, text);
        }

        text.Append(']');
    }

    // Ranges of lead units with the trail units that may follow all of them.
    private static IEnumerable<((int From, int To) Lead, (int From, int To) Trail)> Pairs(int from, int to)
    {
        static int Lead(int c) => 0xD800 + ((c - 0x10000) >> 10);
        static int Trail(int c) => 0xDC00 + ((c - 0x10000) & 0x3FF);
        while (from <= to)
        {
            var lastOfLead = from | 0x3FF;
            if (Trail(from) == 0xDC00 && to >= lastOfLead)
            {
                var lastFull = ((to + 1 - 0x10000) >> 10) - 1 + 0xD800;
                yield return ((Lead(from), lastFull), (0xDC00, 0xDFFF));
                from = 0x10000 + ((lastFull - 0xD800 + 1) << 10);
                continue;
            }

            var end = Math.Min(to, lastOfLead);
            yield return ((Lead(from), Lead(from)), (Trail(from), Trail(end)));
            from = end + 1;
        }
    }
}
