using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Artifacts;

/// <summary>An artifact in the store.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="StoredAt">When it was last stored.</param>
/// <param name="Bytes">Its size.</param>
public sealed record StoredArtifact(string Digest, Instant StoredAt, long Bytes)
{
    /// <summary>Whether it is a container image, and its digest that of the image's manifest.</summary>
    public bool IsImage { get; init; }

    /// <summary>How often deploys had it checked since the store was opened, up to when it was listed.</summary>
    public long Checks { get; init; }
}

/// <summary>What is kept although nothing runs it.</summary>
public sealed record RetentionPolicy
{
    /// <summary>One that was stored so recently is kept: a release of it may be on its way.</summary>
    public Duration MinimumAge { get; init; } = Duration.FromDays(7);

    /// <summary>Of each service, the newest releases that are kept.</summary>
    public int ReleasesPerService { get; init; } = 10;
}

/// <summary>What is decided about an artifact.</summary>
/// <param name="Artifact">Which.</param>
/// <param name="Removes">Whether its files go.</param>
/// <param name="Why">Why.</param>
public sealed record RetentionDecision(StoredArtifact Artifact, bool Removes, Why Why);

/// <summary>Decides which artifacts nobody needs any more.</summary>
public static class ArtifactRetention
{
    /// <summary>A decision for each artifact, in order of their digests.</summary>
    /// <param name="artifacts">What is stored.</param>
    /// <param name="releases">Every release.</param>
    /// <param name="services">The state of every service in every environment.</param>
    /// <param name="attestations">What was found out, by artifact.</param>
    /// <param name="policy">What is kept.</param>
    /// <param name="now">The time.</param>
    public static ImmutableArray<RetentionDecision> Decide(
        IEnumerable<StoredArtifact> artifacts, IReadOnlyCollection<Release> releases, IReadOnlyCollection<ServiceState> services,
        IReadOnlyDictionary<string, ImmutableArray<Attestation>> attestations, RetentionPolicy policy, Instant now)
    {
        var needed = Needed(services);
        var recent = releases.GroupBy(release => release.Service, StringComparer.Ordinal)
            .SelectMany(group => group.OrderByDescending(release => release.CreatedAt).Take(policy.ReleasesPerService))
            .GroupBy(release => release.Artifact, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        return [.. artifacts.OrderBy(artifact => artifact.Digest, StringComparer.Ordinal).Select(artifact => Decide(artifact))];

        RetentionDecision Decide(StoredArtifact artifact)
        {
            if (needed.TryGetValue(artifact.Digest, out var use)) return new(artifact, false, use);
            if (attestations.TryGetValue(artifact.Digest, out var said) && Attestation.InForce(said).GetValueOrDefault(AttestationKinds.Pin) is { Passed: true } pin)
                return new(artifact, false, Why.Because("pinned", "{by} keeps it: {summary}", ("by", pin.By), ("summary", pin.Summary)));
            if (now - artifact.StoredAt < policy.MinimumAge)
                return new(artifact, false, Why.Because("young", "it was stored {hours|hour} ago, and is kept for {least|hour}", ("hours", (long)(now - artifact.StoredAt).TotalHours), ("least", (long)policy.MinimumAge.TotalHours)));
            if (recent.TryGetValue(artifact.Digest, out var release))
                return new(artifact, false, Why.Because("recent", "{version} is one of the newest {count|release} of {service}", ("version", release.Version), ("count", policy.ReleasesPerService), ("service", release.Service)));
            return new(artifact, true, Why.Because("unneeded", "no environment runs it or can go back to it, nobody pinned it, and it is not among the newest {count|release}", ("count", policy.ReleasesPerService)));
        }
    }

    // Everything a state names: what serves, what stays warm, what is on its way or waits, and what was stable before.
    private static Dictionary<string, Why> Needed(IReadOnlyCollection<ServiceState> services)
    {
        var needed = new Dictionary<string, Why>(StringComparer.Ordinal);
        foreach (var state in services)
        {
            foreach (var slot in (ReadOnlySpan<SlotName>)[SlotName.A, SlotName.B])
                if (state[slot].Release is { } held) Add(held, state.Stable == slot ? "runs" : "slot", state.Stable == slot ? "{service} runs {version}" : "{service} holds {version} in a slot, to go back to or to start");
            if (state.Rollout is { } rollout)
            {
                Add(rollout.Release, "rollout", "{service} ships {version}");
                if (rollout.Previous is { } previous) Add(previous, "rollback", "{service} can go back to {version}");
            }
            if (state.Queued is { } queued) Add(queued.Release, "queued", "{service} waits to ship {version}");
            foreach (var past in state.Past) Add(past, "rollback", "{service} can go back to {version}");
            foreach (var effect in state.Outbox.Values.OfType<RolloutEffect.PrepareRelease>()) Add(effect.Release, "rollout", "{service} ships {version}");

            void Add(Release release, string code, string template)
                => needed.TryAdd(release.Artifact, Why.Because(code, template, ("service", state.Key.ToString()), ("version", release.Version)));
        }
        return needed;
    }
}
