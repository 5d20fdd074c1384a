using Fairway.Cli.Verbs;
using Fairway.Client;

namespace Fairway.Tour;

/// <summary>The three releases: one build, three settings files, so three digests.</summary>
internal static class ShopReleases
{
    /// <summary>Version and settings of each, in order.</summary>
    public static ImmutableArray<(string Version, string Settings)> All { get; } =
    [
        ("1.0", """{ "version": "1.0" }"""),
        ("1.1", """{ "version": "1.1" }"""),
        ("1.2", """{ "version": "1.2", "errorRate": 0.08 }"""),
    ];

    /// <summary>One more, for whoever goes on by hand: what 1.2 should have been.</summary>
    public const string Next = "1.3";

    /// <summary>Publishes <c>examples/shop</c> and makes a folder for each release.</summary>
    /// <exception cref="FairwayException">Its sources or the SDK are not here, or it does not build.</exception>
    public static async Task MakeAsync(string into, string current, CancellationToken cancellation)
    {
        var project = Find(current) ?? Find(AppContext.BaseDirectory)
            ?? throw new FairwayException("no-sources", "examples/shop is in no folder above this one", "run the tour in a checkout of Fairway; `fairway init` starts with a service of your own", 400);
        var built = Path.Combine(into, "built");
        var (code, output) = await Subprocess.RunAsync(["dotnet", "publish", project, "-c", "Release", "-v", "q", "-nologo", "-o", built], Path.GetDirectoryName(project)!, cancellation);
        if (code != 0) throw new FairwayException("build-failed", $"examples/shop does not build (exit code {code})", "see its output above", diagnostics: output);
        foreach (var (version, settings) in All.Add((Next, $$"""{ "version": "{{Next}}" }""")))
        {
            var folder = Directory.CreateDirectory(Folder(into, version)).FullName;
            foreach (var file in Directory.GetFiles(built)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            await File.WriteAllTextAsync(Path.Combine(folder, "shop.json"), settings + "\n", cancellation);
        }
    }

    /// <summary>The folder of one release.</summary>
    public static string Folder(string into, string version) => Path.Combine(into, version);

    private static string? Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var project = Path.Combine(at.FullName, "examples", "shop", "Shop.csproj");
            if (File.Exists(project)) return project;
        }

        return null;
    }
}
