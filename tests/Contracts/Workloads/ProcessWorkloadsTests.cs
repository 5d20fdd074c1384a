using Fairway.Catalog;
using Fairway.Ports;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>The contract, with real processes.</summary>
public sealed class ProcessWorkloadsTests : WorkloadsContract
{
    private readonly ProcessHouse _house = new();

    protected override async Task<IWorkloads> OpenAsync() => await _house.OpenAsync();

    protected override async Task CloseAsync() => await _house.DisposeAsync();

    protected override Release Serving(string version) => ProcessHouse.Shell(version, "while :; do sleep 1; done");

    protected override Release Crashing(string version) => ProcessHouse.Shell(version, "exit 3") is var release
        ? release with { Workload = release.Workload with { Ready = ProcessHouse.Quickly(["false"]) } }
        : throw new System.Diagnostics.UnreachableException();

    protected override Release Unstartable(string version) => ProcessHouse.Release(version, "./missing");
}
