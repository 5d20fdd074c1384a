using Fairway.Rollouts;
using Fairway.Api;
using Fairway.Catalog;

namespace Fairway.Serve;

/// <summary>A control plane without a file: it keeps up what the ledger holds and deploys nothing new.</summary>
internal sealed class NoConfiguration : IConfigurationInForce
{
    /// <inheritdoc/>
    public ImmutableArray<string> Environments => [];

    /// <inheritdoc/>
    public ImmutableArray<ServiceSpec> Services => [];

    /// <inheritdoc/>
    public string? File => null;

    /// <inheritdoc/>
    public ImmutableArray<string> Problems => [];

    /// <inheritdoc/>
    public void Reload()
    {
    }
}
