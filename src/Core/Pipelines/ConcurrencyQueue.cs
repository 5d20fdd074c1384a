using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>What came of somebody's place in a group.</summary>
public abstract record QueueChange(string Holder)
{
    /// <summary>Their turn has come.</summary>
    public sealed record Granted(string Holder) : QueueChange(Holder);

    /// <summary>They must end, or will not begin.</summary>
    /// <param name="Holder">Whose place it is.</param>
    /// <param name="Why">Why.</param>
    public sealed record Lost(string Holder, Why Why) : QueueChange(Holder);
}

/// <summary>
/// A concurrency group: who has the turn, and who waits in which order. Entering again changes nothing, so whoever is not sure may ask
/// again.
/// </summary>
/// <param name="Running">Who has the turn; null is nobody.</param>
/// <param name="Waiting">Who waits, the first to come first.</param>
public sealed record ConcurrencyQueue(string? Running, ImmutableArray<string> Waiting)
{
    /// <summary>Nobody.</summary>
    public static ConcurrencyQueue Empty { get; } = new(null, []);

    /// <summary>Whether nobody is in it.</summary>
    public bool IsEmpty => Running is null && Waiting.IsEmpty;

    /// <summary>Somebody comes.</summary>
    public (ConcurrencyQueue Next, ImmutableArray<QueueChange> Changes) Enter(string holder, string group, QueueMode mode)
    {
        if (Running == holder) return (this, [new QueueChange.Granted(holder)]);
        if (Waiting.Contains(holder, StringComparer.Ordinal)) return (this, []);
        if (Running is null) return (this with { Running = holder }, [new QueueChange.Granted(holder)]);
        switch (mode)
        {
            case QueueMode.All:
                return Waiting.Length < Concurrency.MostWaiting ? (this with { Waiting = Waiting.Add(holder) }, [])
                    : (this, [new QueueChange.Lost(holder, Why.Because(
                        "queue-full", "{count} others wait in group {group} already", ("count", Waiting.Length), ("group", group)))]);
            case QueueMode.Latest:
                return (this with { Waiting = [holder] }, [.. Waiting.Select(other => Replaced(other, holder, group))]);
            case QueueMode.Replace:
                return (this with { Waiting = [holder] }, [.. Waiting.Prepend(Running).Select(other => Replaced(other, holder, group))]);
            default:
                throw new System.Diagnostics.UnreachableException(mode.ToString());
        }
    }

    /// <summary>Somebody goes, whether their turn had come or not.</summary>
    public (ConcurrencyQueue Next, ImmutableArray<QueueChange> Changes) Leave(string holder)
    {
        if (Running != holder) return (this with { Waiting = Waiting.Remove(holder, StringComparer.Ordinal) }, []);
        return Waiting is [var next, ..] ? (new(next, Waiting.RemoveAt(0)), [new QueueChange.Granted(next)]) : (Empty, []);
    }

    private static QueueChange.Lost Replaced(string holder, string by, string group)
        => new(holder, Why.Because("replaced", "{by} came later and takes its place in group {group}", ("by", by), ("group", group)));
}
