using Fairway.Edge.Counters;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Forwarding;

/// <summary>What is known of a request when an attempt at it failed.</summary>
/// <param name="Idempotent">The method may be repeated (RFC 9110 §9.2.2).</param>
/// <param name="Replayable">All of its body that was read is still at hand.</param>
/// <param name="AnyByteSent">Something of it went out on the connection.</param>
/// <param name="ProvenUndelivered">TCP proves that the instance never had any of it.</param>
/// <param name="AnyByteAnswered">The instance began to answer.</param>
internal readonly record struct AttemptFacts(bool Idempotent, bool Replayable, bool AnyByteSent, bool ProvenUndelivered, bool AnyByteAnswered);

/// <summary>When a request may be sent again: only when nobody can tell the difference.</summary>
internal static class RetryRule
{
    /// <summary>Whether the request may be tried again after this failure.</summary>
    public static bool Allows(FailureKind failure, AttemptFacts facts) => failure switch
    {
        FailureKind.Connect => facts.Replayable,
        FailureKind.Reset => facts is { Replayable: true, AnyByteAnswered: false } && (facts.Idempotent || !facts.AnyByteSent || facts.ProvenUndelivered),
        // A slow instance may be at work on it; another would only double the load.
        FailureKind.Timeout => false,
        _ => false,
    };

    /// <summary>Methods that may be repeated.</summary>
    public static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsOptions(method)
        || HttpMethods.IsTrace(method);
}
