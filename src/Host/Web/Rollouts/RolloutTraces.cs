using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>The traces that people look at: each is read once and kept for the next viewer, the one not looked at longest goes first.</summary>
internal sealed class RolloutTraces(ILedger ledger, CancellationToken stopping)
{
    private const int Most = 64;
    private readonly Lock _gate = new();
    private readonly LinkedList<(string Id, RolloutTrace Trace)> _byUse = [];
    private readonly Dictionary<string, LinkedListNode<(string Id, RolloutTrace Trace)>> _byId = new(StringComparer.Ordinal);

    /// <summary>The trace of a rollout, perhaps not yet read.</summary>
    public RolloutTrace Of(RolloutRow row)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(row.Id, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Trace;
            }
            // One that is let go may still be read by who holds it; nothing of it needs closing.
            if (_byUse.Count >= Most)
            {
                _byId.Remove(_byUse.Last!.Value.Id);
                _byUse.RemoveLast();
            }
            node = _byUse.AddFirst((row.Id, new RolloutTrace(row, ledger, stopping)));
            _byId.Add(row.Id, node);
            return node.Value.Trace;
        }
    }
}
