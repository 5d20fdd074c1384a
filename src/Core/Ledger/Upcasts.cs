namespace Fairway.Ledger;

/// <summary>How data of an older shape becomes data of a newer one.</summary>
/// <param name="From">The older type.</param>
/// <param name="To">A newer version of it, or of the type that replaced it.</param>
/// <param name="Data">The older data as canonical JSON, made into the newer as JSON. Pure.</param>
public sealed record Upcast(EventType From, EventType To, Func<string, string> Data);

/// <summary>
/// Keeps old records readable: the stored bytes (and their hash) never change, readers see every record in its newest shape. A type that
/// has no step is handed on as it is, also one from a newer release.
/// </summary>
public sealed class Upcasts
{
    private readonly Dictionary<string, Upcast> _steps = new(StringComparer.Ordinal);

    /// <summary>A set of steps; a record goes through as many as apply, so that each release adds one step and never edits one.</summary>
    /// <exception cref="ArgumentException">Two steps from one type, or steps that go round in a circle.</exception>
    public Upcasts(params ReadOnlySpan<Upcast> steps)
    {
        foreach (var step in steps)
            if (!_steps.TryAdd(step.From.ToString(), step)) throw new ArgumentException($"two upcasts begin at {step.From}", nameof(steps));
        foreach (var step in steps)
        {
            var to = step.To;
            for (var hops = 0; _steps.TryGetValue(to.ToString(), out var next); to = next.To)
                if (++hops > steps.Length) throw new ArgumentException($"the upcasts from {step.From} go round in a circle", nameof(steps));
        }
    }

    /// <summary>No steps: every record is read as it was written.</summary>
    public static Upcasts None { get; } = new();

    /// <summary>The record in its newest shape. <see cref="LedgerEvent.Hash"/> stays that of the stored bytes.</summary>
    public LedgerEvent Apply(LedgerEvent record)
    {
        while (_steps.TryGetValue(record.Type, out var step))
            record = record with { Type = step.To.ToString(), Data = Kernel.CanonicalJson.Canonicalize(step.Data(record.Data)) };
        return record;
    }
}
