using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Source;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What a gate is asked: may this very release ship here, for this person, now?</summary>
public sealed record GateRequest
{
    /// <summary>The service in its environment.</summary>
    public required ServiceKey Key { get; init; }

    /// <summary>Digest of the release.</summary>
    public required string Release { get; init; }

    /// <summary>The name people use for it.</summary>
    public required string Version { get; init; }

    /// <summary>Digest of its files.</summary>
    public required string Artifact { get; init; }

    /// <summary>Who asks, for records.</summary>
    public required string By { get; init; }

    /// <summary>Who answers for them: nobody approves what they asked for themselves, also not by a token of theirs.</summary>
    public required string Person { get; init; }

    /// <summary>Why, in their own words; null when they did not say.</summary>
    public string? Reason { get; init; }

    /// <summary>Roles of who asks, as they are written: <c>deployer</c>, or <c>deployer@production</c> where it is one only there. Empty when they are not known.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>No person asked for just this.</summary>
    public bool Automatic { get; init; }

    /// <summary>A person insists on a release that was taken back here.</summary>
    public bool Force { get; init; }

    /// <summary>When it is asked.</summary>
    public GateMoment Moment { get; init; }
}

/// <summary>A person's yes to one release in one environment.</summary>
/// <param name="Release">Digest; it counts for no other.</param>
/// <param name="By">Who, for records.</param>
/// <param name="Person">Who answers for them: counted once, whatever tokens they use.</param>
/// <param name="Roles">Roles they had there when they said it.</param>
/// <param name="Reason">In their own words.</param>
/// <param name="At">When.</param>
/// <param name="Until">It counts until then.</param>
public sealed record Approval(string Release, string By, string Person, ImmutableArray<Access.Role> Roles, string? Reason, Instant At, Instant Until);

/// <summary>One person's wish to set a gate's rules aside for one release, which another confirms.</summary>
/// <param name="Release">Digest; it counts for no other.</param>
/// <param name="By">Who proposed it.</param>
/// <param name="Person">Who answers for them.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
/// <param name="Until">It counts until then, confirmed or not.</param>
public sealed record Override(string Release, string By, string Person, string Reason, Instant At, Instant Until)
{
    /// <summary>Who confirmed it; null while nobody has.</summary>
    public string? ConfirmedBy { get; init; }

    /// <summary>When.</summary>
    public Instant? ConfirmedAt { get; init; }
}

/// <summary>A release was taken back somewhere.</summary>
/// <param name="Environment">Where.</param>
/// <param name="Why">Why.</param>
public sealed record RejectedIn(string Environment, Why Why);

/// <summary>What became of a release in an environment that comes before.</summary>
/// <param name="Environment">Which.</param>
/// <param name="Since">When a rollout of its artifact completed there that was not taken back since; null when none has.</param>
/// <param name="Smoke">Whether a smoke command or checks were run there and passed.</param>
public sealed record EarlierStay(string Environment, Instant? Since, bool Smoke)
{
    /// <summary>When another artifact took its place; null while it serves.</summary>
    public Instant? Left { get; init; }

    /// <summary>The longest that it served before <see cref="Since"/>.</summary>
    public Duration Longest { get; init; }

    /// <summary>How long it served at a moment: its longest stay.</summary>
    public Duration Served(Instant now) => Since is { } since ? Duration.Max(Longest, (Left ?? now) - since) : Duration.Zero;
}

/// <summary>What somebody attests of an artifact or release, such as that its tests passed.</summary>
/// <param name="Kind">Such as <c>tests</c>, <c>scan/secrets</c> or <c>provenance</c>.</param>
/// <param name="Passed">Whether it is good.</param>
/// <param name="Summary">In a sentence.</param>
/// <param name="At">When.</param>
public sealed record AttestedFact(string Kind, bool Passed, string Summary, Instant At)
{
    /// <summary>Who says so.</summary>
    public string By { get; init; } = "";

    /// <summary>What was counted, by name.</summary>
    public ImmutableSortedDictionary<string, double> Numbers { get; init; } = ImmutableSortedDictionary<string, double>.Empty;
}

/// <summary>What is known of where an artifact comes from.</summary>
/// <param name="Believed">Whether something signed says so, by a key that is trusted.</param>
/// <param name="Why">In words.</param>
public sealed record ProvenanceFact(bool Believed, Why Why)
{
    /// <summary>Whether nothing was ever signed for it; otherwise what is not believed was changed, forged or taken away.</summary>
    public bool IsAbsent { get; init; }
}

/// <summary>Where an environment stands among the others.</summary>
/// <param name="Order">Its place in the file, from 0.</param>
/// <param name="Previous">The environment before it; null for the first.</param>
/// <param name="Ephemeral">Whether it was made for a time.</param>
public sealed record EnvironmentPlace(int Order, string? Previous, bool Ephemeral);

/// <summary>The release that serves now: where a rollback would go.</summary>
/// <param name="Version">The name people use for it.</param>
/// <param name="Ready">Instances ready.</param>
/// <param name="Wanted">Instances wanted.</param>
/// <param name="IsHere">Whether its files are here, so that it can be started again.</param>
public sealed record ServingFact(string Version, int Ready, int Wanted, bool IsHere);

/// <summary>What a release would do to the database.</summary>
/// <param name="Pending">Files to run before it starts.</param>
public sealed record MigrationsFact(int Pending)
{
    /// <summary>Why they cannot be looked at; null when they can.</summary>
    public string? Unread { get; init; }

    /// <summary>Why nothing of them would run; null when it would.</summary>
    public Why? Refused { get; init; }

    /// <summary>What in them would hurt what serves.</summary>
    public ImmutableArray<Migrations.MigrationFinding> Errors { get; init; } = [];

    /// <summary>A contract that has not run; null when none is left over.</summary>
    public string? Contract { get; init; }

    /// <summary>Digest of the release that brought it.</summary>
    public string? ContractRelease { get; init; }

    /// <summary>Whether it failed.</summary>
    public bool ContractFailed { get; init; }
}

/// <summary>What is written of what to do when a service is ill.</summary>
/// <param name="Where">The address or the path, as it is written.</param>
/// <param name="IsThere">Whether the file is there; true of an address.</param>
public sealed record RunbookFact(string Where, bool IsThere);

/// <summary>What is known of a service's backups.</summary>
/// <param name="Promise">What it promises.</param>
/// <param name="At">When the file that proves it was last written; null when it is not there, or none is named. What is attested stands in <see cref="GateFacts.Service"/>.</param>
public sealed record BackupFact(BackupPromise Promise, Instant? At);

/// <summary>Which alerts there are for a service.</summary>
/// <param name="Names">Alerting rules that speak of it, in their order.</param>
/// <param name="All">Alerting rules that there are, also those of others.</param>
/// <param name="Problem">Why nobody could say; null when somebody did.</param>
public sealed record AlertsFact(ImmutableArray<string> Names, int All, string? Problem);

/// <summary>How an objective is.</summary>
/// <param name="Objective">Which.</param>
/// <param name="Good">Good events of its window; null when nobody could say.</param>
/// <param name="Total">All of them; null when nobody could say.</param>
/// <param name="Problem">Why nobody could say; null when somebody did.</param>
public sealed record ObjectiveFact(Objective Objective, double? Good, double? Total, string? Problem)
{
    /// <summary>The share of the error budget that is left; null when it is not known.</summary>
    public double? Remaining => Good is { } good && Total is { } total ? Objective.Remaining(good, total) : null;

    /// <summary>How many times as fast as allowed its budget was spent in the last hour; null when that is not known, or nobody asked.</summary>
    public double? BurnRate { get; init; }
}

/// <summary>What is new in a release, compared with what serves.</summary>
/// <param name="Commits">What its commits say; null when one of both commits is not known.</param>
/// <param name="Migrations">Migrations that it brings and what serves does not; null when that is not known.</param>
public sealed record ChangeFact(CommitRange? Commits, int? Migrations);

/// <summary>What a release was built from.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Branch">The branch; null for a tag, or when it is not known.</param>
/// <param name="Repository">The repository that has it.</param>
public sealed record ReleaseOrigin(string Commit, string? Branch, string Repository);

/// <summary>What waits in an environment.</summary>
/// <param name="Mode"><c>newest</c>, <c>oldest</c> or <c>all</c>.</param>
/// <param name="Waiting">Requests that wait.</param>
/// <param name="Busy">Whether a rollout is under way.</param>
public sealed record QueueFact(string Mode, int Waiting, bool Busy);

/// <summary>Everything a gate looks at besides its settings.</summary>
public sealed record GateFacts
{
    /// <summary>People who made the release: none of them approves it.</summary>
    public ImmutableArray<string> Authors { get; init; } = [];

    /// <summary>What the release would do to the database; null where none is declared, or nobody asks.</summary>
    public MigrationsFact? Migrations { get; init; }

    /// <summary>Approvals given here.</summary>
    public ImmutableArray<Approval> Approvals { get; init; } = [];

    /// <summary>Overrides proposed here.</summary>
    public ImmutableArray<Override> Overrides { get; init; } = [];

    /// <summary>Freezes that concern the service here, by the file or by a person.</summary>
    public ImmutableArray<Freeze> Freezes { get; init; } = [];

    /// <summary>Where the release was taken back.</summary>
    public ImmutableArray<RejectedIn> Rejections { get; init; } = [];

    /// <summary>What became of it in the environments that come before.</summary>
    public ImmutableArray<EarlierStay> Earlier { get; init; } = [];

    /// <summary>What is attested of it, the newest of a kind last.</summary>
    public ImmutableArray<AttestedFact> Attested { get; init; } = [];

    /// <summary>Where its artifact comes from; null when nobody can say, or nobody asks and nothing was ever signed.</summary>
    public ProvenanceFact? Provenance { get; init; }

    /// <summary>What serves now; null when nothing does.</summary>
    public ServingFact? Serving { get; init; }

    /// <summary>When the release was made; null when that is not known.</summary>
    public Instant? MadeAt { get; init; }

    /// <summary>Where the environment stands.</summary>
    public EnvironmentPlace Place { get; init; } = new(0, null, Ephemeral: false);

    /// <summary>What is written of what to do when the service is ill; null when nothing is.</summary>
    public RunbookFact? Runbook { get; init; }

    /// <summary>What is known of the service's backups; null when it promises none.</summary>
    public BackupFact? Backup { get; init; }

    /// <summary>Which alerts there are for the service; null when nobody asked.</summary>
    public AlertsFact? Alerts { get; init; }

    /// <summary>What is attested of the service here, the newest of each kind.</summary>
    public ImmutableArray<AttestedFact> Service { get; init; } = [];

    /// <summary>What is new in it; null when nobody asked.</summary>
    public ChangeFact? Change { get; init; }

    /// <summary>How its objectives are; empty when it has none, or nobody asked.</summary>
    public ImmutableArray<ObjectiveFact> Objectives { get; init; } = [];

    /// <summary>What it was built from; null when no pipeline of ours made it.</summary>
    public ReleaseOrigin? Origin { get; init; }

    /// <summary>What waits there; null when that is not known.</summary>
    public QueueFact? Queue { get; init; }

    /// <summary>When another release was last put forward here: approvals from before it are withdrawn. Null for never.</summary>
    public Instant? OtherSince { get; init; }
}
