using System.Text.RegularExpressions;

namespace Fairway.Tidy.Rules;

/// <summary>What is asked of every document: its links and the paths it names exist.</summary>
internal static partial class Documents
{
    // What running it makes: also in a checkout where it has run.
    private static readonly string[] Generated = ["artifacts", "dist", ".fairway"];

    public static IEnumerable<string> CheckLinks(IEnumerable<SourceFile> documents, Func<string, bool> exists)
    {
        var all = documents.ToArray();
        foreach (var file in all)
        {
            foreach (var (number, line) in Prose(file))
            {
                foreach (Match link in Link().Matches(line))
                {
                    var target = link.Groups["target"].Value;
                    if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
                    var (path, anchor) = target.Split('#', 2) is [var p, var a] ? (p, a) : (target, null);
                    var resolved = path.Length == 0 ? file.Path : Resolve(file.Path, path);
                    if (!exists(resolved)) yield return $"{file.Path}:{number}: link to {target}: there is no {resolved}";
                    else if (anchor is not null && all.FirstOrDefault(d => d.Path == resolved) is { } there && !Anchors(there).Contains(anchor))
                        yield return $"{file.Path}:{number}: link to {target}: {resolved} has no heading '{anchor}'";
                }
            }
        }
    }

    public static IEnumerable<string> CheckPaths(IEnumerable<SourceFile> documents, IReadOnlySet<string> topFolders, Func<string, bool> exists)
    {
        foreach (var file in documents)
        {
            foreach (var (number, line) in Prose(file))
            {
                foreach (Match span in Span().Matches(line))
                {
                    var path = span.Groups["code"].Value.Split(' ')[0];
                    if (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
                    path = Regex.Replace(path, @":\d+(:\d+)?$|[/.,]+$", "");
                    var top = path.Split('/')[0];
                    if (!path.Contains('/', StringComparison.Ordinal) || Generated.Contains(top) || !topFolders.Contains(top)) continue;
                    if (path.IndexOfAny(['*', '<', '{', '…', '$']) >= 0) continue;
                    if (!exists(path) && !exists(Resolve(file.Path, path))) yield return $"{file.Path}:{number}: `{span.Groups["code"].Value}`: there is no {path}";
                }
            }
        }
    }

    /// <summary>Decision records are <c>NNNN-name.md</c>, numbered from 1 without gaps, each with the four parts.</summary>
    public static IEnumerable<string> CheckDecisions(IEnumerable<SourceFile> documents)
    {
        var expected = 1;
        foreach (var file in documents.Where(d => d.IsUnder("docs/decisions")).OrderBy(d => d.Path, StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file.Path);
            if (!Regex.IsMatch(name, @"^\d{4}-[a-z0-9-]+\.md$"))
            {
                yield return $"{file.Path}: a decision is named NNNN-what-was-decided.md";
                continue;
            }

            var number = int.Parse(name[..4], System.Globalization.CultureInfo.InvariantCulture);
            if (number != expected) yield return $"{file.Path}: number {expected:0000} comes next";
            expected = number + 1;
            foreach (var part in new[] { "Context", "Decision", "Rejected", "Consequence" })
                if (!Regex.IsMatch(file.Text, $@"^(## |\*\*){part}", RegexOptions.Multiline)) yield return $"{file.Path}: the part '{part}' is missing";
        }
    }

    /// <summary>Each exit code is a row of a table in the manual.</summary>
    public static IEnumerable<string> CheckExitCodes(IEnumerable<(string Name, int Code)> codes, SourceFile manual) =>
        from code in codes
        where !Regex.IsMatch(manual.Text, $@"^\| *`?{code.Code}`? *\|", RegexOptions.Multiline)
        select $"{manual.Path}: exit code {code.Code} ({code.Name}) has no row";

    private static IEnumerable<(int Number, string Line)> Prose(SourceFile file)
    {
        var fenced = false;
        foreach (var (index, line) in file.Lines.Index())
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) fenced = !fenced;
            else if (!fenced) yield return (index + 1, line);
        }
    }

    private static HashSet<string> Anchors(SourceFile file) =>
        [.. Prose(file).Where(l => l.Line.StartsWith('#')).Select(l => Regex.Replace(l.Line.TrimStart('#').Trim().ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'))];

    private static string Resolve(string from, string path) =>
        Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", Path.GetDirectoryName(from) ?? "", Uri.UnescapeDataString(path))));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Span();
}
