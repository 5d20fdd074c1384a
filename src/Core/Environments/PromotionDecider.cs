using Fairway.Catalog;
using Fairway.Kernel;

namespace Fairway.Environments;

/// <summary>What serves in an environment that releases come from.</summary>
/// <param name="Environment">Which.</param>
/// <param name="Serving">What serves; null when nothing does.</param>
/// <param name="IsSettled">Whether no rollout is under way there: what serves has completed and is not being taken back.</param>
public sealed record Upstream(string Environment, Release? Serving, bool IsSettled);

/// <summary>What a promotion looks at.</summary>
/// <param name="To">Where the release would go.</param>
/// <param name="From">What serves in the environments before, in the order of <see cref="EnvironmentSettings.After"/>.</param>
/// <param name="Serving">Digest of what serves there; null when nothing does.</param>
/// <param name="IsBusy">Whether a rollout is under way there, or a request waits.</param>
/// <param name="HasBegun">Whether a release with that digest was ever begun there, however it ended.</param>
public sealed record PromotionFacts(ServiceKey To, ImmutableArray<Upstream> From, string? Serving, bool IsBusy, Func<string, bool> HasBegun)
{
    /// <summary>Digest of what Fairway put forward there itself and a gate holds; a newer release takes its place. Null when nothing waits so.</summary>
    public string? Held { get; init; }
}

/// <summary>What to promote.</summary>
/// <param name="Ship">The release; null when nothing is to be promoted now.</param>
/// <param name="Why">The reason.</param>
public sealed record Promotion(Release? Ship, Why Why);

/// <summary>
/// Which release Fairway takes to the next environment by itself: pure and level-triggered. It looks at what serves, never at "a rollout ended", so a loop that
/// was killed loses nothing and ships nothing twice. A release is tried once: whatever ended it there, a rollback above all, is not undone.
/// </summary>
public static class PromotionDecider
{
    /// <summary>What to do now; the gate is asked besides.</summary>
    public static Promotion Decide(PromotionFacts facts)
    {
        if (facts.From is not [{ } first, ..]) return No("no-earlier", "no environment comes before {environment}", ("environment", facts.To.Environment));
        if (facts.From.FirstOrDefault(one => one.Serving is null) is { } empty) return No("nothing-to-promote", "nothing serves in {earlier}", ("earlier", empty.Environment));
        if (facts.From.FirstOrDefault(one => !one.IsSettled) is { } moving) return No("earlier-under-way", "a rollout is under way in {earlier}", ("earlier", moving.Environment));
        var release = first.Serving!;
        if (facts.From.FirstOrDefault(one => one.Serving!.Digest != release.Digest) is { } other)
            return No("earlier-differ", "{first} serves {version}, {other} serves {otherVersion}", ("first", first.Environment), ("version", release.Version),
                ("other", other.Environment), ("otherVersion", other.Serving!.Version));
        if (facts.Serving == release.Digest) return No("already-there", "{version} serves in {environment} already", ("version", release.Version), ("environment", facts.To.Environment));
        if (facts.IsBusy) return No("target-busy", "a rollout is under way in {environment}, or a request waits", ("environment", facts.To.Environment));
        if (facts.Held == release.Digest) return No("waits-at-gate", "{version} waits for the gate of {environment}", ("version", release.Version), ("environment", facts.To.Environment));
        return facts.HasBegun(release.Digest)
            ? No("tried-before", "{version} was in {environment} before; a person takes it there again", ("version", release.Version), ("environment", facts.To.Environment))
            : new(release, Why.Because("promoted-automatically", "promoted from {earlier}", ("earlier", string.Join(", ", facts.From.Select(one => one.Environment))),
                ("version", release.Version), ("environment", facts.To.Environment)));
    }

    private static Promotion No(string code, string template, params ReadOnlySpan<(string Name, object Value)> said) => new(null, Why.Because(code, template, said));
}
