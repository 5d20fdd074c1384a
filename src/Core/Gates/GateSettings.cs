using Fairway.Access;
using NodaTime;

namespace Fairway.Gates;

/// <summary>How many people of a role must approve.</summary>
/// <param name="Count">People, each counted once.</param>
/// <param name="Role">What they must be here; an admin is everything.</param>
public sealed record ApprovalsNeeded(int Count, Role Role);

/// <summary>How much an item of the checklist counts.</summary>
public enum CheckWeight
{
    /// <summary>Not asked.</summary>
    Off,

    /// <summary>It speaks, and stops nothing.</summary>
    Advisory,

    /// <summary>It must be well.</summary>
    Required,
}

/// <summary>What happens to a request while the calendar is closed.</summary>
public enum WhenClosed
{
    /// <summary>It is refused.</summary>
    Refuse,

    /// <summary>It waits until the calendar opens.</summary>
    Wait,
}

/// <summary>What a machine checks before a release ships.</summary>
public sealed record Checklist
{
    /// <summary>Its tests passed.</summary>
    public CheckWeight Tests { get; init; }

    /// <summary>Its scans passed, all of them.</summary>
    public CheckWeight Scans { get; init; }

    /// <summary>It is known where it comes from.</summary>
    public CheckWeight Provenance { get; init; }

    /// <summary>What serves now can be gone back to.</summary>
    public CheckWeight RollbackTarget { get; init; }

    /// <summary>What serves now is well.</summary>
    public CheckWeight Healthy { get; init; }

    /// <summary>Its smoke command or checks passed in the environments before.</summary>
    public CheckWeight Smoke { get; init; }

    /// <summary>Its migrations are compatible with what serves, and no contract is left over.</summary>
    public CheckWeight Migrations { get; init; }

    /// <summary>It is written what to do when it is ill.</summary>
    public CheckWeight Runbook { get; init; }

    /// <summary>An alert tells people when it is ill.</summary>
    public CheckWeight Alerts { get; init; }

    /// <summary>Its newest backup is fresh, where it promises one.</summary>
    public CheckWeight Backup { get; init; }

    /// <summary>Its objectives have error budget left, where it has any.</summary>
    public CheckWeight Objectives { get; init; }

    /// <summary>It was not taken back in any environment.</summary>
    public CheckWeight NeverRejected { get; init; } = CheckWeight.Required;
}

/// <summary>An environment's gate. All defaults of the capability.</summary>
public sealed record GateSettings
{
    /// <summary>A gate without a rule: it lets everything pass.</summary>
    public static GateSettings Open { get; } = new() { Checklist = new() { NeverRejected = CheckWeight.Off } };

    /// <summary>Who must approve; empty is nobody.</summary>
    public ImmutableArray<ApprovalsNeeded> Approvals { get; init; } = [];

    /// <summary>How long an approval counts.</summary>
    public Duration ApprovalsExpire { get; init; } = Duration.FromHours(24);

    /// <summary>Weekly times at which nothing ships.</summary>
    public ImmutableArray<DayWindow> Freeze { get; init; } = [];

    /// <summary>The only weekly times at which something ships; empty is any.</summary>
    public ImmutableArray<DayWindow> Hours { get; init; } = [];

    /// <summary>What happens to a request meanwhile.</summary>
    public WhenClosed Closed { get; init; }

    /// <summary>What a machine checks.</summary>
    public Checklist Checklist { get; init; } = new();

    /// <summary>Kinds of attestation whose newest must have passed, such as <c>pipeline/integration</c>; while there is none yet, the gate holds.</summary>
    public ImmutableArray<string> Attestations { get; init; } = [];

    /// <summary>How long the artifact must have served in the environments before.</summary>
    public Duration Soak { get; init; }

    /// <summary>Whether the gate is asked once more before the first traffic.</summary>
    public bool BeforeTraffic { get; init; }

    /// <summary>How long an override counts.</summary>
    public Duration OverridesExpire { get; init; } = Duration.FromHours(1);

    /// <summary>Environments in which the release must have completed a rollout; from the environment's <c>after</c>.</summary>
    public ImmutableArray<string> After { get; init; } = [];
}
