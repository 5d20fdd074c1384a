using Fairway.Catalog;
using Fairway.Kernel;

namespace Fairway.Ports;

/// <summary>Content-addressed artifacts. A folder's digest is over its sorted entries (path, mode, content or link target), not over an archive's bytes.</summary>
public interface IArtifacts
{
    /// <summary>Stores the files of a tar stream and returns their digest; storing the same files again changes nothing.</summary>
    /// <returns>The digest, or why the stream was refused (a path out of the tree, a device, too large, disk full).</returns>
    Task<(string? Digest, Fault? Fault)> StoreAsync(Stream tar, CancellationToken cancellation);

    /// <summary>Whether the artifact is here.</summary>
    Task<bool> ExistsAsync(string digest, CancellationToken cancellation);

    /// <summary>Makes a release's files ready to run, read-only and verified against the digest.</summary>
    Task<Fault?> PrepareAsync(Release release, CancellationToken cancellation);
}

/// <summary>Runs the commands around a rollout.</summary>
public interface IHooks
{
    /// <summary>
    /// Runs the command in the release's artifact folder. Idempotent by the effect's id: a second call with the same id waits for, or repeats, the first one's
    /// outcome. One that was cut off by a crash of this process is run again.
    /// </summary>
    Task<Rollouts.EffectOutcome> RunAsync(ServiceKey service, Rollouts.RolloutEffect.RunHook effect, CancellationToken cancellation);
}
