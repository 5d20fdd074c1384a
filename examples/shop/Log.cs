using System.Text.Json;

namespace Shop;

/// <summary>One JSON object a line on stdout.</summary>
internal static class Log
{
    private static readonly Lock Writing = new();

    public static void Line(TimeProvider time, string level, string message, params ReadOnlySpan<(string Name, object Value)> fields)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("at", time.GetUtcNow());
            json.WriteString("level", level);
            json.WriteString("message", message);
            foreach (var (name, value) in fields) json.WriteString(name, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        using var stdout = Console.OpenStandardOutput();
        lock (Writing) stdout.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
