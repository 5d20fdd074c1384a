using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Access;

namespace Fairway.Api;

/// <summary><c>/api/openapi.json</c>: made when it is first asked for, not while the control plane starts.</summary>
internal static class OpenApiEndpoints
{
    /// <summary>Maps it.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        var document = new Lazy<byte[]>(() => Write(routes.Declared, services.Describe().Version));
        routes.Map("GET", "openapi.json", Permission.SignedIn, call =>
        {
            call.OnlyQueries();
            return call.WriteTaggedAsync(document.Value, "application/json");
        }).Says("This document.").GivesStream("application/json", null).IsTagged();
    }

    /// <summary>The document's bytes.</summary>
    public static byte[] Write(IReadOnlyList<DeclaredEndpoint> endpoints, string version)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) OpenApiDocument.Of(endpoints, version).WriteTo(json);
        return [.. stream.ToArray(), (byte)'\n'];
    }
}
