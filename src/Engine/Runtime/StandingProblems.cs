using System.Collections.Concurrent;

namespace Fairway.Runtime;

/// <summary>What keeps a part from its work, by what it is about. Each stands until what it is about succeeds. Safe for any thread.</summary>
public sealed class StandingProblems
{
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    /// <summary>The first of them, by what they are about; null is none.</summary>
    public string? First => _problems.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => one.Value).FirstOrDefault();

    /// <summary>Notes how something went.</summary>
    /// <param name="about">What.</param>
    /// <param name="problem">In a sentence; null when it went well.</param>
    public void Note(string about, string? problem)
    {
        if (problem is null) _problems.TryRemove(about, out _);
        else _problems[about] = problem;
    }
}
