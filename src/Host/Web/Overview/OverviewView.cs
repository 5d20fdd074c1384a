using Fairway.Api;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Rollouts;
using Fairway.Workloads;

namespace Fairway.Web;

/// <summary>A service in one environment, as the overview shows it.</summary>
/// <param name="Key">Which.</param>
/// <param name="State">One of <see cref="ServiceStates"/>.</param>
/// <param name="Version">Of the stable release.</param>
/// <param name="Ready">Instances ready.</param>
/// <param name="Wanted">Instances wanted.</param>
/// <param name="Rate">Finished exchanges per second; null when not known.</param>
/// <param name="Errors">Failed share of them; null without traffic.</param>
/// <param name="Rollout">The active rollout or the last one; null before the first.</param>
/// <param name="HasNotice">Whether there is something a person should know.</param>
public sealed record OverviewCell(
    ServiceKey Key, string State, string? Version, int Ready, int Wanted, double? Rate, double? Errors, Rollout? Rollout, bool HasNotice)
{
    /// <summary>Whether a person should look.</summary>
    public bool IsTrouble => State is ServiceStates.Down or ServiceStates.Quarantined or ServiceStates.RollingBack || HasNotice || (Version is not null && Ready < Wanted);

    /// <summary>Whether something moves.</summary>
    public bool IsMoving => State is ServiceStates.RollingOut or ServiceStates.Paused or ServiceStates.RollingBack;
}

/// <summary>A service over all environments.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Cells">One per environment; null where it is not.</param>
public sealed record OverviewRow(string Service, IReadOnlyList<OverviewCell?> Cells);

/// <summary>What of the overview is asked for.</summary>
/// <param name="Text">Part of a service's name; null is all.</param>
/// <param name="Show"><c>moving</c>, <c>trouble</c> or null for all.</param>
/// <param name="Page">From 1.</param>
public sealed record OverviewQuery(string? Text, string? Show, int Page)
{
    /// <summary>As an address.</summary>
    public string Address(int page)
    {
        var parts = new List<string>(3);
        if (Text is not null) parts.Add("q=" + Uri.EscapeDataString(Text));
        if (Show is not null) parts.Add("show=" + Show);
        if (page > 1) parts.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"page={page}"));
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }
}

/// <summary>A page of the overview.</summary>
/// <param name="Query">What was asked for.</param>
/// <param name="Environments">Columns.</param>
/// <param name="Rows">Rows of this page.</param>
/// <param name="Found">Rows on all pages.</param>
/// <param name="Pages">Pages.</param>
/// <param name="Services">Services in environments, in all.</param>
/// <param name="Moving">Of these, with an active rollout.</param>
/// <param name="Trouble">Of these, that a person should look at.</param>
/// <param name="Now">When.</param>
public sealed record OverviewView(
    OverviewQuery Query, IReadOnlyList<string> Environments, IReadOnlyList<OverviewRow> Rows, int Found, int Pages, int Services, int Moving, int Trouble, DateTimeOffset Now)
{
    private const int MostCells = 100;

    /// <summary>The overview now. Cost: one look at each service's snapshot, in memory.</summary>
    public static OverviewView Of(ControlPlaneServices services, OverviewQuery query, IReadOnlyList<string>? seen)
    {
        var keys = services.Configuration.Services.Select(spec => spec.Key).Concat(services.Engine.Services)
            .Where(key => seen is null || seen.Contains(key.Environment, StringComparer.Ordinal)).ToHashSet();
        var used = keys.Select(key => key.Environment).Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal).ToArray();
        var environments = services.Configuration.Environments.Where(name => used.Contains(name, StringComparer.Ordinal)).Union(used, StringComparer.Ordinal).ToArray();
        var cells = keys.Select(key => CellOf(key, services.Engine.Find(key)?.Current)).ToArray();
        var found = cells
            .Where(cell => query.Text is null || cell.Key.Service.Contains(query.Text, StringComparison.OrdinalIgnoreCase))
            .GroupBy(cell => cell.Key.Service, StringComparer.Ordinal)
            .Where(group => query.Show switch { "moving" => group.Any(cell => cell.IsMoving), "trouble" => group.Any(cell => cell.IsTrouble), _ => true })
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToArray();
        var rowsPerPage = Math.Max(20, MostCells / Math.Max(1, environments.Length));
        var pages = Math.Max(1, (found.Length + rowsPerPage - 1) / rowsPerPage);
        var page = Math.Clamp(query.Page, 1, pages);
        var rows = found.Skip((page - 1) * rowsPerPage).Take(rowsPerPage)
            .Select(group => new OverviewRow(group.Key, [.. environments.Select(name => group.FirstOrDefault(cell => cell.Key.Environment == name))]));
        return new(
            query with { Page = page }, environments, [.. rows], found.Length, pages, cells.Length, cells.Count(cell => cell.IsMoving), cells.Count(cell => cell.IsTrouble),
            services.Clock.Now.ToDateTimeOffset());
    }

    private static OverviewCell CellOf(ServiceKey key, ServiceSnapshot? now)
    {
        if (now is null || now.State.Version == 0) return new(key, ServiceStates.NotDeployed, null, 0, 0, null, null, null, HasNotice: false);
        var (state, stable) = (now.State, now.State.Stable);
        var ready = (now.World?.Instances ?? []).Count(one => one.Slot == stable && one.Phase == InstancePhase.Ready);
        var (rate, errors) = (now.Rates.Sum(one => one.Requests), now.Rates.Sum(one => one.Errors));
        return new(
            key, ServiceWire.StateOf(now), state.StableRelease?.Version, ready, stable is { } slot ? state[slot].Instances : 0,
            now.Rates.IsEmpty ? null : rate, rate > 0 ? errors / rate : null, state.Rollout, !state.Notices.IsEmpty || now.Problem is not null);
    }
}
