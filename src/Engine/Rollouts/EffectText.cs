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
        RolloutEffect.SetRoutes routes => "route " + string.Join(", ", routes.Routes.Arms.Select(arm => $"{arm.Weight} to {arm.Version}")),
        RolloutEffect.RunHook hook => $"run the {hook.Hook.ToString().ToLowerInvariant()} hook of {hook.Release.Version}",
        _ => throw new System.Diagnostics.UnreachableException(effect.GetType().Name),
    };
}
