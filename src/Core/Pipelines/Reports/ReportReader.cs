using System.Text;
using System.Text.Json;
using System.Xml;

namespace Fairway.Pipelines.Reports;

/// <summary>A report as a job wrote it.</summary>
/// <param name="Path">Relative to the checkout.</param>
/// <param name="Content">Its bytes; null when it is larger than <see cref="Largest"/>.</param>
/// <param name="Format">What it is said to hold.</param>
public sealed record ReportFile(string Path, byte[]? Content, ReportFormat Format)
{
    /// <summary>Largest report that is read, in bytes.</summary>
    public const long Largest = 64 * 1024 * 1024;
}

/// <summary>
/// Reads reports into a summary. They come from the job, so nothing of them is believed: no document type is read and no entity expanded, nesting and
/// texts are limited, and a file that cannot be read is said and harms no other.
/// </summary>
public static class ReportReader
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int Deepest = 64;

    /// <summary>What the files say together.</summary>
    public static ReportSummary Read(IEnumerable<ReportFile> files)
    {
        var tally = new ReportTally();
        foreach (var file in files)
        {
            try
            {
                if (file.Content is not { } content) tally.Unread.Add($"{Tame(file.Path)} is larger than {ReportFile.Largest / (1024 * 1024)} MiB and was not read");
                else if (Reader(file.Format == ReportFormat.Auto ? FormatOf(content) : file.Format) is { } read) read(content, tally);
                else tally.Unread.Add($"{Tame(file.Path)} is no report of a known format: JUnit, TRX, Cobertura, lcov or SARIF");
            }
            catch (Exception malformed) when (malformed is XmlException or JsonException or FormatException or OverflowException or InvalidOperationException)
            {
                tally.Unread.Add($"{Tame(file.Path)} could not be read: {Tame(malformed.Message)}");
            }
        }
        return tally.Summary();
    }

    /// <summary>A text from outside in one line without control characters, cut to a length.</summary>
    internal static string Tame(string text, int longest = 500)
    {
        var line = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var letter in text)
        {
            if (line.Length >= longest) break;
            if (char.IsControl(letter) || char.IsSurrogate(letter)) line.Append(letter is '\n' or '\t' or '\r' && line is [.., not ' '] ? " " : "");
            else line.Append(letter);
        }
        return line.ToString().Trim();
    }

    private static Action<byte[], ReportTally>? Reader(ReportFormat? format) => format switch
    {
        ReportFormat.JUnit => JUnitReport.Read,
        ReportFormat.Trx => TrxReport.Read,
        ReportFormat.Cobertura => CoberturaReport.Read,
        ReportFormat.Lcov => LcovReport.Read,
        ReportFormat.Sarif => SarifReport.Read,
        _ => null,
    };

    private static ReportFormat? FormatOf(byte[] content)
    {
        var head = Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, 4096))).TrimStart('\ufeff', ' ', '\r', '\n', '\t');
        if (head.StartsWith('{')) return ReportFormat.Sarif;
        if (head.StartsWith("TN:", StringComparison.Ordinal) || head.StartsWith("SF:", StringComparison.Ordinal)) return ReportFormat.Lcov;
        if (!head.StartsWith('<')) return null;
        using var reader = ReportXml.Open(content);
        return reader.MoveToContent() != XmlNodeType.Element ? null : reader.LocalName switch
        {
            "testsuites" or "testsuite" => ReportFormat.JUnit,
            "TestRun" => ReportFormat.Trx,
            "coverage" => ReportFormat.Cobertura,
            _ => null,
        };
    }
}

/// <summary>What is counted while reports are read.</summary>
internal sealed class ReportTally
{
    private readonly List<FailedTest> _failures = [];
    private int _tests;
    private int _failed;
    private int _skipped;
    private bool _anyTests;

    /// <summary>Files that could not be read.</summary>
    public List<string> Unread { get; } = [];

    /// <summary>Coverage; null without any.</summary>
    public CoverageCounts? Coverage { get; set; }

    /// <summary>Findings; null without any.</summary>
    public FindingCounts? Findings { get; set; }

    /// <summary>The worst of them.</summary>
    public WorstFinding? Worst { get; set; }

    /// <summary>There are test results, perhaps without a test.</summary>
    public void HasTests() => _anyTests = true;

    /// <summary>A test.</summary>
    public void Test(bool skipped, FailedTest? failure)
    {
        _anyTests = true;
        _tests = checked(_tests + 1);
        if (skipped) _skipped++;
        if (failure is null) return;
        _failed++;
        if (_failures.Count < ReportSummary.MostFailures) _failures.Add(failure);
    }

    /// <summary>All of it.</summary>
    public ReportSummary Summary() => new()
    {
        Tests = _anyTests ? new(_tests, _failed, _skipped) : null, Failures = [.. _failures], Coverage = Coverage, Findings = Findings, Worst = Worst, Unread = [.. Unread],
    };
}

/// <summary>XML from outside.</summary>
internal static class ReportXml
{
    /// <summary>A reader that knows no document types.</summary>
    public static XmlReader Open(byte[] content) => XmlDictionaryReader.CreateTextReader(content, new XmlDictionaryReaderQuotas
    {
        MaxDepth = ReportReader.Deepest, MaxStringContentLength = (int)ReportFile.Largest, MaxBytesPerRead = 1024 * 1024, MaxNameTableCharCount = 1024 * 1024, MaxArrayLength = 1024,
    });

    /// <summary>Goes on; deeper than is allowed is malformed.</summary>
    public static bool Next(XmlReader reader)
        => reader.Read() && (reader.Depth <= ReportReader.Deepest ? true : throw new XmlException($"it is nested deeper than {ReportReader.Deepest}"));

    /// <summary>Text of an element, cut to a length, and the reader behind it.</summary>
    public static string Text(XmlReader reader, int longest)
    {
        var text = new StringBuilder();
        if (reader.IsEmptyElement) return "";
        for (var depth = reader.Depth; Next(reader) && reader.Depth > depth;)
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA && text.Length < longest)
                text.Append(reader.Value.AsSpan(0, Math.Min(reader.Value.Length, longest - text.Length)));
        return text.ToString();
    }
}
