namespace Fairway.Pipelines;

/// <summary>The concurrency groups of this process: whose turn it is in each. They begin anew with the process, as the runs ask again.</summary>
public sealed class ConcurrencyGroups
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ConcurrencyQueue> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Group, Action<RunObservation> Tell, string Instance)> _holders = new(StringComparer.Ordinal);

    /// <summary>Somebody asks for a turn; asking again changes nothing.</summary>
    /// <param name="holder">Unique in this process.</param>
    /// <param name="group">The group.</param>
    /// <param name="mode">What the others do.</param>
    /// <param name="instance">The instance it is for; empty is a run's own.</param>
    /// <param name="tell">Told when the turn comes or is lost.</param>
    public void Enter(string holder, string group, QueueMode mode, string instance, Action<RunObservation> tell)
    {
        lock (_gate)
        {
            _holders[holder] = (group, tell, instance);
            Apply(group, queue => queue.Enter(holder, group, mode));
        }
    }

    /// <summary>Somebody goes.</summary>
    public void Leave(string holder)
    {
        lock (_gate)
        {
            if (!_holders.Remove(holder, out var known)) return;
            Apply(known.Group, queue => queue.Leave(holder));
        }
    }

    private void Apply(string group, Func<ConcurrencyQueue, (ConcurrencyQueue Next, ImmutableArray<QueueChange> Changes)> change)
    {
        var (next, changes) = change(_queues.GetValueOrDefault(group, ConcurrencyQueue.Empty));
        if (next.IsEmpty) _queues.Remove(group);
        else _queues[group] = next;
        foreach (var told in changes)
        {
            if (!_holders.TryGetValue(told.Holder, out var holder)) continue;
            holder.Tell(told is QueueChange.Lost lost ? new RunObservation.TurnLost(holder.Instance, lost.Why) : new RunObservation.TurnCame(holder.Instance));
        }
    }
}
