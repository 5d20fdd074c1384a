namespace Fairway.Client.Wire;

/// <summary>A release group of the file, or one that was shipped.</summary>
/// <param name="Name">Its own.</param>
/// <param name="Services">Its services, in order.</param>
/// <param name="Runs">The last run in each environment.</param>
public sealed record GroupInfo(string Name, IReadOnlyList<string> Services, IReadOnlyList<GroupRunInfo> Runs);

/// <summary>Several services shipped as one.</summary>
/// <param name="Id"><c>environment/group/number</c>.</param>
/// <param name="Group">The group.</param>
/// <param name="Environment">Where.</param>
/// <param name="Number">Of the group there, from 1.</param>
/// <param name="From">The environment it was promoted from; null when it was deployed.</param>
/// <param name="Phase"><c>waiting</c>, <c>shipping</c>, <c>finishing</c>, <c>takingBack</c>, <c>completed</c>, <c>takenBack</c> or <c>stopped</c>.</param>
/// <param name="HasEnded">Whether it reached an end.</param>
/// <param name="Parts">Its parts, in order.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Reason">In their words.</param>
/// <param name="StartedAt">When.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Why">Why it is where it is.</param>
public sealed record GroupRunInfo(
    string Id, string Group, string Environment, int Number, string? From, string Phase, bool HasEnded, IReadOnlyList<GroupPartInfo> Parts, string By, string? Reason,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt, WhyInfo Why);

/// <summary>One service's part in a run.</summary>
/// <param name="Service">Which.</param>
/// <param name="Release">Digest.</param>
/// <param name="Version">For people.</param>
/// <param name="Before">The version that served when the run began; null when none did.</param>
/// <param name="After">Services that must have all their traffic before it begins.</param>
/// <param name="Phase"><c>waiting</c>, <c>unchanged</c>, <c>begun</c>, <c>fine</c>, <c>completed</c> or <c>back</c>.</param>
/// <param name="Rollout">Its rollout; null before that.</param>
/// <param name="Why">Why it is there; null when nothing was said.</param>
/// <param name="Now">How it is seen now, such as <c>rolling</c> or <c>guarding</c>.</param>
public sealed record GroupPartInfo(
    string Service, string Release, string Version, string? Before, IReadOnlyList<string> After, string Phase, string? Rollout, WhyInfo? Why, string Now);

/// <summary>Body of <c>POST /api/groups/{group}/runs</c>: the releases that serve in <c>from</c>, or those that are named.</summary>
/// <param name="To">The environment it goes to.</param>
/// <param name="From">The environment it comes from; null with <paramref name="Releases"/>, or for the only one before.</param>
/// <param name="Releases">By service, a release's digest or at least eight digits of it. Services that are left out keep what serves.</param>
/// <param name="Reason">In the caller's words.</param>
public sealed record GroupShipRequest(string? To, string? From = null, IReadOnlyDictionary<string, string>? Releases = null, string? Reason = null);

/// <summary>Body of <c>POST /api/groups/{group}/commands</c>.</summary>
/// <param name="Environment">Where.</param>
/// <param name="Command"><c>abort</c> or <c>rollback</c>.</param>
/// <param name="Reason">In the caller's words.</param>
public sealed record GroupCommandRequest(string? Environment, string? Command, string? Reason = null);

/// <summary>What came of a word about a group.</summary>
/// <param name="Run">The last run after it; null when there never was one.</param>
/// <param name="Why">In words.</param>
/// <param name="Gates">What the gates said of each part, when they were asked.</param>
public sealed record GroupAnswer(GroupRunInfo? Run, WhyInfo Why, IReadOnlyList<GateVerdictInfo> Gates);

/// <summary>Every decision about a run, in order.</summary>
/// <param name="Run">The run.</param>
/// <param name="Decisions">Its records.</param>
public sealed record GroupExplainInfo(GroupRunInfo Run, IReadOnlyList<GroupDecisionInfo> Decisions);

/// <summary>A decision about a group as the ledger keeps it.</summary>
/// <param name="Seq">Position in the ledger.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who caused it.</param>
/// <param name="Type">Record type, such as <c>group-part-moved.v1</c>.</param>
/// <param name="Service">Which part it is about; null for all.</param>
/// <param name="Why">Its reason.</param>
public sealed record GroupDecisionInfo(long Seq, DateTimeOffset At, string Actor, string Type, string? Service, WhyInfo Why);
