using Fairway.Access;
using Fairway.Kernel;

namespace Fairway.Ports;

/// <summary>An issuer of tokens elsewhere, whose bearers are recognized here.</summary>
public interface IIdentityIssuer
{
    /// <summary>Who bears a token.</summary>
    /// <param name="bearer">The token as it was sent.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The bearer, or why not: <see cref="FaultKind.Forbidden"/> for a token that is wrong, <see cref="FaultKind.Unavailable"/> when the issuer cannot be
    /// asked for its keys. Never repeats the token.</returns>
    ValueTask<(Principal? Who, Fault? Refused)> RecognizeAsync(string bearer, CancellationToken cancellation);
}
