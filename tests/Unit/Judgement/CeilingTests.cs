using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

public sealed class CeilingTests
{
    private static readonly JudgePolicy Policy = new(0.5, 20);

    [Fact]
    public void Half_of_twenty_is_too_much()
    {
        Assert.Equal(Verdict.Regressed, After((20, 10)).Verdict);
        Assert.Equal(Verdict.InsufficientEvidence, After((20, 9)).Verdict);
        Assert.Equal(Verdict.InsufficientEvidence, After((19, 19)).Verdict);
    }

    [Fact]
    public void Requests_add_up_over_the_ticks() => Assert.Equal(Verdict.Regressed, After((5, 5), (5, 5), (5, 0), (5, 0)).Verdict);

    [Fact]
    public void What_is_long_past_does_not_excuse_what_is()
    {
        var ticks = Enumerable.Repeat((100L, 0L), 60).Concat(Enumerable.Repeat((100L, 100L), 11)).ToArray();
        Assert.Equal(Verdict.Regressed, After(ticks).Verdict);
    }

    [Fact]
    public void The_window_stays_small_however_long_it_goes_on()
        => Assert.InRange(After([.. Enumerable.Repeat((100L, 0L), 1_000)]).Next.Recent.Length, 1, 12);

    [Fact]
    public void Few_requests_make_the_window_longer_rather_than_empty()
    {
        var answer = After([.. Enumerable.Repeat((1L, 0L), 100)]);
        Assert.Equal(20, answer.Next.Recent.Sum(tick => tick.Counts.Requests));
        Assert.Equal(100, answer.Next.Candidate.Requests);
    }

    private static JudgeAnswer After(params (long Requests, long Errors)[] ticks)
    {
        var (state, at) = (JudgeState.Empty, Instant.FromUtc(2026, 1, 1, 12, 0));
        JudgeAnswer? answer = null;
        foreach (var (requests, errors) in ticks)
        {
            answer = Judge.Observe(Policy, state, new(at, at + Duration.FromSeconds(1), Weight.FromPercent(10), new(requests, errors), ArmCounts.None));
            (state, at) = (answer.Next, at + Duration.FromSeconds(1));
        }
        return answer!;
    }
}
