using Fairway.Kernel;

namespace Fairway.Rollouts;

/// <summary>Why a person's command was not taken; decides the exit code.</summary>
public enum Refusal
{
    /// <summary>A rule forbids it until a person overrides it (exit code 3).</summary>
    Refused,

    /// <summary>It makes no sense in the present state (exit code 1).</summary>
    Conflict,
}

/// <summary>What to do about one observation. No decision without a reason.</summary>
/// <param name="Next">The state after <paramref name="Events"/>: their fold, so a rebuild from the ledger gives the same.</param>
/// <param name="Events">What to append, in order; empty when nothing changes.</param>
/// <param name="Effects">What to dispatch once the events are stored; each is in <see cref="ServiceState.Outbox"/> of <paramref name="Next"/> too.</param>
/// <param name="Why">The reason, with its numbers.</param>
/// <param name="Refused">Set when a command was not taken; there are no events then.</param>
public sealed record Decision(
    ServiceState Next, ImmutableArray<RolloutEvent> Events, ImmutableArray<RolloutEffect> Effects, Why Why, Refusal? Refused = null);
