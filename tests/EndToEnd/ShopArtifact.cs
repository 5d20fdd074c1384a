using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Text;

namespace Fairway;

/// <summary>The example shop, built beside these tests, as an artifact.</summary>
internal static class ShopArtifact
{
#if DEBUG
    private const string Build = "debug";
#else
    private const string Build = "release";
#endif

    private static readonly string Shop = Path.Combine(
        Root(), "artifacts", "bin", "Shop", $"{Build}_linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}");

    /// <summary>A shop that calls itself so and behaves as told.</summary>
    /// <param name="version">What it answers as <c>Shop-Version</c>.</param>
    /// <param name="settings">Members of its <c>shop.json</c>, such as <c>"errorRate":1</c>.</param>
    /// <param name="more">Further files, by path and text.</param>
    public static MemoryStream Tar(string version, string settings, params IReadOnlyList<(string Path, string Text)> more)
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var file in Directory.EnumerateFiles(Shop, "*", SearchOption.AllDirectories))
            {
                var name = Path.GetRelativePath(Shop, file);
                if (name != "shop.json") writer.WriteEntry(file, name);
            }
            var json = Encoding.UTF8.GetBytes($$"""{"version":"{{version}}"{{(settings.Length > 0 ? "," + settings : "")}}}""");
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "shop.json") { DataStream = new MemoryStream(json) });
            foreach (var (path, text) in more) writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }
        tar.Position = 0;
        return tar;
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fairway.slnx"))) at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("these tests run inside the checkout");
    }
}
