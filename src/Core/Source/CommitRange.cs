using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>What the commits between two say together.</summary>
/// <param name="Commits">How many; merges are not counted, what they merged is.</param>
/// <param name="Kinds">Their types by Conventional Commits, in lower case and order, none twice. Messages of no convention have none.</param>
/// <param name="IsBreaking">Whether one of them breaks something.</param>
/// <param name="Authors">Who wrote them, by name and in order, none twice.</param>
/// <param name="Files">Paths that differ between both, both names of a renamed file; null when there are too many to tell.</param>
public sealed record CommitRange(int Commits, ImmutableArray<string> Kinds, bool IsBreaking, ImmutableArray<string> Authors, ImmutableArray<string>? Files);

/// <summary>Adds up commits as they are read: of each no more is kept than what counts, so their number and messages may be large.</summary>
public sealed class CommitTally
{
    private const int LongestKind = 40;
    private const int LongestAuthor = 100;
    private readonly SortedSet<string> _kinds = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _authors = new(StringComparer.Ordinal);
    private bool _breaking;

    /// <summary>How many were added, without merges.</summary>
    public int Commits { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(CommitText commit)
    {
        if (commit.IsMerge) return;
        Commits++;
        if (PlainText.Of(commit.Author, LongestAuthor) is { Length: > 0 } author) _authors.Add(author);
        if (ConventionalCommitReader.Read(commit.Message).Commit is not { } read) return;
        _breaking |= read.IsBreaking;
        if (read.Type.Length <= LongestKind) _kinds.Add(read.Type.ToLowerInvariant());
    }

    /// <summary>All of them together.</summary>
    /// <param name="files">Paths that differ; null when they are not known.</param>
    public CommitRange With(ImmutableArray<string>? files) => new(Commits, [.. _kinds], _breaking, [.. _authors], files);
}
