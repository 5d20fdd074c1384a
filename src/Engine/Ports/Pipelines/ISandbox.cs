using Fairway.Kernel;
using Fairway.Pipelines;

namespace Fairway.Ports;

/// <summary>
/// Makes places for jobs to run in, apart from this machine and from each other. What runs in one ends when it is closed, and also when this process
/// is killed.
/// </summary>
public interface ISandbox
{
    /// <summary>Which kind it makes.</summary>
    SandboxKind Kind { get; }

    /// <summary>Why it cannot be used on this machine, in words; null when it can.</summary>
    Task<Fault?> CheckAsync(CancellationToken cancellation);

    /// <summary>Finds out which images are meant by their names, and fetches those that are to be fetched.</summary>
    /// <returns>One for each name, in their order; or why one cannot be had.</returns>
    Task<(ImmutableArray<PinnedImage> Images, Fault? Fault)> PinAsync(ImmutableArray<WantedImage> images, CancellationToken cancellation);

    /// <summary>Makes a sandbox, or says why there can be none.</summary>
    Task<(ISandboxSession? Session, Fault? Fault)> OpenAsync(SandboxRequest request, CancellationToken cancellation);

    /// <summary>Removes what processes that were killed left behind, unless their owner still lives.</summary>
    Task SweepAsync(CancellationToken cancellation);
}

/// <summary>An image that a job or one of its services is to run in.</summary>
/// <param name="Reference">Its name, without templates.</param>
/// <param name="Pull">When it is fetched.</param>
public sealed record WantedImage(string Reference, PullPolicy Pull);

/// <summary>A sandbox that is wanted.</summary>
/// <param name="Id">Unique among sandboxes that exist: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.</param>
/// <param name="Policy">What it may reach and use. Its image has no templates any more.</param>
/// <param name="Services">Programs beside it. Without templates.</param>
/// <param name="Environment">Variables of every command.</param>
public sealed record SandboxRequest(
    string Id, SandboxPolicy Policy, ImmutableArray<JobService> Services, ImmutableSortedDictionary<string, string> Environment)
{
    /// <summary>What the names of images stand for: one for each that the policy or a service names.</summary>
    public ImmutableArray<PinnedImage> Images { get; init; } = [];

    /// <summary>Folders of this machine that are shown as they are, read-only: absolute paths.</summary>
    public ImmutableArray<string> Shown { get; init; } = [];

    /// <summary>Fills the empty workspace, before anything can run in it; the argument is its folder on this machine.</summary>
    public Func<string, CancellationToken, Task<Fault?>> Fill { get; init; } = (_, _) => Task.FromResult<Fault?>(null);
}

/// <summary>An open sandbox. For one command at a time. Closing it ends everything in it and removes its files.</summary>
public interface ISandboxSession : IAsyncDisposable
{
    /// <summary>
    /// The workspace on this machine. What runs in the sandbox writes here too: never follow a link in it.
    /// </summary>
    string Workspace { get; }

    /// <summary>The home folder on this machine; the same holds.</summary>
    string Home { get; }

    /// <summary>Where programs are looked for in it: the <c>PATH</c> that commands have when nothing is said.</summary>
    string SearchPath { get; }

    /// <summary>A limit that is not enforced here, and why; null when all are.</summary>
    string? Notice { get; }

    /// <summary>Runs a command to its end. Both of its streams go to <paramref name="output"/> as they come; it is not called for two pieces at once.</summary>
    /// <param name="command">What.</param>
    /// <param name="output">Takes a piece; the command waits while it does.</param>
    /// <param name="cancellation">Stops waiting; the command runs on until the sandbox is closed.</param>
    Task<SandboxExit> RunAsync(SandboxCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation);

    /// <summary>Runs a container on the workspace to its end, with the network of the sandbox; the rest is as with a command.</summary>
    /// <param name="container">What.</param>
    /// <param name="output">Takes a piece; the container waits while it does.</param>
    /// <param name="cancellation">Stops waiting; the container runs on until the sandbox is closed.</param>
    Task<SandboxExit> RunContainerAsync(SandboxContainer container, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation);

    /// <summary>Ends everything that runs in it: TERM, and KILL after the grace. The files stay.</summary>
    Task StopAsync(NodaTime.Duration grace);
}

/// <summary>A command of a sandbox.</summary>
/// <param name="Script">Text of the script. Never in an argument, so no secret in it can be seen in a process list.</param>
/// <param name="Shell">Argument vector of what reads it; <c>{0}</c> is the script's file.</param>
/// <param name="WorkingDirectory">Relative to the workspace; empty is its root.</param>
/// <param name="Environment">Variables besides the sandbox's own.</param>
/// <param name="Timeout">Longest time; null is none of its own.</param>
public sealed record SandboxCommand(
    string Script, ImmutableArray<string> Shell, string WorkingDirectory, ImmutableSortedDictionary<string, string> Environment, NodaTime.Duration? Timeout = null);

/// <summary>A container that is one step of a job.</summary>
/// <param name="Image">Its image.</param>
/// <param name="Entrypoint">What runs in it; null is the image's own.</param>
/// <param name="Arguments">Its arguments; null is the image's own.</param>
/// <param name="Environment">Variables besides the image's own.</param>
/// <param name="Timeout">Longest time; null is none of its own.</param>
public sealed record SandboxContainer(
    PinnedImage Image, string? Entrypoint, ImmutableArray<string>? Arguments, ImmutableSortedDictionary<string, string> Environment, NodaTime.Duration? Timeout = null);

/// <summary>How a command of a sandbox ended.</summary>
/// <param name="Code">Exit code; null when there is none.</param>
/// <param name="TimedOut">Whether its own time was over.</param>
/// <param name="Fault">Why it could not be run, or the sandbox ended; null when it was run.</param>
public sealed record SandboxExit(int? Code, bool TimedOut, Fault? Fault)
{
    /// <summary>What it wrote to the file named by <c>FAIRWAY_OUTPUT</c>.</summary>
    public string Output { get; init; } = "";

    /// <summary>What it wrote to the file named by <c>FAIRWAY_ENV</c>.</summary>
    public string Variables { get; init; } = "";

    /// <summary>What it wrote to the file named by <c>FAIRWAY_PATH</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary>What it wrote to the file named by <c>FAIRWAY_STEP_SUMMARY</c>.</summary>
    public string Summary { get; init; } = "";
}
