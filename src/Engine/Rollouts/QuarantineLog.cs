using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// Quarantines in the ledger, in streams of their own (<c>quarantine/environment/service</c>): the service's own stream may be what cannot
/// be read.
/// </summary>
public static class QuarantineLog
{
    /// <summary>Record type of a quarantine.</summary>
    public const string Quarantined = "quarantined.v1";

    /// <summary>Record type of its end.</summary>
    public const string Ended = "quarantine-lifted.v1";

    /// <summary>The collection of quarantines in force.</summary>
    public const string Collection = "quarantines";

    /// <summary>The stream of a service's quarantines.</summary>
    public static string StreamOf(ServiceKey key) => $"quarantine/{key}";

    /// <summary>The quarantine in force; null when there is none.</summary>
    public static async Task<Quarantine?> LoadAsync(ILedger ledger, ServiceKey key, CancellationToken cancellation)
        => await ledger.LoadAsync(Collection, key.ToString(), cancellation) is { } document ? FairwayJson.Read<Quarantine>(document) : null;

    /// <summary>Records a quarantine.</summary>
    public static Task RecordAsync(ILedger ledger, ServiceKey key, Quarantine quarantine, CancellationToken cancellation)
        => AppendAsync(ledger, key, new(quarantine.At, Quarantined, "fairway", null, FairwayJson.Write(quarantine)), cancellation);

    /// <summary>Records that a person lets the service act again; returns the record's position.</summary>
    public static Task<long> LiftAsync(ILedger ledger, ServiceKey key, Actor by, Instant now, CancellationToken cancellation)
        => AppendAsync(ledger, key, new(now, Ended, by.Name, null, FairwayJson.Write(by)), cancellation);

    /// <summary>Why a command is refused meanwhile.</summary>
    public static Why Refusal(Quarantine quarantine) => Why.Because(
        "quarantined", "Fairway found an error of its own here at {at} and stopped acting: {reason}. Traffic stays as it is; `fairway resume` lets it act again",
        ("at", quarantine.At), ("reason", quarantine.Reason));

    /// <summary>The answer to the command that ends it.</summary>
    public static Why Lifted(Quarantine quarantine) => Why.Because("quarantine-lifted", "acts again after: {reason}", ("reason", quarantine.Reason));

    private static async Task<long> AppendAsync(ILedger ledger, ServiceKey key, NewEvent record, CancellationToken cancellation)
    {
        var version = 0L;
        while (true)
        {
            var result = await ledger.AppendAsync(StreamOf(key), version, [record], cancellation);
            if (result.Conflict is not { } present) return result.Events[^1].Seq;
            version = present;
        }
    }
}

/// <summary>Quarantines in force, by <c>environment/service</c>.</summary>
public sealed class QuarantinesProjection : IProjection
{
    /// <inheritdoc/>
    public string Collection => QuarantineLog.Collection;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith("quarantine/", StringComparison.Ordinal)) yield break;
        yield return new(record.Stream["quarantine/".Length..], record.Type == QuarantineLog.Quarantined ? record.Data : null);
    }
}
