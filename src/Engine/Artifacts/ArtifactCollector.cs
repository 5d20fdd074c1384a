using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;

namespace Fairway.Artifacts;

/// <summary>What a collection did, or would do.</summary>
/// <param name="Decisions">A decision for each artifact.</param>
/// <param name="Removed">Digests that were removed.</param>
/// <param name="Faults">What could not be removed, and why.</param>
public sealed record Collection(ImmutableArray<RetentionDecision> Decisions, ImmutableArray<string> Removed, ImmutableArray<Fault> Faults);

/// <summary>
/// Removes artifacts that nobody needs. Safe beside stores and deploys: each is decided on again right before it goes, and one that was stored anew or checked for a
/// deploy since it was listed stays. Cut off at any moment, it leaves whole artifacts or none, and none that is gone without a record of it.
/// </summary>
public sealed class ArtifactCollector(ILedger ledger, IArtifactShelf shelf, AttestationBook book, EngineClock clock)
{
    /// <summary>What would be removed, and why the rest stays.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task<(ImmutableArray<RetentionDecision> Decisions, Fault? Fault)> PlanAsync(RetentionPolicy policy, CancellationToken cancellation)
    {
        var (artifacts, fault) = await shelf.ListAsync(cancellation);
        return fault is null ? (await DecideAsync(artifacts, policy, cancellation), null) : ([], fault);
    }

    /// <summary>Removes what nobody needs.</summary>
    /// <param name="policy">What is kept.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="cancellation">Stops after the artifact at hand.</param>
    /// <exception cref="LedgerException">The ledger cannot be read or written.</exception>
    public async Task<(Collection? Collection, Fault? Fault)> CollectAsync(RetentionPolicy policy, Actor by, CancellationToken cancellation)
    {
        var (decisions, fault) = await PlanAsync(policy, cancellation);
        if (fault is not null) return (null, fault);
        var removed = ImmutableArray.CreateBuilder<string>();
        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var planned in decisions.Where(decision => decision.Removes))
        {
            cancellation.ThrowIfCancellationRequested();
            // A deploy may have begun since.
            if ((await DecideAsync([planned.Artifact], policy, cancellation)) is not [{ Removes: true } decision]) continue;
            var record = new ArtifactEvent.Collected(decision.Artifact.Bytes, decision.Why.Sentence, by.Name, clock.Now).ToRecord();
            var (gone, problem) = await shelf.RemoveAsync(
                decision.Artifact, () => ledger.AppendAlwaysAsync(ArtifactEvent.StreamOf(decision.Artifact.Digest), record, CancellationToken.None), cancellation);
            if (problem is not null) faults.Add(problem);
            if (gone) removed.Add(decision.Artifact.Digest);
        }
        return (new(decisions, removed.ToImmutable(), faults.ToImmutable()), null);
    }

    private async Task<ImmutableArray<RetentionDecision>> DecideAsync(ImmutableArray<StoredArtifact> artifacts, RetentionPolicy policy, CancellationToken cancellation)
    {
        var attestations = artifacts.Length == 1
            ? ImmutableDictionary<string, ImmutableArray<Attestation>>.Empty.Add(artifacts[0].Digest, await book.ListAsync(artifacts[0].Digest, cancellation))
            : await book.ListAllAsync(cancellation);
        var releases = (await ledger.ListAsync(ReleasesProjection.Name, "", cancellation)).Select(row => FairwayJson.Read<Release>(row.Value)).ToArray();
        // Last: what is decided on is the newest there is.
        var services = (await ledger.ListAsync(ServicesProjection.Name, "", cancellation)).Select(row => ServicesProjection.Read(row.Value).State).ToArray();
        return ArtifactRetention.Decide(artifacts, releases, services, attestations, policy, clock.Now);
    }
}
