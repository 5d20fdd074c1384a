using Fairway.Edge.Health;
using Fairway.Kernel;
using Fairway.Traffic;

namespace Fairway.Edge.Routing;

/// <summary>One arm of a service in one snapshot, with its living instances.</summary>
public sealed class ArmEntry
{
    private readonly InstanceRuntime[] _instances;
    private uint _turn;

    internal ArmEntry(Arm arm, InstanceRuntime[] instances, bool pinned)
    {
        Arm = arm;
        Pinned = pinned;
        _instances = instances;
    }

    /// <summary>The arm as the table has it.</summary>
    public Arm Arm { get; }

    /// <summary>Reached by the preview header: never answered by the other arm, or a broken candidate would pass its smoke check.</summary>
    public bool Pinned { get; }

    /// <summary>An arm without instances, for a service without arms.</summary>
    internal static ArmEntry None { get; } = new(new Arm("", "", "", Weight.Zero, []), [], pinned: true);

    /// <summary>Whether the instance belongs to the arm.</summary>
    internal bool Holds(InstanceRuntime instance) => IsIn(_instances, instance);

    /// <summary>Instances that take requests and are not passed over, other than <paramref name="except"/>.</summary>
    internal int CountUsable(InstanceRuntime? except)
    {
        var usable = 0;
        foreach (var instance in _instances)
            if (instance != except && !instance.IsDraining && !instance.IsEjected) usable++;
        return usable;
    }

    /// <summary>The instance with the fewest exchanges in flight; equals take turns. Null when none is left.</summary>
    internal InstanceRuntime? Least(ReadOnlySpan<InstanceRuntime> tried, bool ejectedToo)
    {
        var instances = _instances;
        if (instances.Length == 0) return null;
        var index = instances.Length == 1 ? 0 : (int)(Interlocked.Increment(ref _turn) % (uint)instances.Length);
        InstanceRuntime? best = null;
        var least = long.MaxValue;
        for (var i = 0; i < instances.Length; i++)
        {
            var instance = instances[index];
            if (++index == instances.Length) index = 0;
            if (instance.IsDraining || (instance.IsEjected && !ejectedToo) || IsIn(tried, instance)) continue;
            var inFlight = instance.InFlightCount;
            if (inFlight >= least) continue;
            (best, least) = (instance, inFlight);
        }
        return best;
    }

    private static bool IsIn(ReadOnlySpan<InstanceRuntime> tried, InstanceRuntime instance)
    {
        foreach (var one in tried)
            if (ReferenceEquals(one, instance)) return true;
        return false;
    }
}

/// <summary>Which arm a request goes to.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="SetCookie">Value of a <c>Set-Cookie</c> header that the response must carry, so that the user stays on this arm.</param>
public readonly record struct ArmChoice(ArmEntry Arm, string? SetCookie);
