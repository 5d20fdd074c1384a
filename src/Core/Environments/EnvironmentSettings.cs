using System.Text.Json.Serialization;
using Fairway.Gates;
using Fairway.Rollouts;

namespace Fairway.Environments;

/// <summary>Who takes a release to an environment.</summary>
public enum PromotionMode
{
    /// <summary>A person.</summary>
    Manual,

    /// <summary>Fairway, once the release has completed in the environments before and the gate lets it pass.</summary>
    Auto,
}

/// <summary>An environment as <c>fairway.yaml</c> has it, besides its services.</summary>
/// <param name="Name">Such as <c>production</c>.</param>
public sealed record EnvironmentSettings(string Name)
{
    /// <summary>Environments that releases come from, as written; empty when nothing is written.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    /// <summary>The gate; null is none.</summary>
    public GateSettings? Gates { get; init; }

    /// <summary>Who takes releases there.</summary>
    public PromotionMode Promotion { get; init; }

    /// <summary>What happens to requests while another is under way.</summary>
    public QueueMode Queue { get; init; }

    /// <summary>Whether no environment made for a time may have its name, and it may not be deleted.</summary>
    public bool Protected { get; init; }

    /// <summary>Whether it was made for a time.</summary>
    [JsonIgnore]
    public bool Ephemeral { get; init; }

    /// <summary>Whether nothing of it is written.</summary>
    [JsonIgnore]
    public bool IsPlain => After.IsEmpty && Gates is null && !Protected && Promotion == PromotionMode.Manual && Queue == QueueMode.Newest;

    /// <summary>The gate with everything that belongs to it: what comes before is part of it.</summary>
    [JsonIgnore]
    public GateSettings Gate => (Gates ?? GateSettings.Open) with { After = After };
}
