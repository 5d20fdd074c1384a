using System.Globalization;

namespace Fairway.Adapters.Processes;

/// <summary>
/// Makes control groups under this process's own group, so limits set on Fairway hold for its instances too. Knows version 1 (a hierarchy
/// per controller) and version 2 (one hierarchy; this process steps aside into a leaf so that controllers can be handed down).
/// </summary>
internal sealed class Cgroups
{
    private const string Ours = "fairway";
    private const string Aside = "fairway.self";
    private const string Subtree = "cgroup.subtree_control";
    private const int PeriodMicroseconds = 100_000;
    private readonly string _root;
    private readonly int _version;
    private readonly Dictionary<string, string> _own = new(StringComparer.Ordinal);

    /// <summary>Looks at what the machine offers.</summary>
    /// <param name="root">Where cgroups are mounted, <c>/sys/fs/cgroup</c>.</param>
    /// <param name="self">Content of <c>/proc/self/cgroup</c>.</param>
    public Cgroups(string root, string self)
    {
        _root = root;
        _version = File.Exists(Path.Combine(root, "cgroup.controllers")) ? 2 : Directory.Exists(Path.Combine(root, "memory")) ? 1 : 0;
        foreach (var line in self.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(':', 3);
            if (parts.Length != 3) continue;
            foreach (var controller in parts[1].Split(',')) _own[controller] = parts[2];
        }
    }

    /// <summary>A group for a run, with its limits; the notice says which limit is not enforced and why.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="memoryBytes">Most memory; null is no limit.</param>
    /// <param name="cpus">Most cores; null is no limit.</param>
    /// <param name="processes">Most processes; null is no limit.</param>
    /// <param name="isMeasured">Whether anybody asks what it uses: in version 1 that takes a group of each controller, whatever is limited.</param>
    public (Cgroup? Group, string? Notice) Create(string name, long? memoryBytes, double? cpus, int? processes = null, bool isMeasured = true)
    {
        var notices = new List<string>();
        var group = _version switch
        {
            1 => new Cgroup(
                1, isMeasured || memoryBytes is not null ? FolderV1("memory", name) : null, isMeasured || cpus is not null ? FolderV1("cpu", name) : null,
                isMeasured ? FolderV1("cpuacct", name) : null)
            {
                Pids = processes is null ? null : FolderV1("pids", name),
            },
            2 => CreateV2(name, processes is not null),
            _ => null,
        };
        if (processes is { } most && !LimitProcesses(group, most)) notices.Add($"the limit of {most} processes");
        if (memoryBytes is { } memory && !LimitMemory(group, memory)) notices.Add($"the memory limit of {memory / (1024 * 1024)} MiB");
        if (cpus is { } cores && !LimitCpu(group, cores))
            notices.Add(string.Create(CultureInfo.InvariantCulture, $"the CPU limit of {cores:0.##}"));
        var none = group is null || !group.Folders().Any();
        return (none ? null : group, notices.Count == 0 ? null
            : $"{string.Join(" and ", notices)} cannot be enforced here: {Reason()}");
    }

    /// <summary>Says that a program could not join its group.</summary>
    public static string Uncontained => "limits are not enforced and use is not measured: the program could not join its control group";

    /// <summary>Groups whose name begins so and that no run owns any more, one folder each.</summary>
    public IEnumerable<Cgroup> Abandoned(string prefix, IReadOnlySet<string> kept)
    {
        var parents = new[] { Parent("memory"), Parent("cpu"), Parent("cpuacct"), Parent("pids"), Parent("") }.OfType<string>();
        foreach (var parent in parents.Distinct(StringComparer.Ordinal))
        {
            if (!Directory.Exists(parent)) continue;
            foreach (var folder in Directory.EnumerateDirectories(parent))
                if (Path.GetFileName(folder).StartsWith(prefix, StringComparison.Ordinal) && !kept.Contains(folder))
                    yield return new(_version, folder, null, null);
        }
    }

    private string Reason() => _version switch
    {
        0 => $"no control groups are mounted at {_root}",
        1 => $"this user may not make control groups under {Parent("memory")}; "
            + "run as root, or have an administrator hand the folder to this user",
        _ => $"this user may not hand controllers down under {Parent("")}; run Fairway as a systemd service with Delegate=yes",
    };

    // Where this process is not at the mount's root as the kernel names it (a container without a cgroup namespace), the mount shows its
    // own group.
    private string? Parent(string controller)
    {
        if (_version == 0 || (_version == 2) != (controller.Length == 0)) return null;
        var mount = _version == 2 ? _root : Path.Combine(_root, controller);
        var own = _own.GetValueOrDefault(controller, "/");
        if (own.EndsWith('/' + Aside, StringComparison.Ordinal)) own = own[..^(Aside.Length + 1)];
        var folder = Path.Combine(mount, own.TrimStart('/'));
        return Path.Combine(Directory.Exists(folder) ? folder : mount, Ours);
    }

    private string? FolderV1(string controller, string name)
    {
        var parent = Parent(controller)!;
        return Directory.Exists(Path.GetDirectoryName(parent)) ? Make(Path.Combine(parent, name)) : null;
    }

    private Cgroup? CreateV2(string name, bool countProcesses)
    {
        var parent = Parent("")!;
        if (Make(parent) is null) return null;
        var handedDown = HandDown(Path.GetDirectoryName(parent)!) && Write(parent, Subtree, "+memory +cpu");
        var folder = Make(Path.Combine(parent, name));
        if (folder is null) return null;
        var counted = countProcesses && Write(Path.GetDirectoryName(parent)!, Subtree, "+pids") && Write(parent, Subtree, "+pids");
        return (handedDown ? new Cgroup(2, folder, folder, folder) : new(2, null, null, folder)) with { Pids = counted ? folder : null };
    }

    // A version 2 group may either hold processes or hand controllers down, so those of this service step into a leaf first.
    private static bool HandDown(string own)
    {
        if (Write(own, Subtree, "+memory +cpu")) return true;
        var procs = Path.Combine(own, "cgroup.procs");
        if (!File.Exists(procs)) return false;
        var pids = File.ReadAllLines(procs);
        if (!pids.All(IsOurs) || Make(Path.Combine(own, Aside)) is not { } leaf) return false;
        return pids.All(pid => Write(leaf, "cgroup.procs", pid)) && Write(own, Subtree, "+memory +cpu");
    }

    private static bool IsOurs(string pid)
    {
        for (var at = int.Parse(pid, CultureInfo.InvariantCulture); at > 1; at = ProcessTable.Find(at)?.Parent ?? 0)
            if (at == Environment.ProcessId) return true;
        return false;
    }

    private static bool LimitMemory(Cgroup? group, long bytes)
    {
        if (group?.Memory is not { } folder) return false;
        var text = bytes.ToString(CultureInfo.InvariantCulture);
        if (group.Version == 1)
        {
            var limited = Write(folder, "memory.limit_in_bytes", text);
            if (File.Exists(Path.Combine(folder, "memory.memsw.limit_in_bytes")))
                limited &= Write(folder, "memory.memsw.limit_in_bytes", text);
            return limited;
        }

        if (File.Exists(Path.Combine(folder, "memory.swap.max"))) Write(folder, "memory.swap.max", "0");
        return Write(folder, "memory.max", text);
    }

    private static bool LimitProcesses(Cgroup? group, int most)
        => group?.Pids is { } folder && Write(folder, "pids.max", most.ToString(CultureInfo.InvariantCulture));

    private static bool LimitCpu(Cgroup? group, double cpus)
    {
        if (group?.Cpu is not { } folder) return false;
        var quota = Math.Max(1000, (long)(cpus * PeriodMicroseconds)).ToString(CultureInfo.InvariantCulture);
        return group.Version == 1
            ? Write(folder, "cpu.cfs_period_us", PeriodMicroseconds.ToString(CultureInfo.InvariantCulture))
                && Write(folder, "cpu.cfs_quota_us", quota)
            : Write(folder, "cpu.max", $"{quota} {PeriodMicroseconds}");
    }

    // Twice, because the parent may be removed with its last group at just this moment.
    private static string? Make(string folder) => TryMake(folder) ?? TryMake(folder);

    private static string? TryMake(string folder)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null; // The caller says which limit that costs.
        }
    }

    private static bool Write(string folder, string file, string text)
    {
        try
        {
            File.WriteAllText(Path.Combine(folder, file), text);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false; // The caller says which limit that costs.
        }
    }
}
