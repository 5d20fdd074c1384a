using System.Text;
using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>Where notes link to.</summary>
/// <param name="Commit">A commit's page with <c>{hash}</c> in it; null links nothing.</param>
/// <param name="Issue">An issue's page with <c>{number}</c> in it; null links nothing.</param>
public sealed record NoteLinks(string? Commit = null, string? Issue = null);

/// <summary>
/// Writes what is new as Markdown (CommonMark, GitHub's tables and mentions in mind): breaking changes first, then additions, fixes, the
/// rest. What authors wrote is text there and nothing else: no markup, no HTML, no link, no mention of anybody.
/// </summary>
public static class ReleaseNotes
{
    private const int LongestEntry = 2_000;

    private static readonly ImmutableArray<(string Title, ImmutableArray<string> Types)> Sections =
        [("Features", ["feat"]), ("Fixes", ["fix"]), ("Performance", ["perf"]), ("Reverts", ["revert"]), ("Documentation", ["docs"])];

    /// <summary>The notes.</summary>
    /// <param name="title">Such as a version; null is none.</param>
    /// <param name="commits">The newest first.</param>
    /// <param name="links">Where to link.</param>
    /// <param name="everything">Whether chores, tests and messages of no convention are listed too.</param>
    public static string Write(string? title, IEnumerable<CommitText> commits, NoteLinks links, bool everything = false)
    {
        var all = commits.Where(commit => !commit.IsMerge).Select(commit => (Text: commit, Commit: ConventionalCommitReader.Read(commit.Message).Commit)).ToList();
        var notes = new StringBuilder();
        if (title is not null) notes.Append("## ").Append(Escape(title)).Append("\n\n");
        var before = notes.Length;
        var breaking = all.Where(entry => entry.Commit is { IsBreaking: true })
            .SelectMany(entry => entry.Commit!.BreakingChanges.Select(text => Line(entry.Commit.Scope, text, entry.Text, [], links)));
        Append(notes, "Breaking changes", breaking);
        foreach (var (heading, types) in Sections)
            Append(notes, heading, all.Where(entry => entry.Commit is { } commit && types.Any(commit.IsOf))
                .Select(entry => Line(entry.Commit!.Scope, entry.Commit.Description, entry.Text, entry.Commit.Footers, links)));
        if (everything)
            Append(notes, "Other", all.Where(entry => entry.Commit is null || !Sections.Any(section => section.Types.Any(entry.Commit.IsOf)))
                .Select(entry => Line(entry.Commit?.Scope, entry.Commit?.Description ?? entry.Text.Message.Split('\n')[0], entry.Text, entry.Commit?.Footers ?? [], links)));
        if (notes.Length == before) notes.Append("Nothing that a user sees.\n");
        return notes.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>Text that is shown as it is wherever Markdown is read.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var letter in PlainText.Of(text, LongestEntry))
            escaped.Append(letter switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                // What sites turn into mentions, references and links by themselves.
                '@' => "&#64;",
                '#' => "&#35;",
                ':' => "&#58;",
                '/' => "&#47;",
                '\\' or '`' or '*' or '_' or '{' or '}' or '[' or ']' or '(' or ')' or '+' or '-' or '!' or '|' or '~' or '$' or '^' or '=' or '"' or '\'' => "\\" + letter,
                // www.example.com would become a link, and so would GH-12 and 1. a list.
                '.' => "&#46;",
                _ => letter.ToString(),
            });
        return escaped.ToString();
    }

    private static void Append(StringBuilder notes, string heading, IEnumerable<string> lines)
    {
        var found = lines.ToList();
        if (found.Count == 0) return;
        notes.Append("### ").Append(heading).Append("\n\n");
        foreach (var line in found) notes.Append("- ").Append(line).Append('\n');
        notes.Append('\n');
    }

    private static string Line(string? scope, string text, CommitText commit, ImmutableArray<CommitFooter> footers, NoteLinks links)
    {
        var line = new StringBuilder();
        if (scope is not null) line.Append("**").Append(Escape(scope)).Append(":** ");
        line.Append(Escape(text));
        var numbers = footers.Where(footer => footer.Is("Fixes") || footer.Is("Closes") || footer.Is("Refs") || footer.Is("Resolves")).SelectMany(footer => Numbers(footer.Value)).Distinct(StringComparer.Ordinal);
        foreach (var number in numbers) line.Append(links.Issue is { } issue ? $" ([{number}]({Target(issue, "{number}", number)}))" : $" ({number})");
        var hash = commit.Hash[..Math.Min(commit.Hash.Length, 10)];
        if (hash.Length > 0) line.Append(links.Commit is { } page ? $" ([{hash}]({Target(page, "{hash}", commit.Hash)}))" : $" ({hash})");
        return line.ToString();
    }

    private static IEnumerable<string> Numbers(string value)
        => value.Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.Length is > 1 and <= 12 && word[0] == '#' && word.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0)
            .Select(word => word[1..]);

    private static string Target(string page, string place, string value) => page.Replace(place, Uri.EscapeDataString(value), StringComparison.Ordinal);
}
