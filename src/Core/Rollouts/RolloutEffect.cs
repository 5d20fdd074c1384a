using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Traffic;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Slots come in pairs.</summary>
public static class SlotNames
{
    /// <summary>The other one.</summary>
    public static SlotName Other(this SlotName slot) => slot == SlotName.A ? SlotName.B : SlotName.A;
}

/// <summary>Which command around a rollout.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HookKind>))]
public enum HookKind
{
    /// <summary>Before instances start.</summary>
    Before,

    /// <summary>Against the candidate at weight 0.</summary>
    Smoke,

    /// <summary>After completion.</summary>
    After,

    /// <summary>In place of migrations, before instances start.</summary>
    Expand,

    /// <summary>In place of migrations, after the guard.</summary>
    Contract,

    /// <summary>Makes a copy of the database.</summary>
    Copy,

    /// <summary>A check of <c>verify</c> that is a command.</summary>
    Verify,
}

/// <summary>
/// Something the world is asked to do. Effects are data; ids only grow per service. Every port is idempotent by id and fenced: an effect older than
/// the last one applied to the same thing (slot, routes) does nothing and answers <see cref="Kernel.FaultKind.Fenced"/>. Unacknowledged effects are
/// sent again with the same id.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PrepareRelease), "prepare-release")]
[JsonDerivedType(typeof(SetInstances), "set-instances")]
[JsonDerivedType(typeof(SetRoutes), "set-routes")]
[JsonDerivedType(typeof(RunHook), "run-hook")]
[JsonDerivedType(typeof(Migrate), "migrate")]
[JsonDerivedType(typeof(Verify), "verify")]
public abstract record RolloutEffect(long Id)
{
    /// <summary>Make the release's files ready on this machine, read-only. Acknowledged when they are.</summary>
    public sealed record PrepareRelease(long Id, Release Release) : RolloutEffect(Id);

    /// <summary>
    /// The slot runs exactly this release in exactly this many instances, ordinals 0 to <paramref name="Count"/> − 1; others in the slot are stopped
    /// (TERM, grace, KILL). Count 0 empties it. Acknowledged when accepted; what became of it is observed.
    /// </summary>
    public sealed record SetInstances(long Id, SlotName Slot, Release Release, int Count) : RolloutEffect(Id);

    /// <summary>The service's routes are these. Acknowledged when the edge has confirmed the table that holds them.</summary>
    public sealed record SetRoutes(long Id, ServiceRoutes Routes) : RolloutEffect(Id);

    /// <summary>Run a command once; the same id never runs twice to its end. Acknowledged with its result.</summary>
    /// <param name="Id">Effect id.</param>
    /// <param name="RolloutId">For the command's environment.</param>
    /// <param name="Hook">Which one.</param>
    /// <param name="Spec">Command and time-out.</param>
    /// <param name="Release">In whose artifact folder it runs.</param>
    /// <param name="Variables">Further environment variables.</param>
    public sealed record RunHook(long Id, string RolloutId, HookKind Hook, HookSpec Spec, Release Release, ImmutableSortedDictionary<string, string> Variables) : RolloutEffect(Id);

    /// <summary>
    /// Run what is pending of a stage. The database keeps its own record in the same transaction: what has run is not run again, by this id or another. It needs
    /// no fence: an expand hurts nobody, and a contract is asked for only when nothing may need what it takes away.
    /// </summary>
    /// <param name="Id">Effect id.</param>
    /// <param name="RolloutId">For the database's record.</param>
    /// <param name="Stage">What.</param>
    /// <param name="Release">Whose files.</param>
    /// <param name="Database">Where and how.</param>
    /// <param name="After">The newest place in the database's order that the ledger knows.</param>
    public sealed record Migrate(long Id, string RolloutId, Migrations.MigrationStage Stage, Release Release, DatabaseSpec Database, long After) : RolloutEffect(Id)
    {
        /// <summary>Version that serves meanwhile; null when none does.</summary>
        public string? Serving { get; init; }

        /// <summary>A contract that failed before, on top of which nothing is added; null when there is none.</summary>
        public string? Blocked { get; init; }
    }

    /// <summary>
    /// Make one attempt of a check and say what it found. A command with this id never runs twice to its end; a request that was cut off by a crash is made again.
    /// </summary>
    /// <param name="Id">Effect id.</param>
    /// <param name="RolloutId">For the command's environment.</param>
    /// <param name="Moment">When.</param>
    /// <param name="Check">What; of a request, with the headers that its route asks for.</param>
    /// <param name="Attempt">From 1.</param>
    /// <param name="Release">In whose artifact folder a command runs, and whose variables and secrets a request may name.</param>
    /// <param name="Addresses">Instances to ask, each as <c>http://host:port</c>; empty is the edge.</param>
    /// <param name="Host">The host that a request names; null is the address's own.</param>
    /// <param name="Variables">A command's further environment variables.</param>
    public sealed record Verify(
        long Id, string RolloutId, CheckMoment Moment, CheckSpec Check, int Attempt, Release Release, ImmutableArray<string> Addresses, string? Host,
        ImmutableSortedDictionary<string, string> Variables) : RolloutEffect(Id)
    {
        /// <summary>How long it may take: each instance is asked by itself, one after the other.</summary>
        [JsonIgnore]
        public Duration Limit => Check.Http is null ? Check.Timeout : Check.Timeout * Math.Max(1, Addresses.Length);
    }
}

/// <summary>How an effect ended.</summary>
/// <param name="Fault">Null when it was done.</param>
/// <param name="ExitCode">Of a hook that ran to its end.</param>
/// <param name="Output">Last lines of a hook's output, at most 4,096 characters.</param>
public sealed record EffectOutcome(Kernel.Fault? Fault, int? ExitCode = null, string? Output = null)
{
    /// <summary>What a database was done to; null for other effects.</summary>
    public Migrations.MigrationReport? Migrations { get; init; }

    /// <summary>What a check found; null for other effects, and for an attempt that could not be made.</summary>
    public CheckFinding? Check { get; init; }

    /// <summary>Done.</summary>
    public static EffectOutcome Done { get; } = new((Kernel.Fault?)null);
}
