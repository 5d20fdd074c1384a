using System.Text.RegularExpressions;

namespace Fairway.Tidy.Rules;

/// <summary>What is asked of every source file.</summary>
internal static class Texts
{
    private const int MostLines = 400;
    private const int MostLinesInTests = 800;

    public static IEnumerable<string> CheckLength(IEnumerable<SourceFile> code) =>
        from file in code
        let most = file.IsUnder("tests") ? MostLinesInTests : MostLines
        let lines = file.Lines.Length - (file.Text.EndsWith('\n') ? 1 : 0)
        where lines > most
        select $"{file.Path} has {lines} lines, {most} is the most: one concept a file";

    public static IEnumerable<string> CheckUnfinished(IEnumerable<SourceFile> files) =>
        from file in files
        from line in file.Lines.Index()
        let word = Regex.Match(line.Item, $@"\b({"TO"}{"DO"}|{"FIX"}{"ME"}|{"HA"}{"CK"}|{"XX"}X)\b")
        where word.Success
        select $"{file.Path}:{line.Index + 1}: '{word.Value}': do it now or open an issue";

    /// <summary>The namespace follows the folder: one namespace a capability, the same in every layer (docs/decisions/0001).</summary>
    public static IEnumerable<string> CheckNamespaces(IEnumerable<SourceFile> code)
    {
        foreach (var file in code.Where(f => f.IsUnder("src")))
        {
            var declared = Regex.Match(file.Text, @"^namespace ([\w.]+);", RegexOptions.Multiline);
            var folders = file.Path.Split('/')[1..^1];
            if (!declared.Success)
            {
                if (folders.Length > 1) yield return $"{file.Path} has no file-scoped namespace";
                continue;
            }

            var expected = Expected(folders);
            if (!expected.Contains(declared.Groups[1].Value)) yield return $"{file.Path} is in namespace {declared.Groups[1].Value}; its folder says {string.Join(" or ", expected)}";
        }
    }

    private static string[] Expected(string[] folders)
    {
        var (layer, rest) = (folders[0], folders[1..]);
        var root = layer is "Adapters" or "Edge" or "Client" or "Metrics" or "Re2" ? $"Fairway.{layer}" : "Fairway";
        if (layer is "Core" or "Engine" && rest.Length > 1) rest = rest[..1].Concat(rest[1..]).ToArray();
        return Enumerable.Range(0, rest.Length + 1).Select(n => string.Join('.', rest[..n].Prepend(root))).Where(n => n != "Fairway" || rest.Length == 0).Reverse().ToArray();
    }
}
