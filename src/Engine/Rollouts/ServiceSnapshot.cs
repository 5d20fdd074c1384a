using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>What a service's loop knows at one moment; immutable, so that any number of readers may look.</summary>
/// <param name="State">The aggregate.</param>
/// <param name="World">As last seen; null before the first look.</param>
/// <param name="LookedAt">When that was; null before the first look.</param>
/// <param name="Rates">Requests per second by release, over the last seconds.</param>
/// <param name="Problem">What keeps the loop from acting now, such as a full disk; null when it acts.</param>
/// <param name="Quarantine">Why it stopped acting for good; null when it acts.</param>
public sealed record ServiceSnapshot(
    ServiceState State, WorldView? World, Instant? LookedAt, ImmutableArray<ReleaseRate> Rates, Fault? Problem, Quarantine? Quarantine);

/// <summary>A release's present pace.</summary>
/// <param name="Release">Digest.</param>
/// <param name="Requests">Finished exchanges per second.</param>
/// <param name="Errors">Of these, 5xx answers, per second.</param>
public sealed record ReleaseRate(string Release, double Requests, double Errors);

/// <summary>
/// An aggregate in which Fairway found an error of its own: nothing is done for it any more, traffic stays as it is, until a person resumes
/// it.
/// </summary>
/// <param name="Reason">What was found.</param>
/// <param name="At">When.</param>
/// <param name="Version">Of the aggregate's stream then.</param>
public sealed record Quarantine(string Reason, Instant At, long Version);
