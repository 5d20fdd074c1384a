using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>What every <see cref="IWorkloads"/> does. A subclass brings the world and programs for it.</summary>
public abstract class WorkloadsContract : IAsyncLifetime
{
    protected static readonly ServiceKey Shop = new("production", "shop");

    /// <summary>A fresh world.</summary>
    protected IWorkloads Workloads { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Workloads = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens an empty runtime.</summary>
    protected abstract Task<IWorkloads> OpenAsync();

    /// <summary>Closes it and ends everything in it.</summary>
    protected abstract Task CloseAsync();

    /// <summary>A release whose instances become ready and stay so.</summary>
    protected abstract Release Serving(string version);

    /// <summary>A release whose instances end by themselves, with exit code 3, before they are ready.</summary>
    protected abstract Release Crashing(string version);

    /// <summary>A release that cannot be started at all.</summary>
    protected abstract Release Unstartable(string version);

    [Fact]
    public async Task A_slot_runs_as_many_instances_as_asked_with_ordinals_from_zero()
    {
        await Apply(1, SlotName.A, Serving("1.0"), 3);
        var ready = await Until(views => views.Length == 3 && views.All(view => view.Phase == InstancePhase.Ready), "three ready instances");
        Assert.Equal([0, 1, 2], ready.Select(view => view.Ordinal).Order());
        Assert.All(ready, view => Assert.Equal((SlotName.A, Serving("1.0").Digest, 0), (view.Slot, view.Release, view.Restarts)));
        Assert.Equal(3, ready.Select(view => view.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(3, ready.Select(view => view.Port).Distinct().Count());
    }

    [Fact]
    public async Task An_accepted_wish_is_seen_at_once()
    {
        await Apply(1, SlotName.A, Serving("1.0"), 2);
        Assert.Equal(2, (await Look()).Length);
    }

    [Fact]
    public async Task Applying_an_effect_again_changes_nothing()
    {
        await Apply(1, SlotName.A, Serving("1.0"), 2);
        var before = await Until(AllReady(2), "two ready instances");
        await Apply(1, SlotName.A, Serving("1.0"), 2);
        Assert.Equal(before.Select(view => (view.Id, view.Pid)), (await Look()).Select(view => (view.Id, view.Pid)));
    }

    [Fact]
    public async Task An_effect_older_than_the_last_one_is_fenced_and_does_nothing()
    {
        await Apply(7, SlotName.A, Serving("2.0"), 1);
        var fault = await Workloads.ApplyAsync(Shop, new(6, SlotName.A, Serving("1.0"), 4), default);
        Assert.Equal(FaultKind.Fenced, fault?.Kind);
        Assert.Equal(Serving("2.0").Digest, Assert.Single(await Look()).Release);
    }

    [Fact]
    public async Task The_fence_outlasts_the_slots_instances()
    {
        await Apply(3, SlotName.A, Serving("1.0"), 1);
        await Apply(4, SlotName.A, Serving("1.0"), 0);
        await Until(views => views.IsEmpty, "an empty slot");
        Assert.Equal(FaultKind.Fenced, (await Workloads.ApplyAsync(Shop, new(3, SlotName.A, Serving("1.0"), 1), default))?.Kind);
        Assert.Empty(await Look());
    }

    [Fact]
    public async Task Each_slot_has_its_own_fence_and_its_own_instances()
    {
        await Apply(9, SlotName.A, Serving("1.0"), 1);
        await Apply(2, SlotName.B, Serving("2.0"), 2);
        var views = await Until(AllReady(3), "both slots ready");
        Assert.Equal([(SlotName.A, Serving("1.0").Digest), (SlotName.B, Serving("2.0").Digest), (SlotName.B, Serving("2.0").Digest)],
            views.OrderBy(view => view.Slot).Select(view => (view.Slot, view.Release)));
    }

    [Fact]
    public async Task Scaling_up_leaves_the_running_instances_alone()
    {
        await Apply(1, SlotName.A, Serving("1.0"), 1);
        var first = Assert.Single(await Until(AllReady(1), "one ready instance"));
        await Apply(2, SlotName.A, Serving("1.0"), 3);
        var views = await Until(AllReady(3), "three ready instances");
        Assert.Contains(views, view => view.Id == first.Id && view.Pid == first.Pid && view.Ordinal == 0);
    }

    [Fact]
    public async Task Scaling_down_ends_the_highest_ordinals()
    {
        await Apply(1, SlotName.A, Serving("1.0"), 3);
        var before = await Until(AllReady(3), "three ready instances");
        await Apply(2, SlotName.A, Serving("1.0"), 1);
        var left = Assert.Single(await Until(views => views.Length == 1, "one instance left"));
        Assert.Equal(before.Single(view => view.Ordinal == 0).Id, left.Id);
        Assert.Equal(InstancePhase.Ready, left.Phase);
    }

    [Fact]
    public async Task Another_release_replaces_the_one_in_the_slot()
    {
        await Apply(1, SlotName.A, Serving("1.0"), 2);
        var before = await Until(AllReady(2), "the first release ready");
        await Apply(2, SlotName.A, Serving("2.0"), 2);
        var after = await Until(views => AllReady(2)(views) && views.All(view => view.Release == Serving("2.0").Digest), "only the second release");
        Assert.Empty(before.Select(view => view.Id).Intersect(after.Select(view => view.Id), StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_instance_that_ends_is_started_again_and_the_starts_are_counted()
    {
        await Apply(1, SlotName.A, Crashing("1.0"), 1);
        var view = Assert.Single(await Until(views => views is [{ Restarts: >= 2 }], "two restarts"));
        Assert.Equal((3, null, false), (view.LastExit?.Code, view.LastExit?.Signal, view.LastExit?.OutOfMemory));
    }

    [Fact]
    public async Task What_cannot_be_started_fails_with_its_reason_and_is_not_tried_again_until_the_next_wish()
    {
        await Apply(1, SlotName.A, Unstartable("1.0"), 1);
        var failed = Assert.Single(await Until(views => views is [{ Phase: InstancePhase.Failed }], "a failed instance"));
        Assert.NotNull(failed.Fault);
        Assert.Equal((0, (int?)null), (failed.Restarts, failed.Pid));
        await Apply(2, SlotName.A, Unstartable("1.0"), 1);
        var again = Assert.Single(await Until(views => views is [{ Phase: InstancePhase.Failed } view] && view.Id != failed.Id, "another try"));
        Assert.Equal(0, again.Restarts);
    }

    [Fact]
    public async Task A_wish_ends_an_instance_that_keeps_ending_by_itself()
    {
        await Apply(1, SlotName.A, Crashing("1.0"), 1);
        await Until(views => views is [{ Restarts: >= 1 }], "a restart");
        await Apply(2, SlotName.A, Crashing("1.0"), 0);
        await Until(views => views.IsEmpty, "an empty slot");
    }

    [Fact]
    public async Task Changes_name_the_service_and_come_until_the_last_state()
    {
        await Apply(1, SlotName.A, Serving("1.0"), 1);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await Look()) is not [{ Phase: InstancePhase.Ready }])
            Assert.Equal(Shop, await Workloads.Changes.ReadAsync(limit.Token));
    }

    [Fact]
    public async Task Services_do_not_see_each_others_instances()
    {
        var other = new ServiceKey("staging", "shop");
        await Apply(1, SlotName.A, Serving("1.0"), 1);
        Assert.Null(await Workloads.ApplyAsync(other, new(1, SlotName.A, Serving("1.0"), 2), default));
        var here = await Until(AllReady(1), "one here");
        var there = await Eventually.Async(async () => await Workloads.ObserveAsync(other, default), AllReady(2), "two there");
        Assert.Empty(here.Select(view => view.Id).Intersect(there.Select(view => view.Id), StringComparer.Ordinal));
        Assert.Empty(await Workloads.ObserveAsync(new("nowhere", "nothing"), default));
    }

    [Fact]
    public async Task A_service_that_never_ran_has_no_log()
        => Assert.Empty(await Workloads.ReadLogsAsync(new(new("nowhere", "nothing"), null, 100, Follow: false), default).ToListAsync());

    protected static Func<ImmutableArray<InstanceView>, bool> AllReady(int count)
        => views => views.Length == count && views.All(view => view.Phase == InstancePhase.Ready);

    protected async Task Apply(long id, SlotName slot, Release release, int count)
        => Assert.Null(await Workloads.ApplyAsync(Shop, new(id, slot, release, count), default));

    protected Task<ImmutableArray<InstanceView>> Look() => Workloads.ObserveAsync(Shop, default);

    protected Task<ImmutableArray<InstanceView>> Until(Func<ImmutableArray<InstanceView>, bool> holds, string what) => Eventually.Async(Look, holds, what);
}
