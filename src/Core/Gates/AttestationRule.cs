using Fairway.Kernel;

namespace Fairway.Gates;

/// <summary>
/// What must be attested of the artifact, or of the service in its environment, besides the checklist, such as <c>pipeline/integration</c>. What is not there yet may
/// still come, so it holds; what failed refuses, whatever is said of the other.
/// </summary>
internal static class AttestationRule
{
    private const string Prefix = "attestation/";

    /// <summary>A verdict for each kind that is asked for.</summary>
    public static IEnumerable<RuleVerdict> Ask(GateRequest request, GateSettings settings, GateFacts facts)
    {
        foreach (var kind in settings.Attestations)
        {
            var (artifact, service) = (facts.Attested.LastOrDefault(one => one.Kind == kind), facts.Service.LastOrDefault(one => one.Kind == kind));
            // Nobody talks a failed artifact well by what they say of the service.
            var newest = service is { Passed: false } && artifact is not { Passed: false } ? service : artifact ?? service;
            yield return newest switch
            {
                null => new(Prefix + kind, GateAnswer.Hold, Why.Because("attestation-missing", "nothing says yet that {kind} passed for {version}", ("kind", kind), ("version", request.Version)))
                {
                    Change = "wait for what attests it, or run that", Who = "what attests it",
                },
                { Passed: false } => new(Prefix + kind, GateAnswer.Deny, Why.Because("attestation-failed", "{summary}", ("summary", newest.Summary), ("kind", kind), ("version", request.Version)))
                {
                    Change = "mend it, and ship the next release", Who = "who made the release",
                },
                _ => new(Prefix + kind, GateAnswer.Allow, Why.Because("attestation-passed", "{summary}", ("summary", newest.Summary), ("kind", kind))),
            };
        }
    }
}
