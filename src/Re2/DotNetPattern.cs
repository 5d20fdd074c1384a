using System.Globalization;
using System.Text;

namespace Fairway.Re2;

/// <summary>
/// Writes a parsed RE2 expression in .NET's syntax, for its non-backtracking engine. .NET matches UTF-16 units where RE2 matches code
/// points, so a set with code points above U+FFFF becomes an alternation with surrogate pairs, unless single units are good enough.
/// </summary>
public sealed class DotNetPattern
{
    private readonly StringBuilder _text = new();
    private readonly bool _byUnits;

    private DotNetPattern(bool byUnits) => _byUnits = byUnits;

    /// <summary>The expression, anchored at both ends.</summary>
    public static string Anchored(Re2Node node)
    {
        var pattern = new DotNetPattern(byUnits: false);
        pattern._text.Append("\\A(?:");
        pattern.Write(node);
        return pattern._text.Append(")\\z").ToString();
    }

    /// <summary>The expression, to be found anywhere.</summary>
    /// <param name="node">The expression.</param>
    /// <param name="byUnits">Whether a set with everything above U+FFFF may count a surrogate pair as two: much smaller, and the same where nothing is counted.</param>
    public static string Anywhere(Re2Node node, bool byUnits = false)
    {
        var pattern = new DotNetPattern(byUnits);
        pattern.Write(node);
        return pattern._text.ToString();
    }

    private void Write(Re2Node node)
    {
        switch (node)
        {
            case LiteralNode literal when literal.IgnoreCase && CodePoints.SameIgnoringCase(literal.CodePoint) is { Length: > 1 } same:
                WriteSet(CodePoints.Of(same.Select(c => (c, c))));
                break;
            case LiteralNode literal:
                WriteUnits(literal.CodePoint);
                break;
            case ClassNode { Set: var set }:
                WriteSet(set);
                break;
            case AssertionNode assertion:
                _text.Append(Assertions(assertion.Kind));
                break;
            case CaptureNode capture:
                _text.Append('(');
                Write(capture.Inner);
                _text.Append(')');
                break;
            case RepeatNode repeat:
                WriteRepeat(repeat);
                break;
            case ConcatNode concat:
                foreach (var part in concat.Parts) Write(part);
                break;
            case AlternateNode alternate:
                _text.Append("(?:");
                for (var i = 0; i < alternate.Branches.Count; i++)
                {
                    if (i > 0) _text.Append('|');
                    Write(alternate.Branches[i]);
                }

                _text.Append(')');
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

    private void WriteRepeat(RepeatNode repeat)
    {
        // Any text at all is any run of units: no need to tell pairs from single ones.
        if (repeat is { Inner: ClassNode { Set: var set }, Min: 0, Max: -1 }
            && ReferenceEquals(set, CodePoints.All)) _text.Append("[\\s\\S]");
        else
        {
            _text.Append("(?:");
            Write(repeat.Inner);
            _text.Append(')');
        }

        _text.Append((repeat.Min, repeat.Max) switch
        {
            (0, -1) => "*",
            (1, -1) => "+",
            (0, 1) => "?",
            (var min, -1) => string.Create(CultureInfo.InvariantCulture, $"{{{min},}}"),
            var (min, max) => string.Create(CultureInfo.InvariantCulture, $"{{{min},{max}}}"),
        });
        if (!repeat.Greedy) _text.Append('?');
    }

    private void WriteUnits(int codePoint)
    {
        if (codePoint < 0x80 && char.IsAsciiLetterOrDigit((char)codePoint))
        {
            _text.Append((char)codePoint);
            return;
        }

        foreach (var unit in codePoint is >= 0xD800 and <= 0xDFFF ? ((char)codePoint).ToString()
            : char.ConvertFromUtf32(codePoint)) Unit(unit);
    }

    private void Unit(int unit) => _text.Append("\\u").Append(unit.ToString("X4", CultureInfo.InvariantCulture));

    private void WriteSet(CodePoints set)
    {
        if (set.Ranges.Count == 0)
        {
            // A class that nothing fits.
            _text.Append("[^\\s\\S]");
            return;
        }

        var low = set.Ranges.Where(r => r.From <= 0xFFFF).Select(r => (r.From, To: Math.Min(r.To, 0xFFFF))).ToList();
        var high = set.Ranges.Where(r => r.To > 0xFFFF).Select(r => (From: Math.Max(r.From, 0x10000), r.To)).ToList();
        // Lone surrogates are code points to us, so the low part takes the halves of pairs already.
        if (_byUnits && high is [(0x10000, 0x10FFFF)] && low.Exists(r => r.From <= 0xD800 && r.To >= 0xDFFF)) high = [];
        if (high.Count > 0) _text.Append("(?:");
        if (low.Count > 0) WriteUnitClass(low);
        var first = low.Count == 0;
        foreach (var (from, to) in high)
        {
            foreach (var (lead, trail) in Pairs(from, to))
            {
                if (!first) _text.Append('|');
                first = false;
                WriteUnitClass([lead]);
                WriteUnitClass([trail]);
            }
        }

        if (high.Count > 0) _text.Append(')');
    }

    private void WriteUnitClass(List<(int From, int To)> ranges)
    {
        _text.Append('[');
        foreach (var (from, to) in ranges)
        {
            Unit(from);
            if (to == from) continue;
            _text.Append('-');
            Unit(to);
        }

        _text.Append(']');
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
