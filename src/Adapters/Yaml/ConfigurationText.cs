using System.Text;
using System.Text.Unicode;
using Fairway.Configuration;

namespace Fairway.Adapters.Yaml;

/// <summary>Turns a file's bytes into text, or says why they are none.</summary>
internal static class ConfigurationText
{
    /// <summary>Largest file in bytes.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Reads a stream to its end, but not further than one byte past the limit.</summary>
    public static byte[] Read(Stream stream)
    {
        var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while (all.Length <= MaxBytes && (read = stream.Read(buffer)) > 0) all.Write(buffer, 0, read);
        return all.ToArray();
    }

    /// <summary>The text of a file; a mistake is reported, and the text is null.</summary>
    /// <param name="name">The file as the user should see it.</param>
    /// <param name="folder">Its folder relative to the main file's.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="diagnostics">Where mistakes go.</param>
    public static SourceFile? Decode(string name, string folder, byte[] bytes, DiagnosticList diagnostics)
    {
        if (bytes.Length > MaxBytes)
        {
            diagnostics.Error(DiagnosticCodes.TooLarge, new SourceFile(name, folder, "").Start,
                $"the file is larger than {MaxBytes >> 20} MiB", "a configuration, split into several files if need be");
            return null;
        }
        if (bytes.AsSpan().StartsWith<byte>([0xFF, 0xFE]) || bytes.AsSpan().StartsWith<byte>([0xFE, 0xFF]))
        {
            diagnostics.Error(DiagnosticCodes.NotText, new SourceFile(name, folder, "").Start, "the file is UTF-16", "UTF-8");
            return null;
        }
        var content = bytes.AsSpan().StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? bytes.AsSpan(3) : bytes;
        var bad = FirstBadByte(content);
        if (bad < 0) return new SourceFile(name, folder, Encoding.UTF8.GetString(content));

        var file = new SourceFile(name, folder, Encoding.UTF8.GetString(content));
        var before = new SourceFile(name, folder, Encoding.UTF8.GetString(content[..bad]));
        var (line, column) = (before.LineCount, before.Line(before.LineCount).Length + 1);
        var what = content[bad] == 0 ? "the file is binary: it has a zero byte"
            : $"the file is not UTF-8: it has the byte 0x{content[bad]:X2}";
        diagnostics.Error(DiagnosticCodes.NotText, new SourcePosition(file, line, column, 1), what, "UTF-8 text");
        return null;
    }

    private static int FirstBadByte(ReadOnlySpan<byte> content)
    {
        var zero = content.IndexOf((byte)0);
        if (Utf8.IsValid(content)) return zero;
        var at = 0;
        while (at < content.Length && Rune.DecodeFromUtf8(content[at..], out _, out var consumed) == System.Buffers.OperationStatus.Done)
            at += consumed;
        return zero >= 0 && zero < at ? zero : at;
    }
}
