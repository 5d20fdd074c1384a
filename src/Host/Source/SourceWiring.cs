using Fairway.Adapters.Git;
using Fairway.Adapters.SourceHosts;
using Fairway.Api;
using Fairway.Client;
using Fairway.Notifications;
using Fairway.Ports;
using Fairway.Runtime;

namespace Fairway.Source;

/// <summary>Repositories, made of the adapters of this machine.</summary>
public sealed class SourceWiring : IAsyncDisposable
{
    private readonly HostedStatuses _statuses;

    /// <summary>Builds it; nothing runs before the desk's start.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="data">Where repositories and checkouts are.</param>
    /// <param name="program">How this program is started, for git's hooks.</param>
    /// <param name="start">Starts what a new commit is for.</param>
    /// <param name="clock">The engine's clock.</param>
    public SourceWiring(ILedger ledger, IConfigurationInForce configuration, DataFolder data, ImmutableArray<string> program, StartPipeline start, EngineClock clock)
    {
        _statuses = new(clock.Time);
        var repositories = new GitRepositories(Path.Combine(data.Path, "repositories"), clock.Time);
        // What a killed control plane left: nobody else checks out here.
        var checkouts = Path.Combine(data.Path, "checkouts");
        if (Directory.Exists(checkouts)) Directory.Delete(checkouts, recursive: true);
        var ports = new SourcePorts(ledger, repositories, () => configuration.Source, DestinationStore.Resolve, start, _statuses, checkouts);
        Repositories = repositories;
        Desk = new(ports, clock);
        Tickets = new(clock.Time);
        Git = new(Desk, repositories, data, program, clock.Time);
    }

    /// <summary>What is pushed, fetched and told.</summary>
    public SourceDesk Desk { get; }

    /// <summary>Where they are.</summary>
    internal GitRepositories Repositories { get; }

    /// <summary>Passwords of git clients.</summary>
    public GitTickets Tickets { get; }

    /// <summary>Git's own protocol.</summary>
    internal GitHttp Git { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Desk.DisposeAsync();
        _statuses.Dispose();
        Git.Dispose();
    }
}
