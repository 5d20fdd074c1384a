using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>Where a part of a value stands in its file.</summary>
internal static class WorkflowPlaces
{
    /// <summary>
    /// The exact place where the value's text can be found in the file: on one line, or in a block (<c>|</c>) whose lines are the file's;
    /// otherwise the place of the value.
    /// </summary>
    public static SourcePosition Of(ScalarNode node, int offset, int length)
    {
        var (at, value) = (node.At, node.Value);
        offset = Math.Clamp(offset, 0, value.Length);
        var start = offset == 0 ? 0 : value.LastIndexOf('\n', offset - 1) + 1;
        var end = value.IndexOf('\n', start) is var found && found < 0 ? value.Length : found;
        var line = value[start..end];
        var before = value.AsSpan(0, start).Count('\n');
        foreach (var number in (ReadOnlySpan<int>)[at.Line + before, at.Line + before + 1])
        {
            var text = at.File.Line(number);
            var column = line.Length == 0 ? -1 : text.IndexOf(line, number == at.Line ? Math.Min(at.Column - 1, text.Length)
                : 0, StringComparison.Ordinal);
            if (column < 0) continue;
            return at with { Line = number, Column = column + offset - start + 1,
                Length = Math.Clamp(length, 0, end - Math.Min(offset, end)) };
        }
        return at;
    }
}
