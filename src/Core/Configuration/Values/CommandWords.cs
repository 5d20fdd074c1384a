using System.Text;

namespace Fairway.Configuration;

/// <summary>
/// A command line split into words as a POSIX shell splits it (XCU 2.2 and 2.3): blanks separate, <c>'…'</c> is literal, in <c>"…"</c> a
/// backslash escapes <c>" \ $ `</c>, elsewhere it escapes any character. Nothing is expanded and no shell runs: what would need one is
/// refused. <c>$NAME</c> stays.
/// </summary>
public static class CommandWords
{
    /// <summary>What is expected, for messages.</summary>
    public const string Expected = "a command such as ./shop --port $PORT, or a list of its words";

    private static readonly System.Buffers.SearchValues<char> VariableLetters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>Splits a command line into at least one word.</summary>
    public static Parsed<ImmutableArray<string>> Split(string line)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        StringBuilder? word = null;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var letter = line[i];
            if (quote == '\'')
            {
                if (letter == quote) quote = '\0';
                else word!.Append(letter);
            }
            else if (letter == '\\' && i + 1 < line.Length && (quote == '\0' || line[i + 1] is '"' or '\\' or '$' or '`'))
            {
                (word ??= new()).Append(line[++i]);
            }
            else if (quote == '"')
            {
                if (letter == quote) quote = '\0';
                else word!.Append(letter);
            }
            else if (letter is '\'' or '"')
            {
                quote = letter;
                word ??= new();
            }
            else if (letter is ' ' or '\t' or '\n' or '\r')
            {
                if (word is not null) words.Add(word.ToString());
                word = null;
            }
            else if (letter is '|' or '&' or ';' or '<' or '>' or '`' || (letter == '$' && i + 1 < line.Length && line[i + 1] == '('))
            {
                return Parsed.Wrong<ImmutableArray<string>>(DiagnosticCodes.NeedsShell,
                    $"needs a shell for \"{Operator(line, i)}\", and none is used", InShell(line));
            }
            else (word ??= new()).Append(letter);
        }
        if (quote != '\0') return Parsed.Malformed<ImmutableArray<string>>(problem: $"has an opening {quote} that is not closed");
        if (word is not null) words.Add(word.ToString());
        if (words.Count == 0) return Parsed.Malformed<ImmutableArray<string>>(problem: "is empty");
        return IsAssignment(words[0])
            ? Parsed.Wrong<ImmutableArray<string>>(DiagnosticCodes.NeedsShell,
                $"sets a variable before the command (\"{words[0][..(words[0].IndexOf('=', StringComparison.Ordinal) + 1)]}\"), which needs a shell; put it in env")
            : Parsed.Value(words.ToImmutable());
    }

    /// <summary>The words as one line that <see cref="Split"/> splits into the same.</summary>
    public static string Join(ImmutableArray<string> words)
        => string.Join(' ',
            words.Select(word => word.Length > 0 && word.All(IsSafe) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    private static bool IsSafe(char letter) => char.IsAsciiLetterOrDigit(letter)
        || "-_./:=@%+,$".Contains(letter, StringComparison.Ordinal);

    private static bool IsAssignment(string word)
        => word.IndexOf('=', StringComparison.Ordinal) is > 0 and var end && word.AsSpan(0, end).IndexOfAnyExcept(VariableLetters) < 0;

    private static string Operator(string line, int at)
        => at + 1 < line.Length && (line[at] == '$' || (line[at + 1] == line[at] && line[at] != '`')) ? line.Substring(at, 2)
            : line[at].ToString();

    private static string InShell(string line)
        => $"[sh, -c, \"{line.Trim().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"]";
}
