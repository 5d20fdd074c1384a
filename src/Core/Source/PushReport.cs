using System.Globalization;
using System.Text;
using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>What a client is answered whose push is ended before git itself could judge it (gitprotocol-pack(5), report-status and side-band).</summary>
public static class PushReport
{
    private const int LongestLine = 900;

    /// <summary>The body of the answer: lines for a person, and for the client that nothing was changed.</summary>
    /// <param name="updates">What the push wanted.</param>
    /// <param name="capabilities">What the client can do.</param>
    /// <param name="finding">Why not.</param>
    public static byte[] Refusal(ImmutableArray<RefUpdate> updates, ImmutableArray<string> capabilities, PushFinding finding)
    {
        var report = new StringBuilder(Line($"unpack {PlainText.Of(finding.What, LongestLine)}\n"));
        foreach (var update in updates.Take(PushDecider.MostRefs)) report.Append(Line($"ng {PlainText.Of(update.Ref, 255)} refused\n"));
        report.Append("0000");
        if (!capabilities.Contains("side-band-64k", StringComparer.Ordinal)) return Encoding.UTF8.GetBytes(report.ToString());
        var whole = new List<byte>();
        Band(whole, 2, $"refused: {PlainText.Of(finding.What, LongestLine)}\nmend: {PlainText.Of(finding.Mend, LongestLine)}\n");
        // A band's packet holds at most 65,515 bytes.
        foreach (var part in report.ToString().Chunk(16_000)) Band(whole, 1, new(part));
        whole.AddRange("0000"u8);
        return [.. whole];
    }

    private static void Band(List<byte> whole, byte band, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        whole.AddRange(Encoding.ASCII.GetBytes((bytes.Length + 5).ToString("x4", CultureInfo.InvariantCulture)));
        whole.Add(band);
        whole.AddRange(bytes);
    }

    private static string Line(string text) => (Encoding.UTF8.GetByteCount(text) + 4).ToString("x4", CultureInfo.InvariantCulture) + text;
}
