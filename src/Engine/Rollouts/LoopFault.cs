using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Rollouts;

/// <summary>What a loop that must go on says of an error in one of its turns.</summary>
public static class LoopFault
{
    /// <summary>The error as a fault: a ledger's own, a service that is busy, or an error of ours, which is said in full.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="what">What was looked at.</param>
    public static Fault Of(Exception error, string what) => error switch
    {
        LedgerException ledger => ledger.Fault,
        ServiceBusyException busy => new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"{what}: {busy.Message}"),
        _ => new(FaultKind.Failed, Blame.Fairway, Retryable: true, $"{what}: {error.GetType().Name}: {error.Message}; tried again"),
    };
}
