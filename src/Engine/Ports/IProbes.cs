using Fairway.Kernel;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Ports;

/// <summary>A request to make.</summary>
/// <param name="Address">Where, such as <c>http://127.0.0.1:5001</c>: an instance, or the edge.</param>
/// <param name="Host">The host that it names; null is the address's own.</param>
/// <param name="Check">The request.</param>
/// <param name="Timeout">How long the whole exchange may take, redirects included.</param>
public sealed record ProbeRequest(string Address, string? Host, HttpCheck Check, Duration Timeout)
{
    /// <summary>Values that <c>$NAME</c> in headers and body stands for.</summary>
    public ImmutableSortedDictionary<string, string> Variables { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The same of secrets, as where to find them: <c>env:NAME</c> or <c>file:/path</c>. Read only where they are named.</summary>
    public ImmutableSortedDictionary<string, string> Secrets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>Asks services by HTTP.</summary>
public interface IProbes
{
    /// <summary>
    /// Makes a request over a connection of its own and reads its answer: at most <see cref="HttpCheck.MostBody"/> bytes of it, no cookie kept, no proxy used. Whatever the
    /// other side does is a reply; secrets that were sent are not in it.
    /// </summary>
    /// <returns>The reply; or a fault where the request cannot be made at all, such as a secret that is missing.</returns>
    Task<(ProbeReply? Reply, Fault? Fault)> SendAsync(ProbeRequest request, CancellationToken cancellation);
}
