using Fairway.Kernel;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>What a run is told.</summary>
public abstract record RunObservation
{
    private RunObservation()
    {
    }

    /// <summary>Nothing but the time.</summary>
    public sealed record Tick : RunObservation;

    /// <summary>A runner takes it up that has not started anything of it: what seemed to run does not.</summary>
    public sealed record Recovered : RunObservation;

    /// <summary>An attempt ended.</summary>
    public sealed record JobEnded(string Instance, int Attempt, JobResult Result) : RunObservation;

    /// <summary>A group's turn came.</summary>
    /// <param name="Instance">Whose; empty is the run's own.</param>
    public sealed record TurnCame(string Instance) : RunObservation;

    /// <summary>A place in a group is lost.</summary>
    /// <param name="Instance">Whose; empty is the run's own.</param>
    /// <param name="Why">Why.</param>
    public sealed record TurnLost(string Instance, Why Why) : RunObservation;

    /// <summary>Shipping ended.</summary>
    /// <param name="Instance">Which instance.</param>
    /// <param name="Release">Digest of the release; null when it failed.</param>
    /// <param name="Why">Why.</param>
    public sealed record Shipped(string Instance, string? Release, Why Why) : RunObservation;

    /// <summary>Somebody wants it to end.</summary>
    public sealed record Cancel(string By, Why Why) : RunObservation;
}

/// <summary>What a runner does. Each may be told again; doing it again changes nothing.</summary>
public abstract record RunEffect
{
    private RunEffect()
    {
    }

    /// <summary>Make an attempt ready that will begin as soon as it has a slot. It may never begin, and nothing is lost when this is not done.</summary>
    public sealed record Prepare(string Instance, int Attempt) : RunEffect;

    /// <summary>Begin an attempt.</summary>
    public sealed record Start(string Instance, int Attempt) : RunEffect;

    /// <summary>End an attempt.</summary>
    public sealed record Stop(string Instance, int Attempt) : RunEffect;

    /// <summary>Ask for a group's turn.</summary>
    /// <param name="Instance">For whom; empty is the run itself.</param>
    /// <param name="Group">Name of the group.</param>
    /// <param name="Mode">What the others do.</param>
    public sealed record EnterGroup(string Instance, string Group, QueueMode Mode) : RunEffect;

    /// <summary>Give a group's turn, or the place in it, back.</summary>
    public sealed record LeaveGroup(string Instance) : RunEffect;

    /// <summary>Make a release of an instance's files, and deploy it where that is wanted.</summary>
    public sealed record Ship(string Instance, ShipTarget Target) : RunEffect;
}

/// <summary>What was decided.</summary>
/// <param name="Next">The run after it.</param>
/// <param name="Events">What happened, to be stored before the effects.</param>
/// <param name="Effects">What is to be done.</param>
/// <param name="Why">The last reason: what the run is at.</param>
public sealed record RunDecision(PipelineRun Next, ImmutableArray<RunEvent> Events, ImmutableArray<RunEffect> Effects, Why Why);
