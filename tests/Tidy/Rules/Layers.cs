namespace Fairway.Tidy.Rules;

/// <summary>Who may use whom. An arrow that no line allows is an error.</summary>
internal static class Layers
{
    private const string Bcl = "System|mscorlib|netstandard|Microsoft.Win32.Primitives|Microsoft.CSharp";
    private const string Web = "Microsoft.AspNetCore|Microsoft.Extensions|Microsoft.Net.Http.Headers|Microsoft.JSInterop";

    /// <summary>A layer: an assembly, what else it may use (assembly name prefixes), and why not more.</summary>
    private static readonly (string Assembly, string May, string Because)[] Assemblies =
    [
        ("Fairway.Re2", Bcl, "it is about texts and nothing else"),
        ("Fairway.Core", $"{Bcl}|NodaTime|Fairway.Re2", "Core decides and touches nothing; it knows NodaTime and the BCL only"),
        ("Fairway.Metrics", $"{Bcl}|Fairway.Re2", "Metrics is a package of its own and knows nothing of Fairway"),
        ("Fairway.Engine", $"{Bcl}|NodaTime|Fairway.Core|Fairway.Metrics", "Engine runs what Core decides; technologies are for Adapters"),
        ("Fairway.Adapters", "*", "no rule for its packages; see the folders"),
        ("Fairway.Edge", $"{Bcl}|{Web}|NodaTime|Fairway.Core", "Edge reads route tables; it must run with the control plane dead"),
        ("Fairway.Client", $"{Bcl}", "Client is what anybody may link against; it needs the BCL only"),
        ("fairway", "*", "Host wires everything; see the folders"),
    ];

    /// <summary>Inside a layer: types of a namespace may use, of the other Fairway types, only these namespaces.</summary>
    private static readonly (string Assembly, string From, string May, string Because)[] Folders =
    [
        ("fairway", "Fairway.Cli", "Fairway.Cli|Fairway.Client", "the CLI speaks to the control plane by its client and nothing else"),
        ("fairway", "Fairway.Tour", "Fairway.Tour|Fairway.Cli|Fairway.Client", "the tour is a user of the CLI and the client"),
        ("fairway", "Fairway.Api", "*!Fairway.Adapters|Fairway.Edge|Fairway.Cli", "the API asks the engine, never an adapter"),
        ("fairway", "Fairway.Web", "*!Fairway.Adapters|Fairway.Edge|Fairway.Cli", "the console asks the engine, never an adapter"),
        ("fairway", "!Fairway.Cli.Rendering", "*!Spectre.Console", "only Cli/Rendering draws"),
    ];

    public static IEnumerable<string> Check(IEnumerable<Arrow> arrows)
    {
        foreach (var (from, to) in arrows)
        {
            if (from.Assembly != to.Assembly && Assemblies.FirstOrDefault(a => a.Assembly == from.Assembly) is { May: not null and not "*" } layer && !Matches(to.Assembly, layer.May))
                yield return $"{from} uses {to} ({to.Assembly}): {layer.Because}";

            foreach (var rule in Folders.Where(r => r.Assembly == from.Assembly && InNamespace(from.Namespace, r.From)))
                if (!Allows(rule.May, to)) yield return $"{from} uses {to}: {rule.Because}";

            if (AdapterFolder(from) is { } folder)
            {
                if (AdapterFolder(to) is { } other && other != folder) yield return $"{from} uses {to}: adapters never use each other";
                if (to.Assembly == "Fairway.Engine" && to.Namespace != "Fairway.Ports") yield return $"{from} uses {to}: adapters know the engine's ports (Fairway.Ports), not its loops";
            }
        }
    }

    /// <summary>The technology's folder of an adapter: <c>Sqlite</c> for <c>Fairway.Adapters.Sqlite.Anything</c>.</summary>
    private static string? AdapterFolder(TypeName type) =>
        type.Assembly == "Fairway.Adapters" && type.Namespace.Split('.') is ["Fairway", "Adapters", var folder, ..] ? folder : null;

    private static bool Allows(string may, TypeName to)
    {
        if (may.Split('!') is ["*", var never]) return !never.Split('|').Any(n => InNamespace(to.Namespace, n));
        return !to.Namespace.StartsWith("Fairway", StringComparison.Ordinal) || may.Split('|').Any(m => InNamespace(to.Namespace, m));
    }

    private static bool InNamespace(string name, string parent) => parent.StartsWith('!')
        ? !InNamespace(name, parent[1..])
        : name == parent || name.StartsWith(parent + ".", StringComparison.Ordinal);

    private static bool Matches(string assembly, string prefixes) => prefixes.Split('|').Any(p => InNamespace(assembly, p));
}
