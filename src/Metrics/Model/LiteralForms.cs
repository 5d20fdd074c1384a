using System.Text;
using Fairway.Re2;

namespace Fairway.Metrics.Model;

/// <summary>
/// What an expression says without an engine: the texts it stands for, or what it has to start with, end with or contain.
/// </summary>
internal static class LiteralForms
{
    private const int MostTexts = 512;

    /// <summary>All texts that fit, when they are few; null otherwise.</summary>
    public static IReadOnlyList<string>? Texts(Re2Node node)
    {
        var all = Expand(node);
        return all is null ? null : [.. all.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Whether it is any run of code points, and how many there must be.</summary>
    public static bool IsAnything(Re2Node node, out int least)
    {
        least = 0;
        if (node is not RepeatNode { Max: -1, Inner: ClassNode { Set: var set } } repeat
            || !ReferenceEquals(set, CodePoints.All)) return false;
        least = repeat.Min;
        return true;
    }

    /// <summary>The parts of a sequence; one that is not a sequence is its own part.</summary>
    public static IReadOnlyList<Re2Node> Parts(Re2Node node) => node switch
    {
        ConcatNode c => c.Parts,
        CaptureNode { Inner: var inner } => Parts(inner),
        _ => [node],
    };

    /// <summary>The literal text at the start of a sequence and how many parts it takes.</summary>
    public static (string Text, int Parts) Leading(IReadOnlyList<Re2Node> parts)
    {
        var text = new StringBuilder();
        var taken = 0;
        while (taken < parts.Count && Single(parts[taken]) is { } unit)
        {
            text.Append(unit);
            taken++;
        }

        return (text.ToString(), taken);
    }

    private static string? Single(Re2Node node) =>
        node is LiteralNode l && (!l.IgnoreCase || CodePoints.SameIgnoringCase(l.CodePoint).Length == 1) ? Text(l.CodePoint) : null;

    private static string Text(int codePoint) => codePoint is >= 0xD800 and <= 0xDFFF ? ((char)codePoint).ToString()
        : char.ConvertFromUtf32(codePoint);

    private static List<string>? Expand(Re2Node node)
    {
        switch (node)
        {
            case EmptyNode:
                return [""];
            case LiteralNode { IgnoreCase: false } literal:
                return [Text(literal.CodePoint)];
            case LiteralNode literal:
                return [.. CodePoints.SameIgnoringCase(literal.CodePoint).Select(Text)];
            case ClassNode { Set.Ranges: var ranges } when ranges.Sum(r => (long)r.To - r.From + 1) <= 64:
                return [.. ranges.SelectMany(r => Enumerable.Range(r.From, r.To - r.From + 1)).Select(Text)];
            case CaptureNode capture:
                return Expand(capture.Inner);
            case RepeatNode { Min: 0, Max: 1 } repeat when Expand(repeat.Inner) is { } once:
                return [.. once, ""];
            case ConcatNode concat:
                return Product(concat.Parts);
            case AlternateNode alternate:
                return Union(alternate.Branches);
            default:
                return null;
        }
    }

    private static List<string>? Union(IReadOnlyList<Re2Node> branches)
    {
        var all = new List<string>();
        foreach (var branch in branches)
        {
            if (Expand(branch) is not { } texts || all.Count + texts.Count > MostTexts) return null;
            all.AddRange(texts);
        }

        return all;
    }

    private static List<string>? Product(IReadOnlyList<Re2Node> parts)
    {
        List<string> all = [""];
        foreach (var part in parts)
        {
            if (Expand(part) is not { } texts || (long)all.Count * texts.Count > MostTexts) return null;
            all = [.. all.SelectMany(_ => texts, (head, tail) => head + tail)];
        }

        return all;
    }
}
