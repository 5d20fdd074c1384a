using Fairway.Policy;

namespace Fairway.Configuration;

/// <summary>Where a place inside an expression is in the file that the expression stands in.</summary>
internal static class ExpressionPlace
{
    /// <summary>
    /// The place itself when the expression stands in the file as it is: on one line, or in a block (<c>|</c>) line by line. Otherwise, folded or with
    /// escapes, the place of the whole expression.
    /// </summary>
    public static SourcePosition Of(ScalarNode expression, CelPosition at)
    {
        var (file, first) = (expression.At.File, expression.At.Line);
        var lines = expression.Value.Split('\n');
        if (at.Line > lines.Length || expression.Interpolated) return expression.At;
        var wanted = lines[at.Line - 1].TrimEnd('\r');
        // Where the text begins: on the line of the node itself, or a line or two below its | or >.
        for (var line = first; line <= Math.Min(file.LineCount, first + 2); line++)
        {
            var start = Find(file, line, lines[0].TrimEnd('\r'), line == first ? expression.At.Column - 1 : 0);
            if (start < 0) continue;
            var column = at.Line == 1 ? start : Find(file, line + at.Line - 1, wanted, 0);
            if (column >= 0) return new(file, line + at.Line - 1, column + at.Column, 1);
        }
        return expression.At;
    }

    private static int Find(SourceFile file, int line, string text, int from)
    {
        var written = file.Line(line);
        return text.Length == 0 || from > written.Length ? -1 : written.IndexOf(text, from, StringComparison.Ordinal);
    }
}
