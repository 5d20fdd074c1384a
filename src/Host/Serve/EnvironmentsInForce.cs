using Fairway.Api;
using Fairway.Environments;
using Fairway.Gates;
using Fairway.Notifications;
using Fairway.Policy;
using Fairway.Rollouts;

namespace Fairway.Serve;

/// <summary>The configuration in force with the environments that were made for a time: those come after the file's own.</summary>
internal sealed class EnvironmentsInForce(IConfigurationInForce file, EphemeralEnvironments ephemeral) : IConfigurationInForce
{
    /// <inheritdoc/>
    public ImmutableArray<string> Environments => [.. file.Environments, .. Living.Select(one => one.Name)];

    /// <inheritdoc/>
    public ImmutableArray<ServiceSpec> Services => [.. file.Services, .. ephemeral.Services];

    /// <inheritdoc/>
    public ImmutableArray<EnvironmentSettings> Settings => [.. file.Settings, .. Living.Select(one => new EnvironmentSettings(one.Name) { Ephemeral = true })];

    /// <inheritdoc/>
    public ImmutableArray<ConfiguredFreeze> Freezes => file.Freezes;

    /// <inheritdoc/>
    public ImmutableArray<PolicyRule> Policies => file.Policies;

    /// <inheritdoc/>
    public ImmutableArray<Groups.GroupSettings> Groups => file.Groups;

    /// <inheritdoc/>
    public Source.SourceSettings? Source => file.Source;

    /// <inheritdoc/>
    public ImmutableArray<Pipelines.Pipeline> Pipelines => file.Pipelines;

    /// <inheritdoc/>
    public string? File => file.File;

    /// <inheritdoc/>
    public ImmutableArray<string> Problems => file.Problems;

    /// <inheritdoc/>
    public NotificationSettings? Notifications => file.Notifications;

    private IEnumerable<EphemeralEnvironment> Living => ephemeral.All.Where(one => one.EndingSince is null);

    /// <inheritdoc/>
    public string? Place(string environment, string service, string path) => file.Place(environment, service, path);

    /// <inheritdoc/>
    public void Reload() => file.Reload();
}
