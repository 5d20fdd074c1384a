using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Tests.Contracts.Migrations;

/// <summary>What every <see cref="IMigrations"/> does. A file that names <c>no_such_thing</c> cannot be run.</summary>
public abstract class MigrationsContract
{
    protected static readonly ServiceKey Shop = new("production", "shop");
    protected static readonly (string, string) First = ("0001_first.sql", "create table first (id int)");
    protected static readonly (string, string) Second = ("0002_second.expand.sql", "create table second (id int)");
    protected static readonly (string, string) Clean = ("0002_second.contract.sql", "drop table first");
    protected static readonly (string, string) Broken = ("0003_broken.sql", "select 1;\n\nselect * from no_such_thing");

    private long _effects;

    /// <summary>Ready, with an empty database at <see cref="Spec"/>.</summary>
    protected abstract Task<IMigrations> OpenAsync();

    /// <summary>How it is reached.</summary>
    protected abstract DatabaseSpec Spec { get; }

    /// <summary>A release with these files.</summary>
    protected abstract Release Given(string version, params (string Name, string Sql)[] files);

    [Fact]
    public async Task Expands_run_in_order_and_contracts_are_told_of_and_run_when_they_are_asked_for()
    {
        var migrations = await OpenAsync();
        var release = Given("1.0", Clean, Second, First);
        var expanded = await migrations.RunAsync(Shop, Effect(release), default);
        Assert.Null(expanded.Fault);
        Assert.Equal([First.Item1, Second.Item1], expanded.Migrations!.Ran);
        Assert.Equal([(First.Item1, 1L), (Second.Item1, 2L)], expanded.Migrations.Applied.Select((one, i) => (one.Name, (long)i + 1)));
        Assert.Equal([(Clean.Item1, 2L)], expanded.Migrations.Contracts.Select(one => (one.Name, one.Number)));
        Assert.All(expanded.Migrations.Applied, one => Assert.Equal(("1.0", "production/shop/1"), (one.Version, one.Rollout)));

        var contracted = await migrations.RunAsync(Shop, Effect(release, MigrationStage.Contract), default);
        Assert.Equal([Clean.Item1], contracted.Migrations!.Ran);
        Assert.Empty(contracted.Migrations.Contracts);
        Assert.Equal([First.Item1, Second.Item1, Clean.Item1], (await migrations.ListAsync(Shop, Spec, default)).Applied!.Value.Select(one => one.Name));
    }

    [Fact]
    public async Task What_has_run_is_never_run_again_whoever_asks()
    {
        var migrations = await OpenAsync();
        var release = Given("1.0", First);
        var effect = Effect(release);
        Assert.Null((await migrations.RunAsync(Shop, effect, default)).Fault);
        var again = await migrations.RunAsync(Shop, effect, default);
        Assert.Null(again.Fault);
        Assert.Empty(again.Migrations!.Ran);
        Assert.Empty((await migrations.RunAsync(Shop, Effect(Given("1.1", First)), default)).Migrations!.Ran);
    }

    [Fact]
    public async Task Only_what_is_not_known_is_told_of()
    {
        var migrations = await OpenAsync();
        var first = await migrations.RunAsync(Shop, Effect(Given("1.0", First)), default);
        var seq = first.Migrations!.Applied.Single().Seq;
        var second = await migrations.RunAsync(Shop, Effect(Given("1.1", First, Second), after: seq), default);
        Assert.Equal([Second.Item1], second.Migrations!.Applied.Select(one => one.Name));
        // The word of the second was lost: it is told again.
        var third = await migrations.RunAsync(Shop, Effect(Given("1.1", First, Second), after: seq), default);
        Assert.Equal([Second.Item1], third.Migrations!.Applied.Select(one => one.Name));
        Assert.Empty(third.Migrations.Ran);
    }

    [Fact]
    public async Task A_changed_file_is_refused_before_anything_runs()
    {
        var migrations = await OpenAsync();
        await migrations.RunAsync(Shop, Effect(Given("1.0", First)), default);
        var refused = await migrations.RunAsync(Shop, Effect(Given("1.1", (First.Item1, "create table other (id int)"), Second)), default);
        Assert.Equal((FaultKind.Invalid, Blame.Release, false), (refused.Fault!.Kind, refused.Fault.Who, refused.Fault.Retryable));
        Assert.Contains("0001_first.sql was changed", refused.Fault.Message, StringComparison.Ordinal);
        Assert.Single((await migrations.ListAsync(Shop, Spec, default)).Applied!.Value);
    }

    [Fact]
    public async Task A_file_that_fails_ends_it_keeps_what_ran_before_and_is_named()
    {
        var migrations = await OpenAsync();
        var failed = await migrations.RunAsync(Shop, Effect(Given("1.0", First, Broken, ("0004_after.sql", "create table after_it (id int)"))), default);
        Assert.Equal((Blame.Release, false), (failed.Fault!.Who, failed.Fault.Retryable));
        Assert.Equal(Broken.Item1, failed.Migrations!.Failure!.File);
        Assert.Equal([First.Item1], failed.Migrations.Ran);
        var mended = await migrations.RunAsync(Shop, Effect(Given("1.1", First, (Broken.Item1, "create table mended (id int)"))), default);
        Assert.Null(mended.Fault);
        Assert.Equal([Broken.Item1], mended.Migrations!.Ran);
    }

    [Fact]
    public async Task A_release_from_before_a_contract_is_refused_and_one_that_has_it_is_not()
    {
        var migrations = await OpenAsync();
        var release = Given("1.1", First, Second, Clean);
        await migrations.RunAsync(Shop, Effect(release), default);
        await migrations.RunAsync(Shop, Effect(release, MigrationStage.Contract), default);
        var older = await migrations.RunAsync(Shop, Effect(Given("1.0", First, Second)), default);
        Assert.Contains("1.0 does not work with this database any more: 0002_second.contract.sql", older.Fault!.Message, StringComparison.Ordinal);
        Assert.Null((await migrations.RunAsync(Shop, Effect(Given("1.2", First, Second, Clean)), default)).Fault);
    }

    [Fact]
    public async Task Two_services_with_one_database_know_nothing_of_each_other()
    {
        var migrations = await OpenAsync();
        Assert.Null((await migrations.RunAsync(Shop, Effect(Given("1.0", First)), default)).Fault);
        var other = await migrations.RunAsync(new("production", "basket"), Effect(Given("3.0", ("0001_first.sql", "create table basket (id int)"))), default);
        Assert.Null(other.Fault);
        Assert.Single(other.Migrations!.Applied);
    }

    [Fact]
    public async Task Many_at_once_run_each_file_once()
    {
        var migrations = await OpenAsync();
        var release = Given("1.0", First, Second);
        var ended = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => migrations.RunAsync(Shop, Effect(release), default))));
        Assert.All(ended, one => Assert.True(one.Fault is null or { Kind: FaultKind.Unavailable, Retryable: true }, one.Fault?.Message));
        Assert.Equal([First.Item1, Second.Item1], ended.SelectMany(one => one.Migrations?.Ran ?? []).Order(StringComparer.Ordinal));
    }

    protected RolloutEffect.Migrate Effect(Release release, MigrationStage stage = MigrationStage.Expand, long after = 0, Func<DatabaseSpec, DatabaseSpec>? spec = null, string? serving = null)
        => new(Interlocked.Increment(ref _effects), "production/shop/1", stage, release, spec?.Invoke(Spec) ?? Spec, after) { Serving = serving };

    protected static Release Release(string version, string artifact)
        => new("sha256:" + version, "shop", version, artifact, new() { Command = ["run"] }, Instant.FromUtc(2026, 1, 1, 0, 0));
}
