using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;
using Npgsql;

namespace Fairway.Adapters.Postgres;

/// <summary>Migrations of PostgreSQL databases, which keep their record in the table <c>fairway_migrations</c>.</summary>
/// <param name="artifact">The folder of an artifact by its digest.</param>
/// <param name="secret">The value at a reference, or why there is none.</param>
/// <param name="time">The clock.</param>
public sealed class PostgresMigrations(Func<string, string> artifact, Func<string, (string? Value, string Problem)> secret, TimeProvider time) : IMigrations
{
    /// <inheritdoc/>
    public async Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.Migrate effect, CancellationToken cancellation)
    {
        var (directory, unread) = await ReadAsync(effect.Release, effect.Database, cancellation);
        if (directory is null) return new(unread);
        var (session, away) = await OpenAsync(service, effect.Database.Connection!, cancellation);
        if (session is null) return new(away);
        await using var _ = session;
        if (effect.Stage != MigrationStage.Shadow) return await RunAsync(service, effect, session, directory, cancellation);
        var reference = effect.Database.Shadow!.Connection;
        var (copy, lost) = await OpenAsync(service, reference, cancellation);
        if (copy is null) return new(lost);
        await using var __ = copy;
        return await TryAsync(service, effect, session, copy, directory, cancellation);
    }

    /// <inheritdoc/>
    public Task<(MigrationDirectory? Directory, Fault? Fault)> ReadAsync(Release release, DatabaseSpec database, CancellationToken cancellation)
        => Task.Run(() => database.Migrations is { } path ? MigrationFolder.Read(artifact(release.Artifact), path) : (MigrationDirectory.Empty, null), cancellation);

    /// <inheritdoc/>
    public async Task<(ImmutableArray<AppliedMigration>? Applied, Fault? Fault)> ListAsync(ServiceKey service, DatabaseSpec database, CancellationToken cancellation)
    {
        if (database.Connection is not { } reference) return ([], null);
        var (session, fault) = await OpenAsync(service, reference, cancellation);
        if (session is null) return (null, fault);
        await using var _ = session;
        try
        {
            return (await session.ListAsync(service, cancellation), null);
        }
        catch (Exception error) when (PostgresFaults.IsFault(error) && !cancellation.IsCancellationRequested)
        {
            return (null, PostgresFaults.OfConnecting(error, reference));
        }
    }

    private async Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.Migrate effect, PostgresSession session, MigrationDirectory directory, CancellationToken cancellation)
    {
        try
        {
            if (await session.LockAsync(time, cancellation) is { } busy) return new(busy);
            await session.PrepareAsync(cancellation);
            var known = await session.ListAsync(service, cancellation);
            var plan = MigrationPlan.Of(directory, known, Question(effect));
            if (plan.Refused is { } refused) return Refused(refused, Report(effect, directory, known, [], plan.Notes));
            var runner = Runner(session, service, effect);
            var files = effect.Stage == MigrationStage.Expand ? plan.Expands : plan.Contracts;
            var (fault, failure) = await runner.RunAsync(files, cancellation);
            var now = fault is { Kind: FaultKind.Unavailable } ? known : await session.ListAsync(service, cancellation);
            return new(fault) { Migrations = Report(effect, directory, now, runner.Ran, [.. plan.Notes, .. runner.Notes]) with { Failure = failure } };
        }
        catch (Exception error) when (PostgresFaults.IsFault(error) && !cancellation.IsCancellationRequested)
        {
            return new(PostgresFaults.OfConnecting(error, session.Reference));
        }
    }

    // Everything that is pending, on a copy; what that took and locked is the answer.
    private async Task<EffectOutcome> TryAsync(
        ServiceKey service, RolloutEffect.Migrate effect, PostgresSession session, PostgresSession copy, MigrationDirectory directory, CancellationToken cancellation)
    {
        try
        {
            if (await session.IdentityAsync(cancellation) == await copy.IdentityAsync(cancellation))
                return new(new Fault(FaultKind.Invalid, Blame.Configuration, false, $"{session.Reference} and {copy.Reference} are the same database; the shadow must be a copy"));
            var real = (await session.ListAsync(service, cancellation)).Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
            if (await copy.LockAsync(time, cancellation) is { } busy) return new(busy);
            await copy.PrepareAsync(cancellation);
            var plan = MigrationPlan.Of(directory, await copy.ListAsync(service, cancellation), Question(effect));
            if (plan.Refused is { } refused)
                return Refused(Why.Because(refused.Code, "{why} (on the copy at {reference}, which may have to be made anew)", ("why", refused.Sentence), ("reference", copy.Reference)), new());
            var runner = Runner(copy, service, effect);
            var (fault, failure) = await runner.RunAsync(plan.Expands.Concat(plan.Contracts), cancellation);
            var tried = fault is { Kind: FaultKind.Unavailable } ? [] : (await copy.ListAsync(service, cancellation)).Where(one => !real.Contains(one.Name)).ToImmutableArray();
            var longest = effect.Database.Shadow!.LongestLock;
            if (fault is null && tried.FirstOrDefault(one => one.LockedMilliseconds > longest.TotalMilliseconds) is { } slow)
                fault = new(FaultKind.Failed, Blame.Release, false, FormattableString.Invariant(
                    $"{slow.Name} kept others out for {slow.LockedMilliseconds / 1000.0:0.#} s on the copy ({string.Join(", ", slow.Locks)}); the limit is {longest.TotalSeconds:0.#} s"));
            return new(fault is null ? null : fault with { Message = fault.Message + " (on the copy)" })
            {
                Migrations = new() { Applied = tried, Ran = [.. runner.Ran], Notes = [.. runner.Notes], Failure = failure },
            };
        }
        catch (Exception error) when (PostgresFaults.IsFault(error) && !cancellation.IsCancellationRequested)
        {
            return new(PostgresFaults.OfConnecting(error, copy.Reference));
        }
    }

    private static EffectOutcome Refused(Why why, MigrationReport report) => new(new Fault(FaultKind.Invalid, Blame.Release, Retryable: false, why.Sentence))
    {
        Migrations = report with { Failure = new(why.Facts.FirstOrDefault(fact => fact.Name == "file")?.Value ?? "", 1, null, why.Sentence) },
    };

    private static MigrationReport Report(RolloutEffect.Migrate effect, MigrationDirectory directory, ImmutableArray<AppliedMigration> known, IEnumerable<string> ran, IEnumerable<string> notes)
    {
        var done = known.Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Applied = [.. known.Where(one => one.Seq > effect.After)],
            Contracts = [.. directory.Of(MigrationPhase.Contract).Where(file => !done.Contains(file.Name))
                .Select(file => new PendingContract(file.Name, file.Number, MigrationPlan.CompatibilityOf(file, effect.Database.Compatible)))],
            NewestContract = directory.NewestContract, Ran = [.. ran], Notes = [.. notes],
        };
    }

    private static MigrationQuestion Question(RolloutEffect.Migrate effect)
        => new(effect.Release.Version, effect.Serving, effect.Database.Compatible, effect.Database.OutOfOrder) { Blocked = effect.Blocked };

    private MigrationRunner Runner(PostgresSession session, ServiceKey service, RolloutEffect.Migrate effect)
        => new(session, new LockWatch(session.Settings, time), service, effect, time);

    private async Task<(PostgresSession? Session, Fault? Fault)> OpenAsync(ServiceKey service, string reference, CancellationToken cancellation)
    {
        var (value, problem) = secret(reference);
        if (value is null) return (null, new(FaultKind.NotFound, Blame.Configuration, false, $"the database's connection string: {problem}"));
        var (settings, fault) = ConnectionText.Read(value, reference, $"fairway {service}");
        return settings is null ? (null, fault) : await PostgresSession.OpenAsync(settings, reference, cancellation);
    }
}
