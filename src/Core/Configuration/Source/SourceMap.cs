namespace Fairway.Configuration;

/// <summary>Where the parts of something bound stand, by path such as <c>rollout.steps[2].weight</c>.</summary>
/// <param name="positions">Position by path; the empty path is the whole.</param>
public sealed class SourceMap(ImmutableDictionary<string, SourcePosition> positions)
{
    /// <summary>Position of a part; of the nearest part around it when it is not written in the file; null when nothing of it is.</summary>
    public SourcePosition? Find(string path)
    {
        for (var at = path; ; at = Parent(at))
        {
            if (positions.TryGetValue(at, out var position)) return position;
            if (at.Length == 0) return null;
        }
    }

    private static string Parent(string path)
    {
        var end = path.LastIndexOfAny(['.', '[']);
        return end < 0 ? "" : path[..end];
    }
}
