using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Adapters.InMemory;

/// <summary>Databases that keep nothing but their record of migrations, by the reference to their connection string.</summary>
/// <param name="time">For when something ran.</param>
public sealed class InMemoryMigrations(TimeProvider time) : IMigrations
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Database, string Service), List<AppliedMigration>> _applied = [];

    /// <summary>A release's files.</summary>
    public Func<Release, MigrationDirectory> Files { get; set; } = _ => MigrationDirectory.Empty;

    /// <summary>Why a file cannot be run; null when it can. Asked at each try.</summary>
    public Func<RolloutEffect.Migrate, MigrationFile, Fault?> Faults { get; set; } = (_, _) => null;

    /// <summary>Told of every file that is run, before it is recorded.</summary>
    public Action<ServiceKey, RolloutEffect.Migrate, MigrationFile>? OnRun { get; set; }

    /// <summary>Whether what has run is recorded; false only to show what goes wrong then.</summary>
    public bool Remembers { get; init; } = true;

    /// <summary>What a database has of a service.</summary>
    public ImmutableArray<AppliedMigration> Applied(string database, string service)
    {
        lock (_lock) return [.. _applied.GetValueOrDefault((database, service)) ?? []];
    }

    /// <summary>Runs a stage; see <see cref="IMigrations.RunAsync"/>.</summary>
    public EffectOutcome Run(ServiceKey service, RolloutEffect.Migrate effect)
    {
        lock (_lock)
        {
            var directory = Files(effect.Release);
            var known = Rows(effect.Database.Connection!, service.Service);
            var rows = effect.Stage == MigrationStage.Shadow ? [.. known] : known;
            var plan = MigrationPlan.Of(directory, rows, new(effect.Release.Version, effect.Serving, effect.Database.Compatible, effect.Database.OutOfOrder) { Blocked = effect.Blocked });
            if (plan.Refused is { } refused)
                return new(new Fault(FaultKind.Invalid, Blame.Release, Retryable: false, refused.Sentence))
                {
                    Migrations = Report(effect, directory, rows, []) with { Failure = new(refused.Facts.FirstOrDefault(fact => fact.Name == "file")?.Value ?? "", 1, null, refused.Sentence) },
                };
            var ran = new List<string>();
            foreach (var file in effect.Stage switch
            {
                MigrationStage.Expand => plan.Expands,
                MigrationStage.Contract => plan.Contracts,
                MigrationStage.Shadow => plan.Expands.AddRange(plan.Contracts),
                _ => throw new System.Diagnostics.UnreachableException(effect.Stage.ToString()),
            })
            {
                if (Faults(effect, file) is { } fault)
                    return new(fault) { Migrations = Report(effect, directory, rows, ran) with { Failure = new(file.Name, file.Statements[0].Line, null, fault.Message) } };
                if (effect.Stage != MigrationStage.Shadow) OnRun?.Invoke(service, effect, file);
                ran.Add(file.Name);
                if (!Remembers) continue;
                rows.Add(new(rows.Count + 1, file.Name, file.Phase, file.Checksum, MigrationPlan.CompatibilityOf(file, effect.Database.Compatible), effect.Release.Version, effect.RolloutId,
                    Instant.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()), 0));
            }
            return EffectOutcome.Done with { Migrations = Report(effect, directory, rows, ran) };
        }
    }

    /// <inheritdoc/>
    public Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.Migrate effect, CancellationToken cancellation) => Task.FromResult(Run(service, effect));

    /// <inheritdoc/>
    public Task<(MigrationDirectory? Directory, Fault? Fault)> ReadAsync(Release release, DatabaseSpec database, CancellationToken cancellation)
        => Task.FromResult<(MigrationDirectory?, Fault?)>((Files(release), null));

    /// <inheritdoc/>
    public Task<(ImmutableArray<AppliedMigration>? Applied, Fault? Fault)> ListAsync(ServiceKey service, DatabaseSpec database, CancellationToken cancellation)
        => Task.FromResult<(ImmutableArray<AppliedMigration>?, Fault?)>((Applied(database.Connection ?? "", service.Service), null));

    private static MigrationReport Report(RolloutEffect.Migrate effect, MigrationDirectory directory, List<AppliedMigration> rows, List<string> ran)
    {
        var done = rows.Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Applied = [.. rows.Where(row => row.Seq > effect.After)], NewestContract = directory.NewestContract, Ran = [.. ran],
            Contracts = [.. directory.Of(MigrationPhase.Contract).Where(file => !done.Contains(file.Name))
                .Select(file => new PendingContract(file.Name, file.Number, MigrationPlan.CompatibilityOf(file, effect.Database.Compatible)))],
        };
    }

    private List<AppliedMigration> Rows(string database, string service)
    {
        if (!_applied.TryGetValue((database, service), out var rows)) _applied[(database, service)] = rows = [];
        return rows;
    }
}
