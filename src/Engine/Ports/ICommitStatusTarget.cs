using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Ports;

/// <summary>Tells a host how a commit does.</summary>
public interface ICommitStatusTarget
{
    /// <summary>Tells it, within a time limit of its own. Telling the same twice does no harm. A fault that is not retryable will not go away by waiting.</summary>
    /// <param name="where">Which host, which project.</param>
    /// <param name="token">The token; never in a fault.</param>
    /// <param name="status">What.</param>
    /// <param name="cancellation">Stops waiting; it may have been told all the same.</param>
    Task<Fault?> SendAsync(StatusSettings where, string token, CommitStatus status, CancellationToken cancellation);
}
