using Fairway.Kernel;

namespace Fairway.Traffic;

/// <summary>
/// What the edge holds: the table in force and, for each service it ever had, the newest generation applied. Fences outlive the services, so that a late
/// change cannot bring back routes that were taken away.
/// </summary>
/// <param name="Table">The table in force.</param>
/// <param name="Fences">Newest generation by <c>environment/service</c>.</param>
public sealed record FencedTable(RouteTable Table, ImmutableSortedDictionary<string, long> Fences)
{
    /// <summary>Nothing yet.</summary>
    public static FencedTable Empty { get; } = new(RouteTable.Empty, ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal));

    /// <summary>A whole new table. Its version must be newer than the one in force, and no service's generation older than its fence.</summary>
    public TableChange Put(RouteTable next)
    {
        if (RouteTableCheck.Problems(next) is { IsEmpty: false } problems) return Refuse(TableVerdict.Invalid, problems);
        if (Same(next, Table)) return new(this, TableVerdict.Unchanged, []);
        if (next.Version <= Table.Version)
            return Refuse(TableVerdict.Stale, [$"version {next.Version} is not newer than {Table.Version}, which is in force; read the table and build on it"]);
        var stale = next.Services.Select(Stale).OfType<string>().ToImmutableArray();
        return stale.IsEmpty ? new(new(next, Raise(next.Services)), TableVerdict.Applied, []) : Refuse(TableVerdict.Stale, stale);
    }

    /// <summary>One service's part, as a new version of the table.</summary>
    public TableChange Put(ServiceRoutes routes)
    {
        if (RouteTableCheck.Problems(routes) is { IsEmpty: false } problems) return Refuse(TableVerdict.Invalid, problems);
        if (Find(routes.Environment, routes.Service) is { } known && Same(known, routes)) return new(this, TableVerdict.Unchanged, []);
        if (Stale(routes) is { } stale) return Refuse(TableVerdict.Stale, [stale]);
        var services = Without(routes.Environment, routes.Service).Add(routes);
        var next = new RouteTable(Table.Version + 1, services);
        return RouteTableCheck.Problems(next) is { IsEmpty: false } clashes
            ? Refuse(TableVerdict.Invalid, clashes)
            : new(new(next, Raise([routes])), TableVerdict.Applied, []);
    }

    /// <summary>Takes a service away. <paramref name="generation"/> fences what comes later; null is the generation it has.</summary>
    public TableChange Delete(string environment, string service, long? generation)
    {
        var name = NameOf(environment, service);
        var fence = Fences.GetValueOrDefault(name, -1);
        if (generation < fence) return Refuse(TableVerdict.Stale, [$"{name}: generation {generation} is older than {fence}, which is in force"]);
        var raised = Fences.SetItem(name, Math.Max(fence, generation ?? fence));
        if (Find(environment, service) is null)
            return raised[name] <= fence ? new(this, TableVerdict.Unchanged, []) : new(this with { Fences = raised }, TableVerdict.Applied, []);
        return new(new(new(Table.Version + 1, Without(environment, service)), raised), TableVerdict.Applied, []);
    }

    /// <summary>A service's part of the table in force.</summary>
    public ServiceRoutes? Find(string environment, string service)
        => Table.Services.FirstOrDefault(one => one.Environment == environment && one.Service == service);

    private TableChange Refuse(TableVerdict verdict, ImmutableArray<string> problems) => new(this, verdict, problems);

    private string? Stale(ServiceRoutes routes)
    {
        var name = NameOf(routes.Environment, routes.Service);
        if (!Fences.TryGetValue(name, out var fence) || routes.Generation > fence) return null;
        if (routes.Generation < fence) return $"{name}: generation {routes.Generation} is older than {fence}, which was applied before";
        return Find(routes.Environment, routes.Service) is { } known && Same(known, routes)
            ? null : $"{name}: generation {routes.Generation} was applied before with other content; a change needs a newer generation";
    }

    private ImmutableSortedDictionary<string, long> Raise(ImmutableArray<ServiceRoutes> services)
        => Fences.SetItems(services.Select(routes => KeyValuePair.Create(NameOf(routes.Environment, routes.Service), routes.Generation)));

    private ImmutableArray<ServiceRoutes> Without(string environment, string service)
        => Table.Services.RemoveAll(one => one.Environment == environment && one.Service == service);

    private static string NameOf(string environment, string service) => $"{environment}/{service}";

    // Records compare their arrays by reference; what counts is what would be written.
    private static bool Same<T>(T left, T right) => ReferenceEquals(left, right) || FairwayJson.Write(left) == FairwayJson.Write(right);
}

/// <summary>How the edge answers to a change.</summary>
public enum TableVerdict
{
    /// <summary>It is in force.</summary>
    Applied,

    /// <summary>It was in force already.</summary>
    Unchanged,

    /// <summary>It is wrong in itself; nothing changed.</summary>
    Invalid,

    /// <summary>Something newer was applied before; nothing changed.</summary>
    Stale,
}

/// <summary>A change as decided.</summary>
/// <param name="Next">What the edge holds after it.</param>
/// <param name="Verdict">The answer.</param>
/// <param name="Problems">Why it was refused.</param>
public sealed record TableChange(FencedTable Next, TableVerdict Verdict, ImmutableArray<string> Problems);
