using System.Net.Http.Headers;
using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about the configuration and about who is told of what.</summary>
public sealed partial class FairwayClient
{
    /// <summary>What is in force.</summary>
    public Task<ConfigurationState> GetConfigurationAsync(CancellationToken cancellation) => GetAsync("configuration", WireJson.Default.ConfigurationState, cancellation);

    /// <summary>Whether a file could be in force, and all its mistakes.</summary>
    public Task<ConfigurationCheck> ValidateConfigurationAsync(byte[] yaml, CancellationToken cancellation)
        => PostYamlAsync("configuration/validate", yaml, null, WireJson.Default.ConfigurationCheck, cancellation);

    /// <summary>What a file would change, part by part.</summary>
    public Task<ConfigurationPlanInfo> PlanConfigurationAsync(byte[] yaml, CancellationToken cancellation)
        => PostYamlAsync("configuration/plan", yaml, null, WireJson.Default.ConfigurationPlanInfo, cancellation);

    /// <summary>Replaces the file and takes it in force; nothing is deployed.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="tag">The plan's: a file that has changed since is not overwritten.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<ConfigurationPlanInfo> ApplyConfigurationAsync(byte[] yaml, string tag, CancellationToken cancellation)
        => PostYamlAsync("configuration/apply", yaml, tag, WireJson.Default.ConfigurationPlanInfo, cancellation);

    /// <summary>A page of those who are told, the oldest first.</summary>
    /// <param name="cursor">From the page before; null is the first page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<SubscriptionPage> GetSubscriptionsAsync(string? cursor, CancellationToken cancellation)
        => GetAsync(Query("subscriptions", ("cursor", cursor)), WireJson.Default.SubscriptionPage, cancellation);

    /// <summary>Be told.</summary>
    public Task<SubscribedInfo> SubscribeAsync(SubscribeRequest request, CancellationToken cancellation)
        => PostAsync("subscriptions", request, WireJson.Default.SubscribeRequest, WireJson.Default.SubscribedInfo, cancellation);

    /// <summary>No longer be told.</summary>
    public async Task UnsubscribeAsync(string id, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, "subscriptions/" + Escape(id));
        using var answer = await OpenAsync(request, cancellation);
    }

    private async Task<T> PostYamlAsync<T>(string path, byte[] yaml, string? tag, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new ByteArrayContent(yaml);
        request.Content.Headers.ContentType = new("application/yaml");
        if (tag is not null) request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{tag}\""));
        return await SendAsync(request, type, cancellation);
    }
}
