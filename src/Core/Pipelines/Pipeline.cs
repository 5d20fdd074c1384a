namespace Fairway.Pipelines;

/// <summary>
/// A pipeline as it was written: what runs, in which order, and when. Texts marked as templates may hold <c>${{ }}</c> and those marked as
/// expressions are one; they are evaluated when a run gets there, so this is data only.
/// </summary>
public sealed record Pipeline
{
    /// <summary>Names it in streams, file names and commands: lower-case letters, digits and hyphens, at most 40.</summary>
    public required string Name { get; init; }

    /// <summary>Name for people; null is <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>The file it was read from, relative to the checkout; empty when it was not read from a file.</summary>
    public string Origin { get; init; } = "";

    /// <summary>What starts it.</summary>
    public PipelineTriggers On { get; init; } = new();

    /// <summary>Stages in their order; empty when jobs name what they need. A job without <c>needs</c> waits for every job of the stages before its own.</summary>
    public ImmutableArray<string> Stages { get; init; } = [];

    /// <summary>Jobs in the order of the file.</summary>
    public ImmutableArray<PipelineJob> Jobs { get; init; } = [];

    /// <summary>Variables of every step. Templates.</summary>
    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Runs of one group do not overlap; null is any number at once.</summary>
    public Concurrency? Concurrency { get; init; }

    /// <summary>How steps run where neither job nor step says it.</summary>
    public StepDefaults Defaults { get; init; } = new();

    /// <summary>Most jobs at once; null is as many as the machine has cores.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>The job of that id; null when there is none.</summary>
    public PipelineJob? Find(string job)
    {
        foreach (var known in Jobs)
            if (known.Id == job) return known;
        return null;
    }
}

/// <summary>How a step's script runs.</summary>
/// <param name="Shell">Name or command line of the shell; null is <c>sh -e</c>.</param>
/// <param name="WorkingDirectory">Relative to the checkout; null is its root. A template.</param>
public sealed record StepDefaults(string? Shell = null, string? WorkingDirectory = null);

/// <summary>What waits its turn in a concurrency group.</summary>
public enum QueueMode
{
    /// <summary>One runs and one waits: whoever comes next takes the place of the one that waits, which is cancelled.</summary>
    Latest,

    /// <summary>One runs, all others wait in the order they came, at most <see cref="Concurrency.MostWaiting"/>; one more is refused.</summary>
    All,

    /// <summary>Nobody waits: whoever comes cancels the one that runs.</summary>
    Replace,
}

/// <summary>A group of runs or jobs of which only one runs at a time.</summary>
/// <param name="Group">Name of the group. A template.</param>
/// <param name="Queue">What the others do.</param>
public sealed record Concurrency(string Group, QueueMode Queue = QueueMode.Latest)
{
    /// <summary>An expression that says, when it is true, that a newer one cancels the one that runs; null is what <see cref="Queue"/> says.</summary>
    public string? ReplaceIf { get; init; }

    /// <summary>Most that wait in one group.</summary>
    public const int MostWaiting = 100;
}
