using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>Where and how processes are run.</summary>
public sealed record ProcessRuntimeOptions
{
    /// <summary>Folder for state, raw output and logs; made when missing.</summary>
    public required string Folder { get; init; }

    /// <summary>Where the files of an artifact digest are.</summary>
    public required Func<string, string> ArtifactFolder { get; init; }

    /// <summary>Address that instances are asked to listen on.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Ports given to instances; those the kernel uses for outgoing connections are left out.</summary>
    public PortRange Ports { get; init; } = new(20000, 29999);

    /// <summary>How often ends are looked for and deadlines met.</summary>
    public Duration Turn { get; init; } = Duration.FromMilliseconds(50);

    /// <summary>How often output is collected.</summary>
    public Duration CollectEvery { get; init; } = Duration.FromMilliseconds(100);

    /// <summary>Size at which a log file is closed and the next begun, in bytes.</summary>
    public long LogFileBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>Log files kept per instance.</summary>
    public int LogFiles { get; init; } = 5;

    /// <summary>Instances that are gone and whose logs are kept, per service; the oldest go first.</summary>
    public int KeepLogsOf { get; init; } = 20;

    /// <summary>How long processes of a dead release may take to end when they are found at the start.</summary>
    public Duration StrayGrace { get; init; } = Duration.FromSeconds(2);

    /// <summary>Where control groups are mounted.</summary>
    public string CgroupRoot { get; init; } = "/sys/fs/cgroup";
}
