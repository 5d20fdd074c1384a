using System.Globalization;
using System.Text;

namespace Fairway.Configuration;

/// <summary>Writes mistakes for people: the place, the sentence, the line with a caret under it, and a summary at the end.</summary>
public static class DiagnosticText
{
    private const int Width = 120;

    /// <summary>All of them, each with an excerpt. Secrets are left out of excerpts.</summary>
    /// <param name="diagnostics">In the order to show.</param>
    /// <param name="colour">Whether a terminal will show it (ECMA-48 colours).</param>
    public static string Write(ImmutableArray<Diagnostic> diagnostics, bool colour)
    {
        var text = new StringBuilder();
        var hidden = diagnostics.Where(diagnostic => diagnostic.Hidden is not null).Select(diagnostic => diagnostic.Hidden!.Value)
            .ToArray();
        foreach (var diagnostic in diagnostics)
        {
            var (word, paint) = diagnostic.Severity == DiagnosticSeverity.Error ? ("error", "1;31") : ("warning", "1;33");
            text.Append(Paint(Safe(diagnostic.At.ToString()), "1", colour)).Append(": ")
                .Append(Paint($"{word} {diagnostic.Code}", paint, colour)).Append(": ").Append(Safe(diagnostic.Sentence)).Append('\n');
            Excerpt(text, diagnostic.At, paint, hidden, colour);
            foreach (var related in diagnostic.Related)
            {
                text.Append("  ").Append(Safe(related.At.ToString())).Append(": ").Append(Paint("note", "1;36", colour)).Append(": ")
                    .Append(Safe(related.Text)).Append('\n');
                Excerpt(text, related.At, "1;36", hidden, colour);
            }
        }
        return text.ToString();
    }

    /// <summary>Counts in one line: <c>2 errors and 1 warning in fairway.yaml</c>; with neither, an empty string.</summary>
    public static string Summary(ImmutableArray<Diagnostic> diagnostics)
    {
        var errors = diagnostics.Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        var counts = new[] { Count(errors, "error"), Count(diagnostics.Length - errors, "warning") }.Where(count => count.Length > 0);
        var files = diagnostics.Select(diagnostic => diagnostic.At.File.Name).Distinct(StringComparer.Ordinal).ToArray();
        return diagnostics.IsEmpty ? ""
            : $"{string.Join(" and ", counts)} in {(files.Length == 1 ? Safe(files[0]) : $"{files.Length} files")}";
    }

    private static string Count(int count, string noun) => count == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    private static void Excerpt(StringBuilder text, SourcePosition at, string paint, SourcePosition[] hidden, bool colour)
    {
        var line = at.File.Line(at.Line);
        if (line.Length == 0 || at.Length == 0 && at is { Line: 1, Column: 1 }) return;
        var start = Math.Min(at.Column - 1, line.Length);
        var shown = Concealed(line, at, hidden);
        var before = Concealed(line[..start], at, hidden);
        if (!shown.StartsWith(before, StringComparison.Ordinal)) before = shown[..Math.Min(start, shown.Length)];
        var first = Math.Max(0, before.Length - (Width - 40));
        var window = shown[first..Math.Min(shown.Length, first + Width)];
        var number = at.Line.ToString(CultureInfo.InvariantCulture).PadLeft(5);
        text.Append(Paint($"{number} | ", "2", colour)).Append(first > 0 ? "…" : "").Append(Safe(window))
            .Append(first + Width < shown.Length ? "…" : "").Append('\n');
        var carets = Math.Clamp(at.Length, 1, Math.Max(1, window.Length - (before.Length - first)));
        text.Append(Paint("      | ", "2", colour)).Append(' ', before.Length - first + (first > 0 ? 1 : 0))
            .Append(Paint("^" + new string('~', carets - 1), paint, colour)).Append('\n');
    }

    /// <summary>
    /// The line with hidden values masked; what looks like a secret is masked too. Text before the position keeps its length.
    /// </summary>
    private static string Concealed(string line, SourcePosition at, SourcePosition[] hidden)
    {
        var shown = line;
        foreach (var secret in hidden.Where(secret => secret.File == at.File && secret.Line == at.Line)
            .OrderByDescending(secret => secret.Column))
        {
            var start = secret.Column - 1;
            if (start >= shown.Length) continue;
            shown = shown[..start] + SecretNames.Mask + shown[Math.Min(shown.Length, start + Math.Max(secret.Length, 0))..];
        }
        return SecretNames.Conceal(shown);
    }

    private static string Paint(string text, string code, bool colour) => colour ? $"\e[{code}m{text}\e[0m" : text;

    /// <summary>Nothing in a file may move the cursor or change the terminal.</summary>
    private static string Safe(string text)
        => text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && text.AsSpan().IndexOfAnyInRange('\u007f', '\u009f') < 0 ? text
            : new string([.. text.Select(letter => letter == '\t' ? ' ' : char.IsControl(letter) ? '\ufffd' : letter)]);
}
