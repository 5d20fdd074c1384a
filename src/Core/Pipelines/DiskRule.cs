using NodaTime;

namespace Fairway.Pipelines;

/// <summary>The room on a file system where jobs have their files.</summary>
/// <param name="FreeBytes">What may still be written.</param>
/// <param name="TotalBytes">Its size.</param>
public sealed record DiskRoom(long FreeBytes, long TotalBytes)
{
    /// <summary>Most that is kept free for the rest of the machine.</summary>
    public const long MostReserved = 2L << 30;

    /// <summary>What is kept free for the rest of the machine: a twentieth of the file system, at most 2 GiB.</summary>
    public long ReservedBytes => Math.Min(MostReserved, TotalBytes / 20);

    /// <summary>Whether jobs have to leave.</summary>
    public bool IsShort => FreeBytes < ReservedBytes;
}

/// <summary>What is known of the disk space that a job uses.</summary>
/// <param name="LimitBytes">What it may use.</param>
/// <param name="FreeBytes">What was free when it was last measured, or when it began.</param>
/// <param name="MeasuredAt">When that was.</param>
public sealed record DiskUse(long LimitBytes, long FreeBytes, Instant MeasuredAt)
{
    /// <summary>What it used then; 0 before it was measured.</summary>
    public long UsedBytes { get; init; }

    /// <summary>How long measuring took.</summary>
    public Duration Cost { get; init; }

    /// <summary>What it can use by now: all that went since may be its own.</summary>
    public long AtMost(DiskRoom room) => UsedBytes + Math.Max(0, FreeBytes - room.FreeBytes);
}

/// <summary>
/// When a job's files are measured and when it has to end. Measuring walks over all its files, so it happens when the room that went may have passed the limit, and
/// else seldom enough to cost at most a twentieth of one processor. Pure.
/// </summary>
public static class DiskRule
{
    /// <summary>How often the room is looked at, which costs one system call.</summary>
    public static readonly Duration Look = Duration.FromMilliseconds(200);

    private static readonly Duration Calm = Duration.FromSeconds(15);

    /// <summary>Whether a job's files are to be measured now.</summary>
    public static bool IsDue(DiskUse use, DiskRoom room, Instant now)
    {
        var pause = use.AtMost(room) > use.LimitBytes || room.IsShort ? use.Cost * 3 : Duration.Max(Calm, use.Cost * 20);
        return now - use.MeasuredAt >= pause;
    }

    /// <summary>Whether a job has to end for what it uses itself.</summary>
    public static bool IsOver(DiskUse use) => use.UsedBytes > use.LimitBytes;

    /// <summary>Which job has to end because there is no room: the one that uses the most; -1 for none.</summary>
    public static int Largest(IReadOnlyList<DiskUse> uses, DiskRoom room)
    {
        if (!room.IsShort) return -1;
        var largest = -1;
        for (var i = 0; i < uses.Count; i++)
            if (largest < 0 || uses[i].UsedBytes > uses[largest].UsedBytes) largest = i;
        return largest;
    }
}
