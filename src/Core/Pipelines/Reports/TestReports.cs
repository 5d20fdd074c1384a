using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace Fairway.Pipelines.Reports;

/// <summary>JUnit's XML: <c>testcase</c> elements with <c>failure</c>, <c>error</c> or <c>skipped</c> in them, wherever they are.</summary>
internal static class JUnitReport
{
    public static void Read(byte[] content, ReportTally tally)
    {
        using var reader = ReportXml.Open(content);
        while (ReportXml.Next(reader))
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            if (reader.LocalName is "testsuites" or "testsuite") tally.HasTests();
            if (reader.LocalName == "testcase") ReadCase(reader, tally);
        }
    }

    private static void ReadCase(XmlReader reader, ReportTally tally)
    {
        var (type, name) = (reader.GetAttribute("classname") ?? "", reader.GetAttribute("name") ?? "?");
        // Node's reporter writes "test" for every one.
        var full = type is "" or "test" || name.StartsWith(type, StringComparison.Ordinal) ? name : $"{type}.{name}";
        var (file, line) = (reader.GetAttribute("file"), reader.GetAttribute("line"));
        var (skipped, failure) = (false, default(FailedTest));
        if (!reader.IsEmptyElement)
        {
            for (var depth = reader.Depth; ReportXml.Next(reader) && reader.Depth > depth;)
            {
                if (reader.NodeType != XmlNodeType.Element) continue;
                if (reader.LocalName == "skipped") skipped = true;
                if (reader.LocalName is not ("failure" or "error") || failure is not null) continue;
                var message = reader.GetAttribute("message");
                var text = ReportXml.Text(reader, 16_000);
                var place = TestPlace.In(text);
                failure = new(
                    ReportReader.Tame(full), ReportReader.Tame(string.IsNullOrWhiteSpace(message) ? text.TrimStart().Split('\n')[0] : message), file is null ? place.File : ReportReader.Tame(file),
                    int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : file is null ? place.Line : 0);
            }
        }
        tally.Test(skipped, failure);
    }
}

/// <summary>Visual Studio's test results: <c>UnitTestResult</c> elements with an <c>outcome</c>.</summary>
internal static class TrxReport
{
    public static void Read(byte[] content, ReportTally tally)
    {
        using var reader = ReportXml.Open(content);
        tally.HasTests();
        while (ReportXml.Next(reader))
        {
            if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "UnitTestResult") continue;
            var (name, outcome) = (reader.GetAttribute("testName") ?? "?", reader.GetAttribute("outcome") ?? "");
            var (message, stack) = ("", "");
            if (!reader.IsEmptyElement)
            {
                for (var depth = reader.Depth; ReportXml.Next(reader) && reader.Depth > depth;)
                {
                    if (reader.NodeType != XmlNodeType.Element) continue;
                    if (reader.LocalName == "Message") message = ReportXml.Text(reader, 16_000);
                    else if (reader.LocalName == "StackTrace") stack = ReportXml.Text(reader, 16_000);
                }
            }
            var place = TestPlace.In(stack);
            var failed = outcome is "Failed" or "Error" or "Timeout" or "Aborted";
            tally.Test(outcome is "NotExecuted" or "Inconclusive" or "Pending" or "NotRunnable",
                failed ? new(ReportReader.Tame(name), ReportReader.Tame(message), place.File, place.Line) : null);
        }
    }
}

/// <summary>Where a test failed, from its stack trace.</summary>
internal static partial class TestPlace
{
    /// <summary>The first place in it: .NET's <c>in FILE:line 12</c>, else <c>FILE:12</c>; relative to the workspace when it is in it.</summary>
    public static (string? File, int Line) In(string trace)
    {
        if (trace.Length > 16_000) trace = trace[..16_000];
        var match = DotNet().Match(trace) is { Success: true } found ? found : Plain().Match(trace);
        if (!match.Success || !int.TryParse(match.Groups["line"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var line)) return (null, 0);
        var file = match.Groups["file"].Value;
        const string Root = SandboxPaths.Workspace + "/";
        if (file.StartsWith("file://", StringComparison.Ordinal)) file = file[7..];
        if (file.StartsWith(Root, StringComparison.Ordinal)) file = file[Root.Length..];
        return (ReportReader.Tame(file), line);
    }

    [GeneratedRegex(@" in (?<file>[^\n:]{1,500}):line (?<line>[0-9]{1,7})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DotNet();

    [GeneratedRegex(@"(?<file>[\w./\-]{1,500}\.[A-Za-z]{1,5}):(?<line>[0-9]{1,7})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Plain();
}
