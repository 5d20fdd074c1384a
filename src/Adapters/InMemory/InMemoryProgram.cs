using Fairway.Kernel;
using NodaTime;

namespace Fairway.Adapters.InMemory;

/// <summary>How the instances of a release behave where nothing really runs.</summary>
public sealed record InMemoryProgram
{
    /// <summary>From start to ready.</summary>
    public Duration ReadyAfter { get; init; } = Duration.FromSeconds(1);

    /// <summary>It runs and never becomes ready.</summary>
    public bool NeverReady { get; init; }

    /// <summary>It ends by itself this long after each start; null is never. Before <see cref="ReadyAfter"/> it ends without having been ready.</summary>
    public Duration? ExitsAfter { get; init; }

    /// <summary>With this code.</summary>
    public int ExitCode { get; init; } = 1;

    /// <summary>It cannot be started at all.</summary>
    public Fault? CannotStart { get; init; }

    /// <summary>From TERM to its end.</summary>
    public Duration StopsAfter { get; init; } = Duration.FromMilliseconds(100);

    /// <summary>Share of its requests that fail, 0 to 1.</summary>
    public double ErrorRatio { get; init; }

    /// <summary>Share of requests answered slowly.</summary>
    public double SlowRatio { get; init; }

    /// <summary>Starts at once, answers well, never ends.</summary>
    public static InMemoryProgram Good { get; } = new();
}
