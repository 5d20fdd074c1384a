using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Scrape;

/// <summary>A series of a target, known by the bytes the target writes it with.</summary>
/// <param name="key">Those bytes.</param>
/// <param name="hash">Of the bytes.</param>
/// <param name="labels">After relabelling; null when relabelling drops it.</param>
internal sealed class ScrapeSeries(byte[] key, ulong hash, Labels? labels) : RawEntry(key, hash)
{
    /// <summary>The store's number of the series.</summary>
    public long Series;

    /// <summary>After relabelling; null when it is not stored.</summary>
    public Labels? Labels { get; } = labels;

    /// <summary>Where it stood in the scrape it was seen in last.</summary>
    public int Position { get; set; }

    /// <summary>Whether its end is marked: not for samples to which the target gives times of its own.</summary>
    public bool MarksEnd { get; set; }

    /// <summary>What it shares its start time with; null when nothing tells one.</summary>
    public StartGroup? Group { get; set; }

    /// <summary>It is a <c>_created</c> line: its value is the group's start.</summary>
    public bool TellsStart { get; set; }

    /// <summary>The start time the store was told last.</summary>
    public long ToldStart { get; set; }
}

/// <summary>The series of one counter, histogram or summary, which began together.</summary>
internal sealed class StartGroup
{
    /// <summary>Milliseconds since 1970; zero when the target did not say.</summary>
    public long Start { get; set; }
}
