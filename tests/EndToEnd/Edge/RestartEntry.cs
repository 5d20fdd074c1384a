using System.Net;
using Fairway.Edge.Hosting;
using Xunit.Runner.InProc.SystemConsole;

namespace Fairway.Edge;

/// <summary>This program: the tests, or an edge of its own process for the tests to kill.</summary>
internal static class EdgeEntry
{
    public const string Verb = "run-an-edge";

    public static Task<int> Main(string[] args) => args is [Verb, var folder, var address]
        ? EdgeProgram.RunAsync(new EdgeOptions { DataFolder = folder, Http = [IPEndPoint.Parse(address)], DrainNotice = TimeSpan.Zero }, CancellationToken.None)
        : ConsoleRunner.Run(args);
}
