using Fairway.Catalog;
using System.Text.Json.Serialization;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Workloads;

/// <summary>Where an instance is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InstancePhase>))]
public enum InstancePhase
{
    /// <summary>Running, not yet ready for the first time.</summary>
    Starting,

    /// <summary>Ready for traffic.</summary>
    Ready,

    /// <summary>Was ready, is not now.</summary>
    Unready,

    /// <summary>Ended by itself; will be started again after a delay.</summary>
    BackingOff,

    /// <summary>Asked to stop, still running.</summary>
    Stopping,

    /// <summary>Cannot be started at all (missing command, not executable…); see <see cref="InstanceView.Fault"/>.</summary>
    Failed,
}

/// <summary>Why an instance's process ended.</summary>
/// <param name="Code">Exit code; null when a signal ended it.</param>
/// <param name="Signal">Name such as <c>SIGKILL</c>; null when it exited.</param>
/// <param name="OutOfMemory">The kernel killed it at its memory limit.</param>
/// <param name="At">When it was found ended.</param>
/// <param name="LastOutput">Last lines of its output, at most 2,048 characters.</param>
/// <param name="Cause">Why the runtime ended it, such as a failed liveness check; null when it ended by itself.</param>
public sealed record ExitReason(int? Code, string? Signal, bool OutOfMemory, Instant At, string LastOutput, string? Cause = null)
{
    /// <summary>In words: <c>exited with code 3</c>, <c>killed by SIGSEGV</c>, <c>out of memory</c>.</summary>
    public override string ToString() => Cause ?? InWords();

    private string InWords() => OutOfMemory ? "out of memory"
        : Signal is not null ? $"killed by {Signal}"
        : Code is { } code ? $"exited with code {code}" : "ended for an unknown reason";
}

/// <summary>An instance as the runtime sees it.</summary>
/// <param name="Id">Unique for the life of the data folder, such as <c>production.shop-a-0-17</c>: environment, service, slot, ordinal,
/// effect id that created it.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="Ordinal">0 to count − 1.</param>
/// <param name="Release">The release's digest.</param>
/// <param name="Phase">Where it is in its life.</param>
/// <param name="Host">Address it listens on.</param>
/// <param name="Port">Port it was given; may change with a restart.</param>
/// <param name="Restarts">Starts after the first.</param>
/// <param name="Since">When <paramref name="Phase"/> began.</param>
/// <param name="Pid">Process id of the program; null when it is not running.</param>
/// <param name="LastExit">Of the last process that ended by itself.</param>
/// <param name="Fault">Why it cannot be started.</param>
/// <param name="Notice">Something a person should know, such as a limit that could not be enforced here.</param>
public sealed record InstanceView(
    string Id, SlotName Slot, int Ordinal, string Release, InstancePhase Phase, string Host, int Port, int Restarts, Instant Since,
    int? Pid, ExitReason? LastExit, Kernel.Fault? Fault, string? Notice)
{
    /// <summary>Where it answers by itself, such as <c>http://127.0.0.1:5001</c>.</summary>
    [JsonIgnore]
    public string Address => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"http://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
