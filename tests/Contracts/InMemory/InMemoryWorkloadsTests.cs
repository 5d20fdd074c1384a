using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>The runtime of the simulator, held to what real ones do.</summary>
public sealed class InMemoryWorkloadsTests : WorkloadsContract
{
    protected override Task<IWorkloads> OpenAsync()
        => Task.FromResult<IWorkloads>(new InMemoryWorkloads(TimeProvider.System) { Programs = release => ProgramOf(release.Workload.Command[0]) });

    protected override Task CloseAsync() => Task.CompletedTask;

    protected override Release Serving(string version) => ProcessHouse.Release(version, "serves");

    protected override Release Crashing(string version) => ProcessHouse.Release(version, "crashes");

    protected override Release Unstartable(string version) => ProcessHouse.Release(version, "missing");

    private static InMemoryProgram ProgramOf(string command)
    {
        var program = new InMemoryProgram { ReadyAfter = Duration.FromMilliseconds(30), StopsAfter = Duration.FromMilliseconds(30) };
        return command switch
        {
            "crashes" => program with { ExitsAfter = Duration.FromMilliseconds(10), ExitCode = 3 },
            "missing" => program with { CannotStart = new(FaultKind.NotFound, Blame.Release, Retryable: false, "there is no such program") },
            _ => program,
        };
    }
}
