using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Pipelines;

/// <summary>Why a job failed, as its reports say it: which test, which finding, before "exit code 1". Pure.</summary>
public static class JobVerdict
{
    /// <summary>The reason; null when it did well.</summary>
    /// <param name="failed">The reason so far; null when its steps did well.</param>
    /// <param name="reports">What its reports say; null when it has none.</param>
    /// <param name="scan">The scan that it is; null when it is none.</param>
    public static Why? Of(Why? failed, ReportSummary? reports, ScanKind? scan)
    {
        if (reports?.Tests is { Failed: > 0 } tests && failed is null or { Code: "step-failed" })
        {
            return reports.Failures is [var first, ..]
                ? Why.Because("tests-failed", "{failed|test} of {total} failed: {first}", ("failed", tests.Failed), ("total", tests.Total),
                    ("first", PlainText.Of(first.Message.Length == 0 ? first.Name : $"{first.Name}: {first.Message}")))
                : Why.Because("tests-failed", "{failed|test} of {total} failed", ("failed", tests.Failed), ("total", tests.Total));
        }
        if (scan is not null && failed is { Code: "step-failed" } && reports is { Worst: { } worst, Findings: { } found })
            return Why.Because("scan-failed", "{count|finding}: {worst}", ("count", found.Errors + found.Warnings + found.Notes), ("worst", PlainText.Of(worst.Sentence)));
        return failed;
    }
}
