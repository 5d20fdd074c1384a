namespace Fairway.Policy;

/// <summary>A place without width.</summary>
internal enum Assertion { TextStart, TextEnd, LineStart, LineEnd, WordBoundary, NoWordBoundary }

/// <summary>A part of a parsed RE2 expression.</summary>
internal abstract record PatternNode;

/// <summary>Nothing.</summary>
internal sealed record EmptyNode : PatternNode;

/// <summary>One code point.</summary>
internal sealed record LiteralNode(int CodePoint, bool IgnoreCase) : PatternNode;

/// <summary>One code point of a set.</summary>
internal sealed record ClassNode(CodePoints Set) : PatternNode;

/// <summary>A place.</summary>
internal sealed record AssertionNode(Assertion Kind) : PatternNode;

/// <summary>A part whose text is kept.</summary>
internal sealed record CaptureNode(PatternNode Inner, string? Name) : PatternNode;

/// <summary>A part, several times; <paramref name="Max"/> -1 is any number.</summary>
internal sealed record RepeatNode(PatternNode Inner, int Min, int Max, bool Greedy) : PatternNode;

/// <summary>One after the other.</summary>
internal sealed record ConcatNode(IReadOnlyList<PatternNode> Parts) : PatternNode;

/// <summary>One of several, the first that fits.</summary>
internal sealed record AlternateNode(IReadOnlyList<PatternNode> Branches) : PatternNode;
