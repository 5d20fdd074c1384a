using Fairway.Kernel;

namespace Fairway.Groups;

/// <summary>Services that are shipped as one, as <c>fairway.yaml</c> has them.</summary>
/// <param name="Name">Such as <c>checkout</c>.</param>
/// <param name="Services">Their names, in order.</param>
public sealed record GroupSettings(string Name, ImmutableArray<string> Services)
{
    /// <summary>Most services of a group.</summary>
    public const int Most = 50;

    /// <summary>Whether they ship side by side; else one after the other.</summary>
    public bool Parallel { get; init; }

    /// <summary>By a service, those that must have all their traffic before it begins. Where anything is said here, nothing else orders them.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> After { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>What comes just before a service.</summary>
    public ImmutableArray<string> Before(string service)
    {
        if (!After.IsEmpty) return After.GetValueOrDefault(service, []);
        var index = Services.IndexOf(service);
        return Parallel || index <= 0 ? [] : [Services[index - 1]];
    }
}
