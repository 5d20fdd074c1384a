namespace Fairway.Rollouts;

/// <summary>Effects as people read them.</summary>
public static class EffectText
{
    /// <summary>An effect in words.</summary>
    public static string Of(RolloutEffect effect) => effect switch
    {
        RolloutEffect.PrepareRelease prepare => $"make the files of {prepare.Release.Version} ready",
        RolloutEffect.SetInstances { Count: 0 } instances => $"empty slot {instances.Slot}",
        RolloutEffect.SetInstances instances => $"run {instances.Count} of {instances.Release.Version} in slot {instances.Slot}",
        RolloutEffect.SetRoutes { Routes.Arms: [] } => "remove the routes",
        RolloutEffect.SetRoutes routes => "route " + string.Join(", ", routes.Routes.Arms.Select(arm => $"{arm.Weight} to {(arm.Release.Length == 0 ? "nobody" : arm.Version)}")),
        RolloutEffect.RunHook hook => $"run the {hook.Hook.ToString().ToLowerInvariant()} hook of {hook.Release.Version}",
        RolloutEffect.Migrate migrate => migrate.Stage switch
        {
            Migrations.MigrationStage.Shadow => $"try the migrations of {migrate.Release.Version} on a copy",
            Migrations.MigrationStage.Expand => $"expand the database for {migrate.Release.Version}",
            Migrations.MigrationStage.Contract => $"contract the database after {migrate.Release.Version}",
            _ => throw new System.Diagnostics.UnreachableException(migrate.Stage.ToString()),
        },
        RolloutEffect.Verify { Attempt: 1 } verify => $"check {verify.Check.Name} of {verify.Release.Version} ({Verifying.Name(verify.Moment)})",
        RolloutEffect.Verify verify => $"check {verify.Check.Name} of {verify.Release.Version} ({Verifying.Name(verify.Moment)}), attempt {verify.Attempt} of {verify.Check.Attempts}",
        _ => throw new System.Diagnostics.UnreachableException(effect.GetType().Name),
    };
}
