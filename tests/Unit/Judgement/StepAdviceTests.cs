using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

public sealed class StepAdviceTests
{
    private static readonly StepLimits Limits = new(Duration.FromSeconds(60), Duration.FromMinutes(10), OnDoubt.Hold);

    [Theory]
    [InlineData(Verdict.Safe, 59, StepAdvice.Hold)]
    [InlineData(Verdict.Safe, 60, StepAdvice.Advance)]
    [InlineData(Verdict.InsufficientEvidence, 61, StepAdvice.Hold)]
    [InlineData(Verdict.InsufficientEvidence, 600, StepAdvice.AskPerson)]
    [InlineData(Verdict.Safe, 700, StepAdvice.Advance)]
    [InlineData(Verdict.Regressed, 0, StepAdvice.RollBack)]
    [InlineData(Verdict.Regressed, 700, StepAdvice.RollBack)]
    public void A_step_goes_on_when_safe_holds_in_doubt_and_goes_back_when_worse(Verdict verdict, int seconds, StepAdvice expected)
        => Assert.Equal(expected, Limits.Advise(verdict, Duration.FromSeconds(seconds)));

    [Fact]
    public void In_doubt_at_the_limit_the_policy_may_say_to_go_back()
        => Assert.Equal(StepAdvice.RollBack, (Limits with { Doubt = OnDoubt.RollBack }).Advise(Verdict.InsufficientEvidence, Duration.FromMinutes(10)));
}
