using Fairway.Catalog;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Verification;

namespace Fairway.Rollouts;

/// <summary>Makes one attempt of a check: hands a request to the probes, a command to the hooks, and says what came of it.</summary>
internal static class CheckRuns
{
    public static Task<EffectOutcome> RunAsync(ServiceKey key, RolloutEffect.Verify effect, EnginePorts ports, TimeProvider time, CancellationToken cancellation)
        => effect.Check.Http is { } http ? AskAsync(effect, http, ports, cancellation) : CommandAsync(key, effect, ports, time, cancellation);

    // One instance after the other: what is measured is an answer, not a crowd.
    private static async Task<EffectOutcome> AskAsync(RolloutEffect.Verify effect, HttpCheck http, EnginePorts ports, CancellationToken cancellation)
    {
        if (ports.Probes is not { } probes) return new(new Fault(FaultKind.Forbidden, Blame.Fairway, Retryable: false, "this control plane has no way to ask a service"));
        var isLive = effect.Addresses.IsEmpty;
        if (isLive && ports.EdgeAddress?.Invoke() is null)
            return new(new Fault(FaultKind.Unavailable, Blame.Platform, Retryable: true, "the edge does not listen, so nothing can be asked as users ask"));
        ImmutableArray<string> addresses = isLive ? [ports.EdgeAddress!()!] : effect.Addresses;
        CheckFinding? worst = null;
        foreach (var address in addresses)
        {
            var (reply, fault) = await probes.SendAsync(new(address, effect.Host, http, effect.Check.Timeout)
            {
                Variables = effect.Release.Workload.Environment, Secrets = effect.Release.Workload.Secrets,
            }, cancellation);
            if (reply is null) return new(fault);
            if (isLive && reply.Failed == NoAnswer.Unreachable)
                return new(new Fault(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the edge at {address} takes no connection"));
            var finding = ReplyJudge.Of(http, effect.Check.Timeout, reply);
            if (!finding.Passed) return Failed(effect, addresses.Length == 1 ? finding : finding with { Got = $"{finding.Got} from {address}" });
            if (worst is null || finding.Milliseconds > worst.Milliseconds) worst = finding;
        }
        return EffectOutcome.Done with { Check = worst };
    }

    private static async Task<EffectOutcome> CommandAsync(ServiceKey key, RolloutEffect.Verify effect, EnginePorts ports, TimeProvider time, CancellationToken cancellation)
    {
        var variables = effect.Variables;
        if (effect.Moment == CheckMoment.Live && ports.EdgeAddress?.Invoke() is { } edge) variables = variables.SetItem("FAIRWAY_URL", edge.TrimEnd('/'));
        var began = time.GetTimestamp();
        var outcome = await ports.Hooks.RunAsync(
            key, new(effect.Id, effect.RolloutId, HookKind.Verify, new(effect.Check.Command, effect.Check.Timeout), effect.Release, variables), cancellation);
        var took = (long)time.GetElapsedTime(began).TotalMilliseconds;
        return outcome switch
        {
            { Fault: null, ExitCode: null or 0 } => outcome with { Check = new(true, "exit code 0", "exit code 0", took) },
            { ExitCode: { } code } => Failed(effect, new(false, "exit code 0", $"exit code {code}{LastWords(outcome.Output)}", took)) with { ExitCode = code, Output = outcome.Output },
            // It was killed: by its time-out, or by a signal.
            { Fault: { Who: Blame.Release } fault } => Failed(effect, new(false, "exit code 0", fault.Message, took)) with { Output = outcome.Output },
            _ => outcome,
        };
    }

    private static EffectOutcome Failed(RolloutEffect.Verify effect, CheckFinding finding)
    {
        // What a service answers in its trouble may hold what nobody else should read.
        finding = finding with { Got = SecretNames.Conceal(finding.Got) };
        return new(new Fault(FaultKind.Failed, Blame.Release, Retryable: false, $"check {effect.Check.Name} ({Verifying.Name(effect.Moment)}): {finding.Sentence}")) { Check = finding };
    }

    private static string LastWords(string? output)
        => output?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? $" and {Excerpt.Of(last)}" : "";
}
