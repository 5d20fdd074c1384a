using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>What a run uses: of its control group, or where there is none, of the processes in its session.</summary>
internal static class UsageOf
{
    private static readonly long TicksPerSecond = Posix.SystemConfiguration(Posix.ClockTicksPerSecond);

    /// <summary>The use, or null when nothing of it is left.</summary>
    /// <param name="instance">The instance's id.</param>
    /// <param name="group">Its control group.</param>
    /// <param name="session">Its session.</param>
    public static InstanceUsage? Run(string instance, Cgroup? group, int session)
    {
        if (group?.Usage() is { } used) return new(instance, used.Cpu, used.Memory, used.Limit);
        var members = ProcessTable.All().Where(entry => entry.Session == session).ToList();
        if (members.Count == 0) return null;
        return new(
            instance, Duration.FromSeconds(members.Sum(entry => entry.CpuTicks) / (double)TicksPerSecond), members.Sum(entry => entry.ResidentPages) * Environment.SystemPageSize, null);
    }
}
