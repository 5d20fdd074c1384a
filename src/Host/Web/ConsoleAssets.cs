using System.Reflection;
using System.Security.Cryptography;
using Fairway.Api;

namespace Fairway.Web;

/// <summary>The console's script, styles and icon: embedded in the program, cached by browsers until they change.</summary>
internal static class ConsoleAssets
{
    private const string Prefix = "console/";
    private static readonly Lazy<IReadOnlyDictionary<string, Asset>> All = new(Load);

    /// <summary>Of all of them together; another one means another program.</summary>
    public static string Version => string.Concat(All.Value.OrderBy(asset => asset.Key, StringComparer.Ordinal).Select(asset => asset.Value.Hash[..6]));

    /// <summary>Address that changes with the contents.</summary>
    public static string Address(string name) => $"/assets/{name}?v={All.Value[name].Hash}";

    /// <summary>Answers with one.</summary>
    public static Task AnswerAsync(ApiRequest call)
    {
        var response = call.Http.Response;
        if (!All.Value.TryGetValue(call.Route("name"), out var asset)) throw ApiException.NotFound("unknown-asset", $"there is no {call.Http.Request.Path}");
        var tag = $"\"{asset.Hash}\"";
        response.Headers.ETag = tag;
        response.Headers.CacheControl = call.Http.Request.Query["v"] == asset.Hash ? "public, max-age=31536000, immutable" : "no-cache";
        response.ContentType = asset.Type;
        if (call.Http.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = 304;
            return Task.CompletedTask;
        }
        response.ContentLength = asset.Bytes.Length;
        return response.Body.WriteAsync(asset.Bytes, call.Aborted).AsTask();
    }

    private static Dictionary<string, Asset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var found = new Dictionary<string, Asset>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            found[name[Prefix.Length..]] = new(bytes, TypeOf(name), Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
        }
        return found;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new System.Diagnostics.UnreachableException(other),
    };

    private sealed record Asset(byte[] Bytes, string Type, string Hash);
}
