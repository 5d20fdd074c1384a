using NodaTime;

namespace Fairway.Workloads;

/// <summary>What an instance's processes use of the machine.</summary>
/// <param name="Instance">The instance's id.</param>
/// <param name="CpuTime">CPU time since the instance's process started; begins again at 0 with a restart.</param>
/// <param name="MemoryBytes">Memory that cannot be dropped: anonymous pages and active file pages.</param>
/// <param name="MemoryLimitBytes">The limit in force; null when there is none.</param>
public sealed record InstanceUsage(string Instance, Duration CpuTime, long MemoryBytes, long? MemoryLimitBytes);
