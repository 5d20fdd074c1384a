using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Traffic;

namespace Fairway.Contracts;

/// <summary>A data plane under contract: its port, and the power to take it away and bring it back.</summary>
public interface ITrafficSubject : IAsyncDisposable
{
    /// <summary>The port.</summary>
    ITraffic Traffic { get; }

    /// <summary>Ends the data plane as a crash does.</summary>
    Task LoseAsync();

    /// <summary>Starts it again; what was confirmed is in force again.</summary>
    Task ReturnAsync();
}

/// <summary>What every <see cref="ITraffic"/> does, whatever routes the traffic.</summary>
public abstract class TrafficContract
{
    private static readonly ServiceKey Shop = new("production", "shop");
    private static readonly ServiceKey Blog = new("production", "blog");

    /// <summary>A running data plane without routes.</summary>
    protected abstract Task<ITrafficSubject> StartAsync();

    [Fact]
    public async Task A_service_that_was_never_routed_has_generation_0()
    {
        await using var subject = await StartAsync();
        var view = await subject.Traffic.ObserveAsync(Shop, CancellationToken.None);
        Assert.Equal(0, view!.Generation);
        Assert.Empty(view.Instances);
        Assert.NotEmpty(view.Epoch);
    }

    [Fact]
    public async Task What_is_applied_is_in_force()
    {
        await using var subject = await StartAsync();
        Assert.Null(await ApplyAsync(subject, Shop, 4, "shop-a-0-1"));
        var view = await subject.Traffic.ObserveAsync(Shop, CancellationToken.None);
        Assert.Equal(4, view!.Generation);
        var row = Assert.Single(view.Instances);
        Assert.Equal(("production", "shop", "sha256:a", "1.0", "shop-a-0-1"), (row.Environment, row.Service, row.Release, row.Version, row.Instance));
        Assert.Equal((6, 0L, 0L), (row.Requests.Length, row.Requests.Sum(), row.InFlight));
    }

    [Fact]
    public async Task The_same_effect_again_is_done_already()
    {
        await using var subject = await StartAsync();
        for (var i = 0; i < 3; i++) Assert.Null(await ApplyAsync(subject, Shop, 4, "a"));
        Assert.Equal(4, (await subject.Traffic.ObserveAsync(Shop, CancellationToken.None))!.Generation);
    }

    [Fact]
    public async Task An_older_effect_is_fenced_and_changes_nothing()
    {
        await using var subject = await StartAsync();
        await ApplyAsync(subject, Shop, 5, "new");
        var fault = await ApplyAsync(subject, Shop, 4, "old");
        Assert.Equal((FaultKind.Fenced, false), (fault!.Kind, fault.Retryable));
        var view = await subject.Traffic.ObserveAsync(Shop, CancellationToken.None);
        Assert.Equal(5, view!.Generation);
        Assert.Equal("new", Assert.Single(view.Instances).Instance);
    }

    [Fact]
    public async Task Services_are_fenced_each_for_itself()
    {
        await using var subject = await StartAsync();
        Assert.Null(await ApplyAsync(subject, Shop, 100, "s"));
        Assert.Null(await ApplyAsync(subject, Blog, 1, "b"));
        Assert.Equal(100, (await subject.Traffic.ObserveAsync(Shop, CancellationToken.None))!.Generation);
        var view = await subject.Traffic.ObserveAsync(Blog, CancellationToken.None);
        Assert.Equal((1, "b"), (view!.Generation, Assert.Single(view.Instances).Instance));
    }

    [Fact]
    public async Task Routes_that_are_wrong_are_refused_and_change_nothing()
    {
        await using var subject = await StartAsync();
        await ApplyAsync(subject, Shop, 1, "a");
        var wrong = Routes(Shop, "a") with { Arms = [new Arm("A", "sha256:a", "1.0", Weight.FromPercent(90), [])] };
        var fault = await subject.Traffic.ApplyAsync(Shop, new RolloutEffect.SetRoutes(2, wrong with { Generation = 2 }), CancellationToken.None);
        Assert.Equal((FaultKind.Invalid, false), (fault!.Kind, fault.Retryable));
        Assert.Contains("9000", fault.Message);
        Assert.Equal(1, (await subject.Traffic.ObserveAsync(Shop, CancellationToken.None))!.Generation);
        // And a right one with the same id is not fenced by it.
        Assert.Null(await ApplyAsync(subject, Shop, 2, "b"));
    }

    [Fact]
    public async Task Two_services_cannot_have_the_same_match()
    {
        await using var subject = await StartAsync();
        await ApplyAsync(subject, Shop, 1, "a");
        var clash = Routes(Blog, "b") with { Matches = Routes(Shop, "a").Matches, Generation = 1 };
        var fault = await subject.Traffic.ApplyAsync(Blog, new RolloutEffect.SetRoutes(1, clash), CancellationToken.None);
        Assert.Equal((FaultKind.Invalid, Blame.Configuration), (fault!.Kind, fault.Who));
        Assert.Contains("production/shop", fault.Message);
    }

    [Fact]
    public async Task A_service_may_have_no_arms()
    {
        await using var subject = await StartAsync();
        await ApplyAsync(subject, Shop, 1, "a");
        Assert.Null(await subject.Traffic.ApplyAsync(Shop, new RolloutEffect.SetRoutes(2, Routes(Shop, "a") with { Arms = [], Generation = 2 }), CancellationToken.None));
        Assert.Equal(2, (await subject.Traffic.ObserveAsync(Shop, CancellationToken.None))!.Generation);
    }

    [Fact]
    public async Task The_counters_of_an_instance_that_left_can_still_be_read()
    {
        await using var subject = await StartAsync();
        await ApplyAsync(subject, Shop, 1, "a");
        await ApplyAsync(subject, Shop, 2, "b");
        var view = await subject.Traffic.ObserveAsync(Shop, CancellationToken.None);
        Assert.Equal("a b", string.Join(' ', view!.Instances.Select(row => row.Instance).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_lost_data_plane_is_a_fault_to_try_again_and_nothing_seen()
    {
        await using var subject = await StartAsync();
        await ApplyAsync(subject, Shop, 3, "a");
        await subject.LoseAsync();
        var fault = await ApplyAsync(subject, Shop, 4, "b");
        Assert.Equal((FaultKind.Unavailable, Blame.Platform, true), (fault!.Kind, fault.Who, fault.Retryable));
        Assert.Null(await subject.Traffic.ObserveAsync(Shop, CancellationToken.None));
    }

    [Fact]
    public async Task A_data_plane_that_returns_has_what_it_confirmed_its_fences_and_a_new_epoch()
    {
        await using var subject = await StartAsync();
        await ApplyAsync(subject, Shop, 3, "a");
        var before = await subject.Traffic.ObserveAsync(Shop, CancellationToken.None);
        await subject.LoseAsync();
        await subject.ReturnAsync();
        var after = await subject.Traffic.ObserveAsync(Shop, CancellationToken.None);
        Assert.Equal(3, after!.Generation);
        Assert.False(before!.Epoch == after.Epoch);
        Assert.Equal(FaultKind.Fenced, (await ApplyAsync(subject, Shop, 2, "old"))!.Kind);
        Assert.Null(await ApplyAsync(subject, Shop, 3, "a"));
        Assert.Null(await ApplyAsync(subject, Shop, 4, "b"));
    }

    private static Task<Fault?> ApplyAsync(ITrafficSubject subject, ServiceKey service, long id, string instance)
        => subject.Traffic.ApplyAsync(service, new RolloutEffect.SetRoutes(id, Routes(service, instance) with { Generation = id }), CancellationToken.None);

    private static ServiceRoutes Routes(ServiceKey service, string instance) => new()
    {
        Environment = service.Environment,
        Service = service.Service,
        Generation = 0,
        Matches = [new RouteMatch(service.Service + ".test", "/", ImmutableSortedDictionary<string, string>.Empty)],
        Arms = [new Arm("A", "sha256:a", "1.0", Weight.Full, [new Target(instance, "127.0.0.1", 9, TargetState.Active)])],
        Salt = "salt",
    };
}
