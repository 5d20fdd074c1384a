using System.Text;
using Fairway.Client;

namespace Fairway.Cli;

/// <summary>What a verb sees of the world: where it prints, whether somebody looks, where it stands, how it reaches a control plane.</summary>
public sealed record CliContext
{
    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors, and notes that are no result.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether standard output is a terminal: live views, and nothing else there.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether standard input is a terminal.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>Whether to colour: a terminal, and no <c>NO_COLOR</c> (no-color.org).</summary>
    public bool Colour { get; init; }

    /// <summary>Columns and rows now.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = () => (80, 24);

    /// <summary>Clock and timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Current folder.</summary>
    public string Folder { get; init; } = Environment.CurrentDirectory;

    /// <summary>A client for a data folder's control plane.</summary>
    public Func<DataFolder, FairwayClient> Connect { get; init; } = FairwayClient.OfEnvironment;

    /// <summary>This process's own.</summary>
    public static CliContext OfProcess()
    {
        var terminal = !Console.IsOutputRedirected;
        return new()
        {
            Out = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true },
            Error = new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true },
            OutIsTerminal = terminal,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            InIsTerminal = !Console.IsInputRedirected,
            Colour = terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null),
            Size = () => terminal ? (Math.Clamp(Console.WindowWidth, 40, 120), Math.Max(10, Console.WindowHeight)) : (120, 24),
        };
    }
}
