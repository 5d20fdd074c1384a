using System.Globalization;
using System.Runtime.CompilerServices;
using Fairway.Adapters.Yaml;
using FsCheck;
using Microsoft.FSharp.Core;

namespace Fairway.Configuration;

/// <summary>What the tests of the configuration start from.</summary>
internal static class Given
{
    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal)
    {
        ["GREETING"] = "hello there", ["INSTANCES"] = "3", ["EMPTY"] = "", ["NEVER_SHOWN"] = "never-shown",
    };

    /// <summary>Whether expected files are to be rewritten.</summary>
    public static bool Updating => Environment.GetEnvironmentVariable("FAIRWAY_UPDATE") == "1";

    /// <summary>A property's runs: always the same, so that a failure can be had again; <c>FAIRWAY_SEED</c> looks elsewhere.</summary>
    public static Config Runs(int count)
    {
        var seed = ulong.Parse(Environment.GetEnvironmentVariable("FAIRWAY_SEED") ?? "24", CultureInfo.InvariantCulture);
        return Config.QuickThrowOnFailure.WithMaxTest(count)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None)));
    }

    /// <summary>This folder in the checkout.</summary>
    public static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    /// <summary>The checkout's root.</summary>
    public static string Root => Path.GetFullPath(Path.Combine(Folder(), "..", "..", ".."));

    /// <summary>Names of the cases of the corpus.</summary>
    public static IEnumerable<string> Cases => Directory.EnumerateDirectories(Path.Combine(Folder(), "Corpus"))
        .Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    /// <summary>Folder of a case of the corpus.</summary>
    public static string Case(string name) => Path.Combine(Folder(), "Corpus", name);

    /// <summary>A case of the corpus, loaded with the tests' variables.</summary>
    public static LoadedConfiguration Loaded(string name) => YamlConfiguration.Load(Path.Combine(Case(name), "fairway.yaml"), Variable);

    /// <summary>A text, loaded as if it stood in fairway.yaml.</summary>
    public static LoadedConfiguration Text(string yaml) => YamlConfiguration.Parse(yaml, "fairway.yaml", Variable);

    /// <summary>A valid configuration from a text.</summary>
    public static FairwayConfiguration Configuration(string yaml)
    {
        var loaded = Text(yaml);
        Assert.Empty(loaded.Diagnostics);
        return loaded.Configuration!;
    }

    /// <summary>Value of one of the tests' variables.</summary>
    public static string? Variable(string name) => Variables.GetValueOrDefault(name);

    /// <summary>Compares a text with an expected file, or rewrites that.</summary>
    public static void Expect(string file, string actual)
    {
        if (Updating) File.WriteAllText(file, actual);
        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "(no such file; FAIRWAY_UPDATE=1 writes it)", actual,
            ignoreLineEndingDifferences: true);
    }
}
