using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Scanning;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Artifacts;

/// <summary>
/// Writes bills of materials in CycloneDX 1.6 JSON (cyclonedx.org/docs/1.6/json). The same packages give the same bytes: components are in order of their purl, the
/// serial number follows from the content, and the time is given.
/// </summary>
public static class CycloneDx
{
    /// <summary>The document, as UTF-8 text.</summary>
    /// <param name="name">What the bill is of, such as a service.</param>
    /// <param name="version">Its version or digest.</param>
    /// <param name="packages">What it is made of; one at several places is one component.</param>
    /// <param name="tool">Version of the program.</param>
    /// <param name="at">When it was made; null leaves the time out.</param>
    public static string Write(string name, string version, IEnumerable<Package> packages, string tool, Instant? at)
    {
        var components = packages.GroupBy(package => package.Purl, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
        var seed = Encoding.UTF8.GetBytes($"{name}\n{version}\n{string.Join('\n', components.Select(group => group.Key))}");
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
            json.WriteString("bomFormat", "CycloneDX");
            json.WriteString("specVersion", "1.6");
            json.WriteString("serialNumber", "urn:uuid:" + Named(seed));
            json.WriteNumber("version", 1);
            WriteMetadata(json, name, version, tool, at);
            json.WriteStartArray("components");
            foreach (var group in components) WriteComponent(json, group.Key, [.. group]);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(output.WrittenSpan) + "\n";
    }

    private static void WriteMetadata(Utf8JsonWriter json, string name, string version, string tool, Instant? at)
    {
        json.WriteStartObject("metadata");
        if (at is { } moment) json.WriteString("timestamp", InstantPattern.General.Format(moment));
        json.WriteStartObject("tools");
        json.WriteStartArray("components");
        json.WriteStartObject();
        json.WriteString("type", "application");
        json.WriteString("name", "fairway");
        json.WriteString("version", tool);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("component");
        json.WriteString("type", "application");
        json.WriteString("bom-ref", "artifact");
        json.WriteString("name", name);
        json.WriteString("version", version);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteComponent(Utf8JsonWriter json, string purl, Package[] same)
    {
        var package = same[0];
        json.WriteStartObject();
        json.WriteString("type", "library");
        json.WriteString("bom-ref", purl);
        var slash = package.Kind == PackageKind.Npm && package.Name.StartsWith('@') ? package.Name.IndexOf('/', StringComparison.Ordinal) : -1;
        if (slash > 0) json.WriteString("group", package.Name[..slash]);
        json.WriteString("name", slash > 0 ? package.Name[(slash + 1)..] : package.Name);
        json.WriteString("version", package.Version);
        if (same.All(one => one.IsDevelopment)) json.WriteString("scope", "excluded");
        var hashes = same.SelectMany(one => one.Hashes).Distinct().OrderBy(hash => hash.Algorithm, StringComparer.Ordinal).ThenBy(hash => hash.Hex, StringComparer.Ordinal).ToArray();
        if (hashes.Length > 0)
        {
            json.WriteStartArray("hashes");
            foreach (var (algorithm, hex) in hashes)
            {
                json.WriteStartObject();
                json.WriteString("alg", algorithm);
                json.WriteString("content", hex);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteString("purl", purl);
        json.WriteStartObject("evidence");
        json.WriteStartArray("occurrences");
        foreach (var path in same.Select(one => one.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("location", path.Length == 0 ? "." : path);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // A UUID of its content: version 8 (RFC 9562, §5.8), from SHA-256.
    private static Guid Named(byte[] seed)
    {
        var bytes = SHA256.HashData(seed).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new(bytes, bigEndian: true);
    }
}
