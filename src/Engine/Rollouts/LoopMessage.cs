namespace Fairway.Rollouts;

/// <summary>What wakes a service's loop.</summary>
internal abstract record LoopMessage
{
    private LoopMessage()
    {
    }

    /// <summary>Somebody asks for something and waits for the answer.</summary>
    public sealed record Asked(RolloutObservation What, TaskCompletionSource<CommandReply> Reply) : LoopMessage;

    /// <summary>Everything is shut down: the reply comes when no instance is left.</summary>
    public sealed record Halt(Actor By, TaskCompletionSource Done) : LoopMessage;

    /// <summary>An effect ended.</summary>
    public sealed record Settled(long Id, EffectOutcome Outcome) : LoopMessage;

    /// <summary>A look came back.</summary>
    /// <param name="Look">Number of the look.</param>
    /// <param name="Version">Of the aggregate when it was begun: what was seen before a decision says nothing about the world after
    /// it.</param>
    /// <param name="World">Null when the world could not be seen.</param>
    /// <param name="Problem">Why not.</param>
    public sealed record Saw(long Look, long Version, WorldView? World, Kernel.Fault? Problem) : LoopMessage;

    /// <summary>Time passed, or instances changed.</summary>
    public sealed record Woken : LoopMessage
    {
        /// <summary>The one value.</summary>
        public static Woken Up { get; } = new();
    }
}

/// <summary>The answer to a command.</summary>
/// <param name="Why">The decision's reason.</param>
/// <param name="Refused">Set when it was not taken.</param>
/// <param name="Rollout">The active or last rollout after it; null before the first.</param>
/// <param name="Queued">What waits for its turn now is what was asked for.</param>
/// <param name="Seq">Position of the decision's last record in the ledger, or of the stream's last one when nothing was recorded.</param>
public sealed record CommandReply(Kernel.Why Why, Refusal? Refused, Rollout? Rollout, bool Queued, long Seq)
{
    /// <summary>What the gate said of it; null where there is none.</summary>
    public Gates.GateVerdict? Gate { get; init; }
}

/// <summary>More commands wait for a service than it takes; ask again.</summary>
public sealed class ServiceBusyException(string service) : Exception($"too many commands wait for {service}");
