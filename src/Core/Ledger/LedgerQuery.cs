using NodaTime;

namespace Fairway.Ledger;

/// <summary>In which order records are found.</summary>
public enum LedgerOrder
{
    /// <summary>From the end.</summary>
    Newest,

    /// <summary>From the beginning.</summary>
    Oldest,
}

/// <summary>Which records. All given parts must match, on the record as it is stored.</summary>
public sealed record LedgerQuery
{
    /// <summary>Most records on one page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Only this stream.</summary>
    public string? Stream { get; init; }

    /// <summary>Only streams whose name begins so, such as <c>service/production/</c>.</summary>
    public string? StreamPrefix { get; init; }

    /// <summary>Any of these types: <c>rollout-started</c> in any version, or just <c>rollout-started.v1</c>. Empty is all.</summary>
    public ImmutableArray<string> Types { get; init; } = [];

    /// <summary>Only this actor's.</summary>
    public string? Actor { get; init; }

    /// <summary>Only records that this one led to.</summary>
    public long? Cause { get; init; }

    /// <summary>Decided at or after.</summary>
    public Instant? From { get; init; }

    /// <summary>Decided before.</summary>
    public Instant? Until { get; init; }

    /// <summary>In which order.</summary>
    public LedgerOrder Order { get; init; } = LedgerOrder.Newest;

    /// <summary><see cref="LedgerPage.Next"/> of the page before; null for the first page.</summary>
    public long? Cursor { get; init; }

    /// <summary>Records on a page, 1 to <see cref="MaxLimit"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    public int Limit
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxLimit);
            field = value;
        }
    } = 100;

    /// <summary>Whether a record belongs to the answer, on any page.</summary>
    public bool Matches(LedgerEvent record) =>
        (Stream is null || record.Stream == Stream)
        && (StreamPrefix is null || record.Stream.StartsWith(StreamPrefix, StringComparison.Ordinal))
        && (Types.IsEmpty || Types.Any(type => IsOfType(record.Type, type)))
        && (Actor is null || record.Actor == Actor)
        && (Cause is null || record.Cause == Cause)
        && (From is null || record.At >= From)
        && (Until is null || record.At < Until);

    private static bool IsOfType(string type, string wanted)
        => type == wanted || (type.StartsWith(wanted, StringComparison.Ordinal) && EventType.TryParse(type, out var parsed)
            && parsed.Name == wanted);
}

/// <summary>One page of records.</summary>
/// <param name="Records">In the order asked for.</param>
/// <param name="Next">Cursor of the next page; null when this is the last one.</param>
public sealed record LedgerPage(ImmutableArray<LedgerEvent> Records, long? Next);
