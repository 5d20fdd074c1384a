namespace Fairway.Re2;

/// <summary>A place without width.</summary>
public enum Assertion
{
    /// <summary>Before everything.</summary>
    TextStart,

    /// <summary>After everything.</summary>
    TextEnd,

    /// <summary>After a line feed too.</summary>
    LineStart,

    /// <summary>Before a line feed too.</summary>
    LineEnd,

    /// <summary>Between a part of a word and what is none.</summary>
    WordBoundary,

    /// <summary>Anywhere else.</summary>
    NoWordBoundary,
}

/// <summary>A part of a parsed RE2 expression.</summary>
public abstract record Re2Node;

/// <summary>Nothing.</summary>
public sealed record EmptyNode : Re2Node;

/// <summary>One code point.</summary>
public sealed record LiteralNode(int CodePoint, bool IgnoreCase) : Re2Node;

/// <summary>One code point of a set.</summary>
public sealed record ClassNode(CodePoints Set) : Re2Node;

/// <summary>A place.</summary>
public sealed record AssertionNode(Assertion Kind) : Re2Node;

/// <summary>A part whose text is kept.</summary>
public sealed record CaptureNode(Re2Node Inner, string? Name) : Re2Node;

/// <summary>A part, several times; <paramref name="Max"/> -1 is any number.</summary>
public sealed record RepeatNode(Re2Node Inner, int Min, int Max, bool Greedy) : Re2Node;

/// <summary>One after the other.</summary>
public sealed record ConcatNode(IReadOnlyList<Re2Node> Parts) : Re2Node;

/// <summary>One of several, the first that fits.</summary>
public sealed record AlternateNode(IReadOnlyList<Re2Node> Branches) : Re2Node;
