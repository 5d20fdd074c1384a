using NodaTime;

namespace Fairway.Pipelines;

/// <summary>What a job can reach of the network.</summary>
public enum NetworkPolicy
{
    /// <summary>Only itself and its services: an interface of its own with nothing but the loopback.</summary>
    None,

    /// <summary>What the machine can reach.</summary>
    Full,
}

/// <summary>Where a job's steps run.</summary>
public enum SandboxKind
{
    /// <summary>In a container when the job names an image, else as processes with namespaces of their own.</summary>
    Auto,

    /// <summary>As processes with namespaces of their own.</summary>
    Process,

    /// <summary>In a container by Podman.</summary>
    Podman,
}

/// <summary>When an image is fetched from its registry.</summary>
public enum PullPolicy
{
    /// <summary>When it is not on this machine.</summary>
    Missing,

    /// <summary>Before every run that uses it.</summary>
    Always,

    /// <summary>Never: it must be on this machine.</summary>
    Never,
}

/// <summary>How a container is made of its image.</summary>
public sealed record ContainerSettings
{
    /// <summary>When the image is fetched.</summary>
    public PullPolicy Pull { get; init; } = PullPolicy.Missing;

    /// <summary>Whether its files cannot be changed; <c>/tmp</c>, <c>/var/tmp</c>, <c>/run</c> and a job's workspace can.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Folders that are kept in memory: absolute paths.</summary>
    public ImmutableArray<string> Tmpfs { get; init; } = [];

    /// <summary>Size of <c>/dev/shm</c> in bytes; null is Podman's own, 64 MiB.</summary>
    public long? SharedMemoryBytes { get; init; }
}

/// <summary>What a job may reach and use.</summary>
public sealed record SandboxPolicy
{
    /// <summary>Where its steps run.</summary>
    public SandboxKind Kind { get; init; } = SandboxKind.Auto;

    /// <summary>Image of its container; null is none. A template.</summary>
    public string? Image { get; init; }

    /// <summary>How that container is made; without an image it means nothing.</summary>
    public ContainerSettings Container { get; init; } = new();

    /// <summary>What it can reach.</summary>
    public NetworkPolicy Network { get; init; } = NetworkPolicy.Full;

    /// <summary>Memory in bytes; null is no limit of its own.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Cores; null is no limit of its own.</summary>
    public double? Cpus { get; init; }

    /// <summary>Most processes and threads at once.</summary>
    public int Processes { get; init; } = 1024;

    /// <summary>Disk space in bytes that the workspace, the home folder and the temporary files may use together, the checkout included.</summary>
    public long DiskBytes { get; init; } = 20L << 30;
}

/// <summary>When what a job made before is taken instead of running it.</summary>
public sealed record CachePolicy
{
    /// <summary>Whether at all. A job that needs the network, the time or luck should say no.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Commands whose output says which tools it uses, such as <c>node --version</c>: another answer makes it run again.</summary>
    public ImmutableArray<ImmutableArray<string>> Tools { get; init; } = [];
}

/// <summary>What happens after an attempt that failed.</summary>
public sealed record RetryPolicy
{
    /// <summary>Most attempts after the first.</summary>
    public int Times { get; init; }

    /// <summary>Pause before the second attempt; it doubles each time.</summary>
    public Duration Wait { get; init; } = Duration.FromSeconds(1);
}
