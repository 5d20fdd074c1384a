using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>The section <c>rollout</c>.</summary>
internal static class RolloutDeclaration
{
    private static readonly Duration DefaultPause = Duration.FromSeconds(60);

    /// <summary>What holds where nothing is written: judged.</summary>
    public static RolloutPolicy Usual { get; } = new() { Judge = new() };

    private sealed record StepParts(Weight? Weight, Duration? Pause, bool PauseGiven);

    /// <summary>The declaration.</summary>
    public static RecordShape<RolloutPolicy> Declare()
    {
        var hook = DeclareHook();
        return new RecordShape<RolloutPolicy>("Rollout", "How a new release takes over.", Usual)
            .Field("strategy", Scalars.OneOf(("canary", Strategy.Canary), ("blueGreen", Strategy.BlueGreen), ("rolling", Strategy.Rolling)),
                "`canary` grows the new release's share in steps, `blueGreen` moves all traffic at once, `rolling` replaces "
                    + "instances in batches.",
                rollout => rollout.Strategy, (rollout, value) => rollout with { Strategy = value }).Not("type", "kind")
            .Field("steps", DeclareSteps(),
                "The canary's shares of traffic, growing to `100%`. A percentage alone is a step with the default pause.",
                rollout => rollout.Steps,
                (rollout, value) => rollout with { Steps = value }).Not("weights", "stages")
            .Field("guard", Scalars.Time(), "How long the new release is watched at 100 % before the rollout is complete.",
                rollout => rollout.Guard,
                (rollout, value) => rollout with { Guard = value }).Not("bake", "bakeTime", "soak")
            .Field("keepWarm", Scalars.Time(), "How long the replaced release stays running, so that going back is instant.",
                rollout => rollout.KeepWarm,
                (rollout, value) => rollout with { KeepWarm = value }).Not("scaleDownDelay")
            .Field("progressDeadline", Scalars.Time(zero: false),
                "Without progress for this long, the rollout is taken back. Waiting for a person does not count.",
                rollout => rollout.ProgressDeadline, (rollout, value) => rollout with { ProgressDeadline = value })
                    .Not("deadline", "timeout", "progressDeadlineSeconds")
            .Optional("maxErrors", DeclareMaxErrors(), "When the new release's errors take it back, whatever else is known.", null,
                (rollout, value) => rollout with { MaxErrorRatio = value.Ratio, MinRequests = value.Of })
                    .Not("errors", "errorRate", "maxErrorRatio")
            .Optional("judge", new DeferredShape<JudgeSettings?>(JudgeDeclaration.Declare),
                "How the new release is compared with the stable one; `off` leaves only `maxErrors`, and then time alone passes a step.",
                "judged as the section's defaults say", (rollout, value) => rollout with { Judge = value }).Not("analysis", "canaryAnalysis", "verdict")
            .Field("maxRestarts", Scalars.Whole(0, 1_000), "More restarts of its instances than this during the rollout take it back.",
                rollout => rollout.MaxRestarts,
                (rollout, value) => rollout with { MaxRestarts = value }).Not("restarts", "crashes")
            .Optional("rolling", DeclareRolling(), "For `strategy: rolling`: how many instances are replaced at a time.", null,
                (rollout, value) => rollout with { MaxSurge = value.MaxSurge, MaxUnavailable = value.MaxUnavailable })
                    .Not("rollingUpdate", "batch")
            .Optional("before", hook,
                "Run before instances start; a failure ends the rollout with nothing changed. For migrations that the old release "
                    + "can live with.", "nothing",
                (rollout, value) => rollout with { Before = value }).Like("./migrate").Not("pre", "preDeploy", "migrate")
            .Optional("smoke", hook,
                "Run against the new release before it gets traffic; `$FAIRWAY_URL` is its address. A failure takes it back.", "nothing",
                (rollout, value) => rollout with { Smoke = value }).Like("./smoke.sh").Not("test", "smokeTest")
            .Optional("verify", new DeferredShape<ImmutableArray<CheckSpec>>(VerifyDeclaration.Declare),
                "What must be so of the new release before it gets traffic, and again when it has all of it. A failure takes it back.", "nothing",
                (rollout, value) => rollout with { Verify = value.IsEmpty ? null : value }).Not("checks", "verification", "smokeTests", "tests")
            .Optional("after", hook, "Run when the rollout is complete; a failure is recorded and changes nothing.", "nothing",
                (rollout, value) => rollout with { After = value }).Like("./announce").Not("post", "postDeploy");
    }

    private static Shape<ImmutableArray<CanaryStep>> DeclareSteps()
    {
        var pause = new ScalarShape<Duration?>("duration or `approval`", $"{DurationText.Expected}, or approval",
            text => text == "approval" ? Parsed.Value<Duration?>(null)
                : DurationText.Parse(text) is { IsValid: true } time ? Parsed.Value<Duration?>(time.Value)
                : Parsed.Malformed<Duration?>(DurationText.Parse(text).Suggestion ?? NearestName.Of(text, ["approval"])
                    ?? (text is "manual" or "person" or "forever" ? "approval" : null)),
            value => value is { } time ? DurationText.Format(time) : "approval",
            () =>
            {
                var schema = Scalars.TimeSchema();
                schema["pattern"] = schema["pattern"]!.GetValue<string>() + "|^approval$";
                return schema;
            });
        var step = new RecordShape<StepParts>("Step", "One step of a canary.", new(null, null, false))
            .Required("weight", Scalars.Share, "The new release's share of traffic.", (parts, value) => parts with { Weight = value })
                .Like("1%", "10%", "100%").Not("percent", "share", "setWeight")
            .Optional("pause", pause, "Shortest time at this weight; `approval` waits for `fairway promote`.",
                "`60s`; at `100%` none, because `guard` follows",
                (parts, value) => parts with { Pause = value, PauseGiven = true }).Like("60s", "approval").Not("wait", "hold", "duration",
                    "for");
        var list = new ListShape<StepParts>(new ShorthandShape<StepParts>(step, "weight", Scalars.Share)
        {
            Brief = given => given.Weight is { } weight && given.Pause == ToStep(new(weight, null, false)).Pause ? weight.ToString() : null,
        })
        { AtLeast = 1, Check = CheckSteps };
        return list.To(steps => steps.Select(ToStep).ToImmutableArray(),
            steps => [.. steps.Select(given => new StepParts(given.Weight, given.Pause, true))]);
    }

    private static CanaryStep ToStep(StepParts parts)
        => new(parts.Weight ?? Weight.Full, parts.PauseGiven ? parts.Pause : parts.Weight == Weight.Full ? Duration.Zero : DefaultPause);

    private static void CheckSteps(ImmutableArray<StepParts> steps, SequenceNode node, Binder binder)
    {
        for (var i = 1; i < steps.Length; i++)
        {
            if (steps[i].Weight is not { } weight || steps[i - 1].Weight is not { } before || weight > before) continue;
            binder.Diagnostics.Error(DiagnosticCodes.StepsDoNotGrow, WeightAt(node.Items[i]),
                $"{binder.Name}[{i}] goes from {before} to {weight}",
                $"more than {before}", null, new RelatedPlace(WeightAt(node.Items[i - 1]), "the step before"));
        }
        if (steps[^1].Weight is { } end && end != Weight.Full)
            binder.Diagnostics.Error(DiagnosticCodes.LastStep, WeightAt(node.Items[^1]), $"the last step is {end}",
                "a step of 100% after it");
    }

    private static SourcePosition WeightAt(ConfigurationNode step) => step is MappingNode mapping && mapping.Find("weight") is { } weight
        ? weight.Value.At : step.At;

    private static RecordShape<(double Ratio, long Of)> DeclareMaxErrors()
    {
        var policy = new RolloutPolicy();
        return new RecordShape<(double Ratio, long Of)>("Max errors",
            "An absolute ceiling for the new release's errors: 5xx answers, time-outs and resets.",
            (policy.MaxErrorRatio, policy.MinRequests))
            .Field("ratio", Scalars.Ratio.Where("a percentage above 0 such as 50%",
                ratio => ratio > 0 ? null : ("is no errors at all, which no service keeps", null)),
                "Taken back at this share of errors…", limits => limits.Ratio, (limits, value) => limits with { Ratio = value })
                    .Not("percent", "rate", "share")
            .Field("of", Scalars.Whole(1, 1_000_000), "… of at least this many requests.", limits => (int)limits.Of,
                (limits, value) => limits with { Of = value }).Not("requests", "minRequests", "min");
    }

    private static RecordShape<(int MaxSurge, int MaxUnavailable)> DeclareRolling()
    {
        var policy = new RolloutPolicy();
        return new RecordShape<(int MaxSurge, int MaxUnavailable)>("Rolling", "How many instances a rolling rollout replaces at a time.",
            (policy.MaxSurge, policy.MaxUnavailable))
            .Field("maxSurge", Scalars.Whole(0, 1_000), "Instances above the wanted number while replacing.", limits => limits.MaxSurge,
                (limits, value) => limits with { MaxSurge = value }).Not("surge")
            .Field("maxUnavailable", Scalars.Whole(0, 1_000), "Instances that may be missing while replacing.",
                limits => limits.MaxUnavailable,
                (limits, value) => limits with { MaxUnavailable = value }).Not("unavailable")
            .Check((limits, node, binder) =>
            {
                if (limits is (0, 0))
                    binder.Diagnostics.Error(DiagnosticCodes.RollingStuck, (node.Find("maxSurge") ?? node.Find("maxUnavailable")!).Key.At,
                        "maxSurge and maxUnavailable are both 0, so no instance can be replaced", "at least one of them above 0");
            });
    }

    /// <summary>A command around a rollout.</summary>
    public static Shape<HookSpec> DeclareHook()
    {
        var timeout = Duration.FromMinutes(5);
        var full = new RecordShape<HookSpec>("Hook",
            "A command around a rollout, run in the new release's artifact. A command alone is `{ run: command }`.", new([], timeout))
            .Required("run", Scalars.Command, "The command.", (hook, value) => hook with { Command = value }).Like("./migrate --to latest")
                .Not("command", "cmd", "exec")
            .Field("timeout", Scalars.Time(zero: false), "Ended and counted as failed after this long.", hook => hook.Timeout,
                (hook, value) => hook with { Timeout = value }).Not("deadline");
        return new ShorthandShape<HookSpec>(full, "run", Scalars.Command);
    }
}
