namespace Fairway.Tidy.Rules;

/// <summary>Folders (namespaces) of one assembly must not need each other in a circle, or neither can be read alone.</summary>
internal static class Cycles
{
    public static IEnumerable<string> Check(IEnumerable<Arrow> arrows, string assembly)
    {
        var inside = arrows.Where(a => a.From.Assembly == assembly && a.To.Assembly == assembly)
            .Select(a => new Arrow(Folded(a.From), Folded(a.To))).Where(a => a.From.Namespace != a.To.Namespace).ToArray();
        var edges = inside.ToLookup(a => a.From.Namespace, a => a.To.Namespace);
        var names = inside.SelectMany(a => new[] { a.From.Namespace, a.To.Namespace }).Distinct().Order(StringComparer.Ordinal).ToArray();
        var reach = names.ToDictionary(n => n, n => Reachable(n, edges));
        foreach (var first in names)
        {
            foreach (var second in names.Where(n => string.CompareOrdinal(first, n) < 0))
            {
                if (!reach[first].Contains(second) || !reach[second].Contains(first)) continue;
                var there = inside.FirstOrDefault(a => a.From.Namespace == first && a.To.Namespace == second);
                var back = inside.FirstOrDefault(a => a.From.Namespace == second && a.To.Namespace == first);
                if (there is null || back is null) continue;
                yield return $"{first} and {second} need each other: {there.From} uses {there.To}, and {back.From} uses {back.To}";
            }
        }

        foreach (var name in names.Where(n => reach[n].Contains(n)))
        {
            var direct = edges[name].Any(to => edges[to].Contains(name));
            if (!direct) yield return $"{name} is part of a circle of folders: {string.Join(" → ", Path(name, edges))}";
        }
    }

    /// <summary>A folder and what is below it are one capability: <c>Fairway.Rollouts.Strategies</c> is <c>Fairway.Rollouts</c>.</summary>
    private static TypeName Folded(TypeName type) => type with { Namespace = string.Join('.', type.Namespace.Split('.').Take(2)) };

    private static HashSet<string> Reachable(string from, ILookup<string, string> edges)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(edges[from]);
        while (open.TryPop(out var name))
            if (seen.Add(name))
                foreach (var next in edges[name]) open.Push(next);
        return seen;
    }

    private static ImmutableArray<string> Path(string start, ILookup<string, string> edges)
    {
        var open = new Queue<ImmutableArray<string>>([[start]]);
        while (open.TryDequeue(out var path))
        {
            foreach (var next in edges[path[^1]].Distinct())
            {
                if (next == start) return path.Add(next);
                if (!path.Contains(next)) open.Enqueue(path.Add(next));
            }
        }

        return [start];
    }
}
