namespace Fairway.Scanning;

/// <summary>Which packages have a known weakness.</summary>
public static class DependencyScan
{
    private const string Mending = "Take the version that mends it; where there is none yet, take the package out or write an exemption with an end.";

    /// <summary>What is found: one finding for each package at each place and each weakness, whatever its names.</summary>
    public static ImmutableArray<Finding> Scan(IReadOnlyCollection<Package> packages, IReadOnlyCollection<OsvEntry> entries)
    {
        var byName = entries.Where(entry => !entry.IsWithdrawn).SelectMany(entry => entry.Affected.Select(affected => (entry, affected)))
            .ToLookup(row => (row.affected.Kind, row.affected.Name));
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var package in packages)
        {
            var hits = byName[(package.Kind, package.ComparedName)].Where(row => Affects(row.affected, package))
                .GroupBy(row => row.entry.Id, StringComparer.Ordinal).Select(group => (group.First().entry, Fix: FixOf(group.Select(row => row.affected), package))).ToList();
            foreach (var same in SameWeakness(hits)) findings.Add(ToFinding(package, same));
        }
        return findings.ToImmutable();
    }

    /// <summary>The rules of what was found: each weakness is one.</summary>
    public static ImmutableArray<ScanRule> RulesOf(IEnumerable<Finding> findings)
        => [.. findings.GroupBy(finding => finding.Rule, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new ScanRule(group.Key, group.First().Message, group.Max(finding => finding.Severity), Mending))];

    /// <summary>Whether a package is affected, as the OSV schema's "evaluation" section says.</summary>
    public static bool Affects(OsvAffected affected, Package package)
    {
        if (affected.Kind != package.Kind || affected.Name != package.ComparedName) return false;
        if (affected.Release.Length > 0 && package.Release is { } release && affected.Release != release) return false;
        var version = package.ComparedVersion;
        if (affected.Versions.Contains(version)) return true;
        // The list may write the same version otherwise: 1.0 and 1.0.0.
        if (affected.Versions.Any(listed => PackageVersion.Compare(package.Kind, listed, version) == 0)) return true;
        return affected.Ranges.Any(range => IsIn(range, package.Kind, version));
    }

    private static bool IsIn(ImmutableArray<OsvEvent> range, PackageKind kind, string version)
    {
        var limits = range.Where(happens => happens.Kind == "limit").ToArray();
        if (limits.Length > 0 && !limits.Any(limit => limit.Version == "*" || PackageVersion.Compare(kind, version, limit.Version) < 0)) return false;
        var affected = false;
        foreach (var happens in range.Where(happens => happens.Kind != "limit").Order(Comparer<OsvEvent>.Create((one, other) => Order(kind, one, other))))
        {
            var order = happens.Version == "0" ? 1 : PackageVersion.Compare(kind, version, happens.Version);
            affected = happens.Kind switch
            {
                "introduced" => affected || order >= 0,
                "fixed" => affected && order < 0,
                _ => affected && order <= 0,
            };
        }
        return affected;
    }

    // "0" is before every version. What ends at a version ends before what begins there.
    private static int Order(PackageKind kind, OsvEvent one, OsvEvent other)
    {
        var byVersion = one.Version == other.Version ? 0 : one.Version == "0" ? -1 : other.Version == "0" ? 1 : PackageVersion.Compare(kind, one.Version, other.Version);
        return byVersion != 0 ? byVersion : Rank(one) - Rank(other);

        static int Rank(OsvEvent happens) => happens.Kind switch { "fixed" => 0, "introduced" => 1, _ => 2 };
    }

    private static string? FixOf(IEnumerable<OsvAffected> affected, Package package)
        => affected.Where(one => Affects(one, package)).SelectMany(one => one.Ranges).SelectMany(range => range).Where(happens => happens.Kind == "fixed")
            .Select(happens => happens.Version).Where(version => PackageVersion.Compare(package.Kind, version, package.ComparedVersion) > 0)
            .Order(Comparer<string>.Create((one, other) => PackageVersion.Compare(package.Kind, one, other))).FirstOrDefault();

    // Databases list one weakness under several ids that name each other.
    private static IEnumerable<List<(OsvEntry Entry, string? Fix)>> SameWeakness(List<(OsvEntry Entry, string? Fix)> hits)
    {
        var groups = new List<(HashSet<string> Names, List<(OsvEntry, string?)> Hits)>();
        foreach (var hit in hits.OrderBy(hit => hit.Entry.Id, StringComparer.Ordinal))
        {
            var names = hit.Entry.Aliases.Append(hit.Entry.Id).ToHashSet(StringComparer.Ordinal);
            var joined = new List<(OsvEntry, string?)> { hit };
            foreach (var group in groups.Where(group => group.Names.Overlaps(names)).ToArray())
            {
                names.UnionWith(group.Names);
                joined.InsertRange(0, group.Hits);
                groups.Remove(group);
            }
            groups.Add((names, joined));
        }
        return groups.Select(group => group.Hits);
    }

    private static Finding ToFinding(Package package, List<(OsvEntry Entry, string? Fix)> same)
    {
        var worst = same.MaxBy(hit => (hit.Entry.Score ?? -1, hit.Entry.Severity)).Entry;
        var first = same[0].Entry;
        var summary = same.Select(hit => hit.Entry.Summary).FirstOrDefault(text => text.Length > 0) ?? "known weakness";
        var fix = same.Select(hit => hit.Fix).FirstOrDefault(version => version is not null);
        return new(first.Id, worst.Severity, $"{package.Name} {package.Version}: {summary} ({first.Id})", package.Path, package.Line)
        {
            Score = worst.Score,
            Package = package.Purl,
            Subject = package.Name,
            Mend = fix is null ? "No version mends it yet." : $"Take {fix} or newer.",
            Aliases = [.. same.SelectMany(hit => hit.Entry.Aliases.Append(hit.Entry.Id)).Where(name => name != first.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Fingerprint = $"{package.Path}:{package.Purl}:{first.Id}",
        };
    }
}
