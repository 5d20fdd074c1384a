using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Adapters.Processes;
using Fairway.Kernel;

namespace Fairway.Notifications;

/// <summary>
/// Where messages go. What a person gave is kept in files of the data folder that only its owner reads, never in the ledger: a webhook's URL
/// is often a secret. What is configured is fetched from where the configuration says.
/// </summary>
/// <param name="folder">Absolute path.</param>
/// <param name="configured">The configuration in force.</param>
public sealed class DestinationStore(string folder, Func<NotificationSettings?> configured)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A key for a webhook's signatures, as Standard Webhooks writes one.</summary>
    public static string NewKey() => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Keeps a person's destination.</summary>
    /// <returns>Why it is not kept; null is done.</returns>
    public Fault? Keep(string id, Destination destination)
    {
        Directory.CreateDirectory(folder, OwnerOnly);
        return DurableFile.Replace(
            PathOf(id), JsonSerializer.SerializeToUtf8Bytes(new KeptDestination(destination.Address, destination.SigningKey), DestinationJson.Default.KeptDestination));
    }

    /// <summary>Forgets a person's destination.</summary>
    public void Forget(string id) => File.Delete(PathOf(id));

    /// <summary>Where a subscription's messages go now.</summary>
    public (Destination? To, Fault? Fault) Find(Subscription subscription) => subscription.By is null ? Configured(subscription) : Kept(subscription);

    private (Destination? To, Fault? Fault) Configured(Subscription subscription)
    {
        if (configured()?.Subscriptions.FirstOrDefault(one => one.Id == subscription.Id) is not { } found)
            return (null, new(FaultKind.NotFound, Blame.Configuration, Retryable: true, "the configuration no longer has it"));
        var (address, fault) = Fetch(found.Address);
        if (address is null) return (null, fault);
        if (found.SigningKey is null) return (new(address, null), null);
        var (key, missing) = Fetch(found.SigningKey);
        return key is null ? (null, missing) : (new(address, key), null);
    }

    private (Destination? To, Fault? Fault) Kept(Subscription subscription)
    {
        try
        {
            using var file = File.OpenRead(PathOf(subscription.Id));
            if (JsonSerializer.Deserialize(file, DestinationJson.Default.KeptDestination) is { } kept) return (new(kept.Address, kept.SigningKey), null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            // Only the kind of trouble: what is in the file is secret.
            return (null, new(FaultKind.NotFound, Blame.Platform, Retryable: true, $"{PathOf(subscription.Id)} cannot be read ({error.GetType().Name}); subscribe again"));
        }
        return (null, new(FaultKind.NotFound, Blame.Platform, Retryable: true, $"{PathOf(subscription.Id)} is empty; subscribe again"));
    }

    private static (string? Value, Fault? Fault) Fetch(string source)
    {
        if (!source.StartsWith("env:", StringComparison.Ordinal) && !source.StartsWith("file:", StringComparison.Ordinal)) return (source, null);
        var (value, problem) = SecretSource.Fetch(source);
        return value is null ? (null, new(FaultKind.NotFound, Blame.Configuration, Retryable: true, problem)) : (value, null);
    }

    /// <summary>The value that a reference of the configuration leads to.</summary>
    public static (string? Value, Fault? Fault) Resolve(string reference) => Fetch(reference);

    private string PathOf(string id) => Path.Combine(folder, id + ".json");
}

/// <summary>As it lies in the file.</summary>
internal sealed record KeptDestination(string Address, string? SigningKey);

/// <summary>Made at compile time.</summary>
[JsonSerializable(typeof(KeptDestination))]
internal sealed partial class DestinationJson : JsonSerializerContext;
