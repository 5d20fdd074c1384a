using System.Text.RegularExpressions;
using Fairway.Configuration;
using YamlDotNet.Core;

namespace Fairway.Adapters.Yaml;

/// <summary>Positions of the YAML parser as ours, and its errors in words that say what to do.</summary>
internal static partial class YamlSyntax
{
    /// <summary>A place of the parser, kept inside the file; what spans lines covers the rest of its first line.</summary>
    public static SourcePosition Position(SourceFile file, Mark start, Mark end)
    {
        var line = (int)Math.Clamp(start.Line, 1, file.LineCount);
        var length = file.Line(line).Length;
        var column = (int)Math.Clamp(start.Column, 1, length + 1);
        var until = end.Line == start.Line ? (int)Math.Clamp(end.Column, column, length + 1) : length + 1;
        return new SourcePosition(file, line, column, until - column);
    }

    /// <summary>Reports why the parser stopped.</summary>
    public static void Report(SourceFile file, YamlException syntax, DiagnosticList diagnostics)
    {
        var at = Position(file, syntax.Start, syntax.End);
        if (TabNear(file, at.Line, syntax.Message.Contains(" tab ", StringComparison.Ordinal)) is { } tab)
        {
            diagnostics.Error(DiagnosticCodes.Tab, tab, "the indentation has a tab", "spaces");
            return;
        }
        var (expected, didYouMean) = Hint(file, at);
        if (expected is null && syntax.Message.Contains("quoted scalar", StringComparison.Ordinal)) expected = "a closing quote";
        else if (expected is null && syntax.Message.Contains("expected key", StringComparison.Ordinal))
            expected = "the indentation of the lines it belongs to";
        diagnostics.Error(DiagnosticCodes.Syntax, at with { Length = Math.Max(1, at.Length) }, Sentence(syntax.Message), expected,
            didYouMean);
    }

    /// <summary>A tab in the indentation of the lines before; or, when the parser saw one, of any line after.</summary>
    private static SourcePosition? TabNear(SourceFile file, int line, bool seen)
    {
        var before = Enumerable.Range(0, Math.Min(3, line)).Select(back => line - back);
        foreach (var number in seen ? before.Concat(Enumerable.Range(line + 1, file.LineCount - line)) : before)
        {
            var text = file.Line(number);
            var tab = text.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && text.AsSpan(0, tab).IndexOfAnyExcept(' ') < 0 && text.AsSpan(tab).IndexOfAnyExcept('\t', ' ') >= 0)
                return new SourcePosition(file, number, tab + 1, 1);
        }
        return null;
    }

    private static (string? Expected, string? DidYouMean) Hint(SourceFile file, SourcePosition at)
    {
        foreach (var number in (ReadOnlySpan<int>)[at.Line, at.Line - 1])
        {
            var text = file.Line(number);
            if (VariableInFlow().Match(text) is { Success: true } variable)
                return ("quotes around a value with ${…} inside { } or [ ]", $"\"{variable.Groups["value"].Value.Trim()}\"");
            if (AnchorInFlow().IsMatch(text)) return ("an anchored value on a line of its own: inside { } the parser cannot read it", null);
            if (Reserved().Match(text) is { Success: true } reserved)
                return ($"quotes around text that begins with {reserved.Groups["value"].Value[0]}",
                $"\"{reserved.Groups["value"].Value.Trim()}\"");
            if (ColonInValue().Match(text) is { Success: true } colon)
                return ("quotes around text that has a colon and a blank",
                $"{colon.Groups["name"].Value}: \"{colon.Groups["value"].Value.Trim()}\"");
            if (NoBlank().Match(text) is { Success: true } blank)
                return ("a blank after the colon", $"{blank.Groups["name"].Value}: {blank.Groups["value"].Value.Trim()}");
        }
        return (null, null);
    }

    /// <summary>The parser's own words, without its "while parsing" and full stop.</summary>
    private static string Sentence(string message)
    {
        var text = message;
        if (text.StartsWith("(Line:", StringComparison.Ordinal) && text.IndexOf("): ", StringComparison.Ordinal) is > 0 and var end)
            text = text[(end + 3)..];
        text = text.Replace("While ", "while ", StringComparison.Ordinal).TrimEnd('.', ' ');
        return $"not YAML: {text}";
    }

    [GeneratedRegex(@"[{\[,]\s*([\w.\-]+:\s*)?(?<value>[^\s""',\[\]{}]*\$\{[^}]*\}[^,\]}]*)",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex VariableInFlow();

    [GeneratedRegex(@"\{[^}]*:\s*&[\w.\-]+\s+[^\s{\[]", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex AnchorInFlow();

    [GeneratedRegex(@"(^|:\s|-\s|[{\[,]\s*)\s*(?<value>[@`%][^,}\]]*)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Reserved();

    [GeneratedRegex(@"^\s*(- )?(?<name>[\w.\-]+):\s+(?<value>[^""'\s{\[|>#&*][^#]*:\s.*)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ColonInValue();

    [GeneratedRegex(@"^\s*(- )?(?<name>[A-Za-z][\w.\-]*):(?<value>[^\s/:][^:]*)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NoBlank();
}
