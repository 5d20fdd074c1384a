namespace Fairway.Source;

/// <summary>What keeps a message from being a conventional commit.</summary>
/// <param name="Code">Stable and machine-readable, kebab-case, such as <c>no-type</c>.</param>
/// <param name="Line">From 1.</param>
/// <param name="What">What is wrong, a sentence without an end.</param>
/// <param name="Mend">What to write instead.</param>
public sealed record CommitProblem(string Code, int Line, string What, string Mend);

/// <summary>Reads commit messages by Conventional Commits 1.0.0. Any text is answered, in time linear in its length.</summary>
public static class ConventionalCommitReader
{
    /// <summary>Longest message that is read, in characters; a longer one is refused.</summary>
    public const int LongestMessage = 64 * 1024;

    /// <summary>Reads a message; exactly one of both is null.</summary>
    /// <param name="message">As the commit has it. Line ends may be CR LF; empty lines at its end do not matter.</param>
    public static (ConventionalCommit? Commit, CommitProblem? Problem) Read(string message)
    {
        if (message.Length > LongestMessage)
            return (null, new("too-long", 1, $"the message is longer than {LongestMessage} characters", "say it shorter; documents belong into files"));
        var lines = message.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        var (header, problem) = ReadHeader(lines[0]);
        if (header is null) return (null, problem);
        if (lines.Length == 1) return (header, null);
        if (!IsBlank(lines[1]))
            return (null, new("no-blank-line", 2, "the description goes on in the second line", "leave the second line empty; the body begins in the third"));
        var at = FirstFooter(lines, 2);
        var body = string.Join('\n', lines[2..at]).Trim('\n');
        var whole = header with { Body = string.IsNullOrWhiteSpace(body) ? null : body.TrimEnd(), Footers = ReadFooters(lines, at) };
        return (whole, null);
    }

    private static (ConventionalCommit? Commit, CommitProblem? Problem) ReadHeader(string line)
    {
        const string Form = "write `type(scope): description`, such as `fix(cart): round prices once`";
        if (IsBlank(line)) return (null, new("empty", 1, "the message has no first line", Form));
        var at = 0;
        while (at < line.Length && IsTypeLetter(line[at])) at++;
        var type = line[..at];
        if (type.Length == 0) return (null, new("no-type", 1, "the first line does not begin with a type", Form));
        string? scope = null;
        if (at < line.Length && line[at] == '(')
        {
            var close = line.IndexOf(')', at);
            if (close < 0) return (null, new("scope-open", 1, "the scope has no closing parenthesis", Form));
            scope = line[(at + 1)..close];
            if (IsBlank(scope)) return (null, new("scope-empty", 1, "the scope is empty", $"name what changes, or leave the parentheses out: `{type}: …`"));
            if (scope.Contains('(', StringComparison.Ordinal)) return (null, new("scope-nested", 1, "the scope has a parenthesis within", Form));
            at = close + 1;
        }
        var marked = at < line.Length && line[at] == '!';
        if (marked) at++;
        if (at >= line.Length || line[at] != ':')
        {
            var blank = at < line.Length && IsBlank(line[at].ToString()) && line[at..].TrimStart().StartsWith(':');
            return (null, blank ? new("space-before-colon", 1, "there is a space before the colon", "put the colon right behind the type, the scope or the `!`")
                : new("no-type", 1, "the first line has no type followed by a colon", Form));
        }
        var rest = line[(at + 1)..];
        if (IsBlank(rest)) return (null, new("no-description", 1, "nothing follows the colon", Form));
        if (rest[0] != ' ') return (null, new("no-space", 1, "no space follows the colon", $"write `{line[..(at + 1)]} {rest.TrimStart()}`"));
        if (IsBlank(rest[1].ToString())) return (null, new("two-spaces", 1, "more than one space follows the colon", $"write `{line[..(at + 1)]} {rest.TrimStart()}`"));
        return (new() { Type = type, Scope = scope, IsMarked = marked, Description = rest[1..].TrimEnd() }, null);
    }

    // The first line after an empty one that begins a footer: from there on everything is footers, for their values may have paragraphs.
    private static int FirstFooter(string[] lines, int from)
    {
        for (var i = from; i < lines.Length; i++)
            if ((i == from || IsBlank(lines[i - 1])) && TokenLength(lines[i]) > 0) return i;
        return lines.Length;
    }

    private static ImmutableArray<CommitFooter> ReadFooters(string[] lines, int from)
    {
        var footers = ImmutableArray.CreateBuilder<CommitFooter>();
        for (var i = from; i < lines.Length;)
        {
            var length = TokenLength(lines[i]);
            var end = i + 1;
            while (end < lines.Length && TokenLength(lines[end]) == 0) end++;
            // The number sign belongs to the value, the colon does not.
            var first = lines[i][(lines[i][length] == ':' ? length + 2 : length + 1)..];
            var value = string.Join('\n', [first, .. lines[(i + 1)..end]]);
            footers.Add(new(lines[i][..length], value.Trim()));
            i = end;
        }
        return footers.ToImmutable();
    }

    /// <summary>Length of the footer's token that a line begins with; 0 when it begins none.</summary>
    internal static int TokenLength(string line)
    {
        const string Breaking = "BREAKING CHANGE";
        var length = 0;
        if (line.StartsWith(Breaking + ": ", StringComparison.Ordinal)) length = Breaking.Length;
        else while (length < line.Length && (char.IsLetterOrDigit(line[length]) || (length > 0 && line[length] == '-'))) length++;
        if (length == 0 || length + 2 > line.Length) return 0;
        var separator = line.AsSpan(length, 2);
        // A value must follow.
        return separator is ": " or " #" && !IsBlank(line[(length + 2)..]) ? length : 0;
    }

    private static bool IsTypeLetter(char letter) => !char.IsWhiteSpace(letter) && !char.IsControl(letter) && letter is not ('(' or ')' or '!' or ':');

    private static bool IsBlank(string text) => string.IsNullOrWhiteSpace(text);
}
