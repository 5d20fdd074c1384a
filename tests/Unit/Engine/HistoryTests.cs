using Fairway.Catalog;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Engine;

public sealed class HistoryTests
{
    private static readonly RolloutPolicy Fast = new() { Strategy = Strategy.BlueGreen, Guard = Duration.FromSeconds(1) };
    private static readonly ServiceKey Other = new("staging", "shop");

    [Fact]
    public void Pages_of_the_history_hold_every_rollout_once_newest_first()
    {
        var world = World();
        var history = new RolloutHistory(world.Ledger);
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = world.Scheduler.Run(() => history.PageAsync(_ => true, cursor, 2, CancellationToken.None));
            ids.AddRange(page.Rows.Select(row => row.Id));
            cursor = page.Cursor;
        }
        while (cursor is not null);

        Assert.Equal("production/shop/3 staging/shop/2 production/shop/2 staging/shop/1 production/shop/1", string.Join(' ', ids));
    }

    [Fact]
    public void The_history_of_one_service_holds_only_its_own()
    {
        var world = World();
        var page = world.Scheduler.Run(() => new RolloutHistory(world.Ledger).PageAsync(key => key == Other, null, 10, CancellationToken.None));

        Assert.Equal("staging/shop/2 staging/shop/1", string.Join(' ', page.Rows.Select(row => row.Id)));
        Assert.Null(page.Cursor);
        Assert.All(page.Rows, row => Assert.Equal(RolloutPhase.Completed, row.Phase));
        Assert.All(page.Rows, row => Assert.NotNull(row.EndedAt));
    }

    [Fact]
    public void A_cursor_that_is_none_is_refused()
    {
        var world = World();
        Assert.Throws<FormatException>(() => world.Scheduler.Run(() => new RolloutHistory(world.Ledger).PageAsync(_ => true, "yesterday", 10, CancellationToken.None)));
    }

    [Fact]
    public void An_explanation_begins_with_its_rollout_and_stops_before_the_next()
    {
        var world = World();
        var history = new RolloutHistory(world.Ledger);
        var first = world.Scheduler.Run(() => history.LoadAsync(EngineWorld.Shop, 1, CancellationToken.None))!;
        var records = world.Scheduler.Run(() => history.ExplainAsync(first, CancellationToken.None));

        Assert.IsType<RolloutEvent.RolloutStarted>(records[0].Happened);
        Assert.Single(records, record => record.Happened is RolloutEvent.RolloutStarted);
        Assert.Contains(records, record => record.Happened is RolloutEvent.RolloutEnded);
        Assert.All(records, record => Assert.NotEmpty(EventReason.Of(record.Happened).Sentence));
    }

    [Fact]
    public void Read_models_derived_anew_are_the_same()
    {
        var world = World();
        var before = Documents(world);
        world.Scheduler.Run(() => world.Ledger.RebuildAsync(CancellationToken.None));

        Assert.Equal(before, Documents(world));
    }

    private static List<string> Documents(EngineWorld world) =>
    [
        .. EngineWorld.Projections().SelectMany(projection => world.Scheduler.Run(() => world.Ledger.ListAsync(projection.Collection, "", CancellationToken.None)))
            .Select(row => row.ToString()),
    ];

    private static EngineWorld World()
    {
        var world = new EngineWorld().Started();
        foreach (var (version, key) in new[] { ("1.0", EngineWorld.Shop), ("1.0", Other), ("1.1", EngineWorld.Shop), ("1.1", Other), ("1.2", EngineWorld.Shop) })
        {
            world.Deploy(version, Fast, key);
            world.Until(() => world.Engine.Of(key).Current.State is { Active: null, Stable: { } } state && state.StableRelease?.Version == version);
        }
        return world;
    }
}
