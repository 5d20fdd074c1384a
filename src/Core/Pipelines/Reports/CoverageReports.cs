using System.Globalization;
using System.Text;
using System.Xml;

namespace Fairway.Pipelines.Reports;

/// <summary>Cobertura's XML: <c>lines-valid</c> and <c>lines-covered</c> of the root, or else every <c>line</c> counted.</summary>
internal static class CoberturaReport
{
    public static void Read(byte[] content, ReportTally tally)
    {
        using var reader = ReportXml.Open(content);
        var (lines, covered) = (0L, 0L);
        var inMethod = -1;
        while (ReportXml.Next(reader))
        {
            if (inMethod >= 0 && reader.Depth <= inMethod) inMethod = -1;
            if (reader.NodeType != XmlNodeType.Element) continue;
            if (reader.LocalName == "coverage" && Number(reader.GetAttribute("lines-valid")) is { } all && Number(reader.GetAttribute("lines-covered")) is { } run)
            {
                Add(tally, all, run);
                return;
            }
            // A method's lines are its class's lines once more.
            if (reader.LocalName == "method" && !reader.IsEmptyElement) inMethod = reader.Depth;
            if (reader.LocalName != "line" || inMethod >= 0) continue;
            lines++;
            if (Number(reader.GetAttribute("hits")) > 0) covered++;
        }
        Add(tally, lines, covered);
    }

    internal static void Add(ReportTally tally, long lines, long covered)
    {
        if (covered > lines) throw new FormatException("it has more lines covered than there are");
        tally.Coverage = new(checked((tally.Coverage?.Lines ?? 0) + lines), checked((tally.Coverage?.Covered ?? 0) + covered));
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>lcov's tracefiles (geninfo(1)): <c>DA:LINE,COUNT</c>, counted by file.</summary>
internal static class LcovReport
{
    public static void Read(byte[] content, ReportTally tally)
    {
        var (lines, covered) = (0L, 0L);
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            if (!line.StartsWith("DA:", StringComparison.Ordinal)) continue;
            var fields = line[3..].TrimEnd('\r').Split(',');
            if (fields.Length < 2 || !long.TryParse(fields[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
                throw new FormatException("a DA line is not DA:LINE,COUNT");
            lines++;
            if (count > 0) covered++;
        }
        CoberturaReport.Add(tally, lines, covered);
    }
}
