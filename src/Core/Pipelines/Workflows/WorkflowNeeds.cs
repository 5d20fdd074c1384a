using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>Checks what jobs need: that it is there, and no circle.</summary>
internal static class WorkflowNeeds
{
    /// <summary>Reports unknown jobs, and the first circle.</summary>
    public static void Check(MappingNode jobs, WorkflowForm form)
    {
        var names = jobs.Entries.Select(entry => entry.Name).ToArray();
        var needs = new Dictionary<string, List<(string Job, SourcePosition At)>>(StringComparer.Ordinal);
        foreach (var entry in jobs.Entries)
        {
            var list = needs[entry.Name] = [];
            if (entry.Value is not MappingNode job || job.Find("needs") is not { } written) continue;
            foreach (var node in written.Value is SequenceNode items ? items.Items : [written.Value])
            {
                if (node is not ScalarNode { IsNull: false } scalar) continue;
                if (list.Exists(need => need.Job == scalar.Value))
                    form.Diagnostics.Error(WorkflowCodes.SameId, scalar.At, $"{entry.Name} needs {scalar.Value} twice");
                else if (names.Contains(scalar.Value)) list.Add((scalar.Value, scalar.At));
                else
                    form.Diagnostics.Error(WorkflowCodes.UnknownJob, scalar.At,
                        $"{entry.Name} needs {scalar.Value}, which is no job of this workflow",
                        "one of " + string.Join(", ", names.Where(name => name != entry.Name)),
                            NearestName.Of(scalar.Value, names.Where(name => name != entry.Name)));
            }
        }
        if (Circle(names, needs) is not [var first, ..] circle) return;
        var at = needs[circle[^1]].Find(need => need.Job == first).At;
        form.Diagnostics.Error(WorkflowCodes.Cycle, at, circle.Length == 1 ? $"{first} needs itself"
            : $"jobs need each other: {string.Join(" needs ", [.. circle, first])}");
    }

    /// <summary>Jobs of a circle, each needing the next and the last the first; empty when there is none.</summary>
    private static string[] Circle(string[] names, Dictionary<string, List<(string Job, SourcePosition At)>> needs)
    {
        // What needs nothing that is left is taken away, until only circles and what waits for them are left.
        var left = names.ToHashSet(StringComparer.Ordinal);
        while (left.RemoveWhere(name => !needs[name].Exists(need => left.Contains(need.Job))) > 0)
        {
        }
        if (left.Count == 0) return [];
        var path = new List<string> { names.First(left.Contains) };
        while (true)
        {
            var next = needs[path[^1]].Find(need => left.Contains(need.Job)).Job;
            if (path.IndexOf(next) is >= 0 and var start) return [.. path.Skip(start)];
            path.Add(next);
        }
    }
}
