using Fairway.Api;
using Fairway.Client;
using Fairway.Rollouts;

namespace Fairway.Serve;

/// <summary>How a control plane runs.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Everything it keeps.</summary>
    public required DataFolder Data { get; init; }

    /// <summary>The configuration file; null is a control plane that deploys nothing new.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Whether it keeps an edge running.</summary>
    public bool Edge { get; init; } = true;

    /// <summary>Where console and API are besides the Unix socket; null is nowhere.</summary>
    public ConsoleListen? Listen { get; init; }

    /// <summary>How this program is started, for the edge: program and arguments before the verb.</summary>
    public ImmutableArray<string> Program { get; init; } = OwnProgram();

    /// <summary>How often the engine looks and how long it waits.</summary>
    public EngineSettings Engine { get; init; } = new();

    /// <summary>Where time comes from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told what a person who looks at the process's output should see.</summary>
    public Action<string> Tell { get; init; } = _ => { };

    internal static ImmutableArray<string> OwnProgram()
    {
        var process = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, Path.Combine(AppContext.BaseDirectory, "fairway.dll")] : [process];
    }
}

/// <summary>A control plane that cannot start, and how to mend it.</summary>
/// <param name="detail">What is wrong.</param>
/// <param name="exitCode">What the process ends with.</param>
/// <param name="diagnostics">Further lines.</param>
/// <param name="inner">What lies under it.</param>
public sealed class ControlPlaneStartException(string detail, int exitCode, IReadOnlyList<string>? diagnostics = null, Exception? inner = null) : Exception(detail, inner)
{
    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Further lines.</summary>
    public IReadOnlyList<string> Diagnostics { get; } = diagnostics ?? [];
}
