namespace Fairway.Pipelines.Workflows;

/// <summary>Paths inside the checkout.</summary>
internal static class WorkflowPaths
{
    /// <summary>Without <c>.</c>, <c>..</c> and doubled <c>/</c>; null when it leads out.</summary>
    public static string? Normal(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal) || path.Contains('\\', StringComparison.Ordinal)) return null;
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }
}
