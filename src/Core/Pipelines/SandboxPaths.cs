namespace Fairway.Pipelines;

/// <summary>Where things are inside a sandbox, whatever it is made of.</summary>
public static class SandboxPaths
{
    /// <summary>The job's copy of the checkout.</summary>
    public const string Workspace = "/workspace";

    /// <summary>The home folder, empty at the beginning.</summary>
    public const string Home = "/home/build";

    /// <summary>Files by which steps talk to the runner.</summary>
    public const string Exchange = "/run/fairway";
}
