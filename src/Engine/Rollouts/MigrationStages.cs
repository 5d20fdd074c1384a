using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Migrations;

namespace Fairway.Rollouts;

/// <summary>Hands a stage of migrations to who does it: a command of the release, or the database's own adapter.</summary>
internal static class MigrationStages
{
    public static async Task<EffectOutcome> RunAsync(ServiceKey key, RolloutEffect.Migrate effect, EnginePorts ports, CancellationToken cancellation)
    {
        var database = effect.Database;
        var (kind, command) = effect.Stage switch
        {
            MigrationStage.Shadow => (HookKind.Copy, database.Shadow?.Copy),
            MigrationStage.Expand => (HookKind.Expand, database.Expand),
            MigrationStage.Contract => (HookKind.Contract, database.Contract),
            _ => throw new System.Diagnostics.UnreachableException(effect.Stage.ToString()),
        };
        if (command is not null)
        {
            var ended = await ports.Hooks.RunAsync(key, new(effect.Id, effect.RolloutId, kind, command, effect.Release, Variables(effect)), cancellation);
            if (effect.Stage != MigrationStage.Shadow || ended.Fault is not null) return ended;
        }
        // A command may do one phase where it has nothing to do in the other.
        if (database.Migrations is null) return EffectOutcome.Done;
        return ports.Migrations is { } migrations
            ? await migrations.RunAsync(key, effect, cancellation)
            : new(new Fault(FaultKind.Forbidden, Blame.Fairway, Retryable: false, "this control plane has no way to a database"));
    }

    private static ImmutableSortedDictionary<string, string> Variables(RolloutEffect.Migrate effect)
    {
        var variables = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        return effect.Serving is { } serving ? variables.Add("FAIRWAY_PREVIOUS_VERSION", serving) : variables;
    }
}
