using Fairway.Edge.Admission;
using Fairway.Edge.Health;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Routing;

/// <summary>
/// One service in one snapshot. A request may hold it across a swap (it waited in the queue, it is tried again): <see cref="Choose"/> and <see cref="Pick"/>
/// then answer from the table in force, so that no request follows a route that was taken back.
/// </summary>
public sealed class ServiceEntry
{
    private const string Candidate = "candidate";

    private readonly RoutingTable _table;
    private readonly TrafficSplit _split;
    private readonly ArmEntry[] _arms;
    private readonly ArmEntry? _preview;

    internal ServiceEntry(RoutingTable table, ServiceRoutes routes, ServiceRuntime runtime, ArmEntry[] arms, ArmEntry? preview)
    {
        _table = table;
        _split = TrafficSplit.Of(routes);
        _arms = arms;
        _preview = preview;
        Routes = routes;
        Runtime = runtime;
    }

    /// <summary>The service's part of the table.</summary>
    public ServiceRoutes Routes { get; }

    /// <summary>How its traffic is treated.</summary>
    public TrafficPolicy Policy => Routes.Policy;

    /// <summary>What lives across snapshots: concurrency, queue, circuit.</summary>
    public ServiceRuntime Runtime { get; }

    /// <summary>Which arm a request goes to: the preview arm by header, else by the user's sticky key, else by chance.</summary>
    public ArmChoice Choose(HttpContext context)
    {
        var latest = Latest;
        return ReferenceEquals(latest, this) ? ChooseHere(context) : latest.ChooseHere(context);
    }

    /// <summary>
    /// The instance for a request's next attempt: of the chosen arm, the one with the fewest exchanges in flight that neither drains nor is ejected nor was
    /// tried. Where the arm has none, the other arm serves rather than nobody (counted as diverted): stable for the candidate always, the candidate for
    /// stable only while it has a share. Ejected instances are the last resort. Null when nothing is left.
    /// </summary>
    public InstanceRuntime? Pick(ArmEntry arm, ReadOnlySpan<InstanceRuntime> tried)
    {
        var latest = Latest;
        if (!ReferenceEquals(latest, this)) return latest.Pick(latest.Renew(arm), tried);
        if (arm.Least(tried, ejectedToo: false) is { } own) return own;
        var other = FallbackOf(arm);
        if (other?.Least(tried, ejectedToo: false) is { } theirs)
        {
            Runtime.CountDiverted();
            return theirs;
        }
        if (arm.Least(tried, ejectedToo: true) is { } ejected) return ejected;
        if (other?.Least(tried, ejectedToo: true) is { } last)
        {
            Runtime.CountDiverted();
            return last;
        }
        if (tried.IsEmpty) Runtime.CountRefused(RefusalReason.NoInstance);
        return null;
    }

    /// <summary>Whether requests of the arm that holds an instance could be served without it.</summary>
    internal bool CanSpare(InstanceRuntime instance)
    {
        foreach (var arm in _arms)
            if (arm.Holds(instance)) return arm.CountUsable(instance) + (FallbackOf(arm)?.CountUsable(instance) ?? 0) > 0;
        return false;
    }

    /// <summary>The arm of that name.</summary>
    internal ArmEntry ArmNamed(string name) => _arms.First(arm => arm.Arm.Name == name);

    private ServiceEntry Latest => _table.IsCurrent ? this : _table.LatestOf(Runtime.Key) ?? this;

    private ArmChoice ChooseHere(HttpContext context)
    {
        if (_arms.Length == 0) return new(ArmEntry.None, null);
        var headers = context.Request.Headers;
        if (_preview is not null && headers.TryGetValue(Policy.PreviewHeader, out var preview)
            && string.Equals(preview, Candidate, StringComparison.OrdinalIgnoreCase)) return new(_preview, null);
        if (!_split.IsDivided) return new(_arms[_split.ArmAt(0)], null);
        switch (Policy.Sticky)
        {
            case StickySource.Cookie:
                if (CookieKey.Find(headers.Cookie, Policy.StickyName) is { Length: > 0 } known) return new(ArmOf(known), null);
                var id = CookieKey.NewId();
                return new(ArmOf(id), CookieKey.Header(Policy.StickyName, id, context.Request.IsHttps));
            case StickySource.Header when headers.TryGetValue(Policy.StickyName, out var values) && values is [{ Length: > 0 } key, ..]:
                return new(ArmOf(key), null);
            case StickySource.Header or StickySource.None:
            default:
                return new(_arms[_split.ArmAt(TrafficSplit.PositionOf(Chance.Next()))], null);
        }
    }

    private ArmEntry ArmOf(ReadOnlySpan<char> key) => _arms[_split.ArmAt(_split.PositionOf(key))];

    // The same slot with the same release is the same arm; otherwise what now serves for it: by its share, and never a candidate without one.
    private ArmEntry Renew(ArmEntry old)
    {
        if (old.Pinned) return _preview is { } preview && preview.Arm.Release == old.Arm.Release ? preview : ArmEntry.None;
        foreach (var arm in _arms)
            if (arm.Arm.Name == old.Arm.Name && arm.Arm.Release == old.Arm.Release && arm.Arm.Weight.BasisPoints > 0) return arm;
        return _arms.Length == 0 ? ArmEntry.None : _arms[_split.CandidateWeight.BasisPoints == TrafficSplit.Positions ? _split.Candidate : _split.Stable];
    }

    private ArmEntry? FallbackOf(ArmEntry arm)
    {
        if (arm.Pinned || _split.Candidate < 0) return null;
        if (ReferenceEquals(arm, _arms[_split.Candidate])) return _arms[_split.Stable];
        return _split.CandidateWeight.BasisPoints > 0 ? _arms[_split.Candidate] : null;
    }
}
