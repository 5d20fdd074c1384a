namespace Fairway.Bench.Ledger;

/// <summary>Writes a bench's section of <c>bench/RESULTS.md</c>, leaving the others as they are.</summary>
internal static class Results
{
    public static void Replace(string title, string body)
    {
        var path = Path.Combine("bench", "RESULTS.md");
        var text = File.Exists(path) ? File.ReadAllText(path) : "# Benchmarks\n\nEach section is written by the command it names.\n";
        var section = $"## {title}\n\n{body.Trim()}\n";
        var begin = text.StartsWith($"## {title}\n", StringComparison.Ordinal) ? 0
            : text.IndexOf($"\n## {title}\n", StringComparison.Ordinal) + 1;
        if (begin == 0)
        {
            File.WriteAllText(path, $"{text.TrimEnd()}\n\n{section}");
            return;
        }
        var end = text.IndexOf("\n## ", begin, StringComparison.Ordinal);
        File.WriteAllText(path, text[..begin] + section + (end < 0 ? "" : text[end..]));
    }
}
