namespace Fairway.Client.Wire;

/// <summary>Where the migrations of a service's release stand.</summary>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Service">Such as <c>shop</c>.</param>
/// <param name="Release">Digest of the release whose files these are.</param>
/// <param name="Version">For people.</param>
/// <param name="Migrations">Every file and everything the database has, in order.</param>
/// <param name="Findings">What is worth saying of what has not run.</param>
/// <param name="Notes">What else a person should know; sentences.</param>
/// <param name="Refused">Why nothing of it would run; null when it would.</param>
/// <param name="Contract">The contract that waits, runs or failed; null when there is none.</param>
/// <param name="Shadow">What came of the last try on a copy; null without one.</param>
/// <param name="Unreached">Why the database could not be asked, so that this is what the ledger knows; null when it was asked.</param>
/// <param name="Steps">What a rollout of the release does with the database, in order; sentences.</param>
public sealed record MigrationStatusInfo(
    string Environment, string Service, string Release, string Version, IReadOnlyList<MigrationInfo> Migrations, IReadOnlyList<MigrationFindingInfo> Findings,
    IReadOnlyList<string> Notes, WhyInfo? Refused, ContractInfo? Contract, ShadowInfo? Shadow, string? Unreached, IReadOnlyList<string> Steps);

/// <summary>A migration.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Phase"><c>expand</c> or <c>contract</c>.</param>
/// <param name="State"><c>applied</c>, <c>pending</c>, <c>waiting</c> (a contract), <c>changed</c> after it had run, or <c>foreign</c>: run, and not this release's.</param>
/// <param name="Checksum">Of the file that has run; null while none has.</param>
/// <param name="AppliedBy">Version of the release it came with.</param>
/// <param name="Rollout">The rollout it ran in.</param>
/// <param name="At">When it was done.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Locks">Locks that kept others out, such as <c>customers: AccessExclusiveLock</c>.</param>
public sealed record MigrationInfo(
    string Name, string Phase, string State, string? Checksum = null, string? AppliedBy = null, string? Rollout = null, DateTimeOffset? At = null, long? Milliseconds = null,
    IReadOnlyList<string>? Locks = null);

/// <summary>Something about a migration that a person should know before it runs.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">From 1.</param>
/// <param name="Code">Such as <c>drop-column</c>.</param>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="What">In a sentence.</param>
/// <param name="Mend">What to write instead.</param>
public sealed record MigrationFindingInfo(string File, int Line, string Code, string Severity, string What, string Mend);

/// <summary>A contract that has not run to its end.</summary>
/// <param name="Files">What it runs.</param>
/// <param name="Version">The release that brought it.</param>
/// <param name="State"><c>waiting</c>, <c>running</c> or <c>failed</c>.</param>
/// <param name="Why">What it waits for, or how it failed.</param>
/// <param name="Attempts">Tries in a row that failed.</param>
public sealed record ContractInfo(IReadOnlyList<string> Files, string Version, string State, WhyInfo? Why, int Attempts);

/// <summary>What came of a try on a copy.</summary>
/// <param name="Rollout">The rollout it was for.</param>
/// <param name="Passed">Whether it went well; null while it runs.</param>
/// <param name="Fault">What went wrong.</param>
/// <param name="Migrations">What ran there, with time and locks.</param>
public sealed record ShadowInfo(string Rollout, bool? Passed, string? Fault, IReadOnlyList<MigrationInfo> Migrations);
