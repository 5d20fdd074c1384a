using NodaTime;

namespace Fairway.Gates;

/// <summary>A time in which nothing ships.</summary>
/// <param name="Id">Its own: a name from the file, or given by the control plane.</param>
/// <param name="Environments">Where; empty is everywhere.</param>
/// <param name="Services">What; empty is everything.</param>
/// <param name="From">From then.</param>
/// <param name="Until">Until then; null is until a person ends it.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who: a person, or the file.</param>
public sealed record Freeze(string Id, ImmutableArray<string> Environments, ImmutableArray<string> Services, Instant From, Instant? Until, string Reason, string By)
{
    /// <summary>Whether it is about a service in an environment.</summary>
    public bool Concerns(Catalog.ServiceKey key) => (Environments.IsEmpty || Environments.Contains(key.Environment, StringComparer.Ordinal))
        && (Services.IsEmpty || Services.Contains(key.Service, StringComparer.Ordinal));

    /// <summary>Whether a moment is in it.</summary>
    public bool Holds(Instant at) => From <= at && (Until is not { } until || at < until);
}

/// <summary>A freeze as the file has it: wall times of a zone, so that a change of the zone's rules moves it along.</summary>
/// <param name="Name">Its own.</param>
/// <param name="From">Such as <c>2026-12-20T18:00</c>.</param>
/// <param name="To">Likewise; it is over then.</param>
/// <param name="Zone">IANA name.</param>
public sealed record ConfiguredFreeze(string Name, string From, string To, string Zone)
{
    /// <summary>Where; empty is everywhere.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>What; empty is everything.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>Why, for people.</summary>
    public string? Reason { get; init; }

    /// <summary>By today's rules of its zone.</summary>
    public Freeze Resolve()
    {
        var zone = DateTimeZoneProviders.Tzdb[Zone];
        return new(Name, Environments, Services, WallTime.Begin(zone, WallTime.Parse(From)!.Value), WallTime.End(zone, WallTime.Parse(To)!.Value), Reason ?? Name, "fairway.yaml");
    }
}
