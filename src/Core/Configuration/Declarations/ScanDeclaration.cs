namespace Fairway.Configuration;

/// <summary>What Fairway's own scans read besides the files they look at.</summary>
/// <param name="Database">Offline OSV database: a folder or a zip, relative to the main file's folder; null is none.</param>
public sealed record ScanSettings(string? Database = null);

/// <summary>The section <c>scans</c>.</summary>
internal static class ScanDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<ScanSettings> Declare() => new RecordShape<ScanSettings>("Scans", "What jobs with `scan` read besides the files they look at.", new())
        .Optional("database", Scalars.Path("the path of a folder or a zip"),
            "Offline copy of the OSV database, relative to this file: a folder of JSON files, or a zip as osv.dev publishes it. Jobs read it as another user, so others must be let in.",
            "none; `scan: dependencies` fails", (scans, value) => scans with { Database = value }).Like("/var/lib/osv").Not("osv", "vulnerabilities");
}
