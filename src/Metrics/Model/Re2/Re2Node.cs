namespace Fairway.Metrics.Model.Re2;

/// <summary>A place without width.</summary>
internal enum Assertion { TextStart, TextEnd, LineStart, LineEnd, WordBoundary, NoWordBoundary }

/// <summary>A part of a parsed RE2 expression.</summary>
internal abstract record Re2Node;

/// <summary>Nothing.</summary>
internal sealed record EmptyNode : Re2Node;

/// <summary>One code point.</summary>
internal sealed record LiteralNode(int CodePoint, bool IgnoreCase) : Re2Node;

/// <summary>One code point of a set.</summary>
internal sealed record ClassNode(CodePoints Set) : Re2Node;

/// <summary>A place.</summary>
internal sealed record AssertionNode(Assertion Kind) : Re2Node;

/// <summary>A part whose text is kept.</summary>
internal sealed record CaptureNode(Re2Node Inner, string? Name) : Re2Node;

/// <summary>A part, several times; <paramref name="Max"/> -1 is any number.</summary>
internal sealed record RepeatNode(Re2Node Inner, int Min, int Max, bool Greedy) : Re2Node;

/// <summary>One after the other.</summary>
internal sealed record ConcatNode(IReadOnlyList<Re2Node> Parts) : Re2Node;

/// <summary>One of several, the first that fits.</summary>
internal sealed record AlternateNode(IReadOnlyList<Re2Node> Branches) : Re2Node;
