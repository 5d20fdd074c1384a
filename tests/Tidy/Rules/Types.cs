using System.Text.RegularExpressions;

namespace Fairway.Tidy.Rules;

/// <summary>What is asked of every type.</summary>
internal static class Types
{
    private static readonly HashSet<string> Forbidden = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Common", "Misc"];

    public static IEnumerable<string> CheckSealed(IEnumerable<CompiledType> types) =>
        types.Where(t => t.IsOpenClass).Select(t => $"{t.Name} is neither sealed, abstract nor static: seal it");

    public static IEnumerable<string> CheckNames(IEnumerable<string> names) =>
        from name in names
        let word = Words(Path.GetFileNameWithoutExtension(name)).FirstOrDefault(Forbidden.Contains)
        where word is not null
        select $"{name}: '{word}' says nothing; name it after what it does";

    /// <summary>A type that nothing else uses, neither in compiled code nor by name in another file (constants leave no trace in compiled code).</summary>
    public static IEnumerable<string> CheckDead(IEnumerable<CompiledType> types, IEnumerable<Arrow> arrows, IEnumerable<SourceFile> code)
    {
        var used = arrows.Select(a => a.To).ToHashSet();
        var files = code.ToArray();
        // What source generators of others add is in namespaces of theirs.
        foreach (var type in types.Select(t => t.Name).Where(t => t.Namespace.StartsWith("Fairway", StringComparison.Ordinal) && !t.Name.Contains('.', StringComparison.Ordinal) && t.Name != "Program"))
        {
            if (used.Contains(type)) continue;
            var declares = new Regex($@"\b(class|record|struct|interface|enum|delegate)\b[^;{{(]*\b{Regex.Escape(type.Name)}\b");
            var mentions = new Regex($@"\b{Regex.Escape(type.Name)}\b");
            if (!files.Any(f => mentions.IsMatch(f.Code) && !declares.IsMatch(f.Code))) yield return $"{type} is used by nothing: use it or delete it";
        }
    }

    private static IEnumerable<string> Words(string name) => Regex.Matches(name, "[A-Z][a-z0-9]*").Select(m => m.Value);
}
