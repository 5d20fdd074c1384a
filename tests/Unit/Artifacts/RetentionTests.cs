using Fairway.Catalog;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Artifacts;

public sealed class RetentionTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 1, 31, 12, 0);
    private static readonly Instant Old = Now - Duration.FromDays(90);
    private static readonly WorkloadSpec Workload = new() { Command = ["./shop"] };

    [Fact]
    public void What_runs_what_is_warm_and_what_was_stable_before_is_kept()
    {
        var state = new ServiceState
        {
            Key = new("production", "shop"), Stable = SlotName.A, A = new() { Release = Release('a') }, B = new() { Release = Release('b') }, Past = [Release('c')],
        };

        var decided = Decide([state], [], "abcd");

        Assert.Equal(["runs", "slot", "rollback", "unneeded"], decided.Select(decision => decision.Why.Code));
        Assert.Equal([false, false, false, true], decided.Select(decision => decision.Removes));
        Assert.Equal("production/shop can go back to c", decided[2].Why.Sentence);
    }

    [Fact]
    public void What_is_young_recent_or_pinned_is_kept()
    {
        var attestations = new Dictionary<string, ImmutableArray<Attestation>>
        {
            [Digest('b')] = [Pin('b', true)], [Digest('c')] = [Pin('c', true), Pin('c', false)],
        };
        StoredArtifact[] stored = [new(Digest('a'), Now - Duration.FromDays(6), 1), new(Digest('b'), Old, 1), new(Digest('c'), Old, 1), new(Digest('d'), Old, 1), new(Digest('e'), Old, 1)];
        Release[] releases = [Release('d') with { CreatedAt = Old + Duration.FromDays(1) }, Release('e')];

        var decided = ArtifactRetention.Decide(stored, releases, [], attestations, new() { ReleasesPerService = 1 }, Now);

        Assert.Equal(["young", "pinned", "unneeded", "recent", "unneeded"], decided.Select(decision => decision.Why.Code));
    }

    [Fact]
    public void What_waits_or_is_on_its_way_is_kept()
    {
        var spec = new ServiceSpec { Key = new("staging", "shop"), Workload = Workload };
        var state = new ServiceState { Key = spec.Key, Queued = new(Release('a'), spec, null, new("anna"), Automatic: false) };

        Assert.Equal(["queued", "unneeded"], Decide([state], [], "ab").Select(decision => decision.Why.Code));
    }

    private static ImmutableArray<RetentionDecision> Decide(ServiceState[] states, Release[] releases, string stored)
        => ArtifactRetention.Decide(stored.Select(one => new StoredArtifact(Digest(one), Old, 1)), releases, states, new Dictionary<string, ImmutableArray<Attestation>>(), new(), Now);

    private static Attestation Pin(char one, bool holds) => new(Digest(one), AttestationKinds.Pin, holds, "for the audit", "anna", Old);

    private static Release Release(char one) => new("sha256:r" + one, "shop", one.ToString(), Digest(one), Workload, Old);

    private static string Digest(char one) => "sha256:" + new string(one, 64);
}
