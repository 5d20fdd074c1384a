using Fairway.Workloads;
using NodaTime;

namespace Fairway.Tests.Unit.Workloads;

public sealed class RestartBackoffTests
{
    [Theory]
    [InlineData(1, 500)]
    [InlineData(2, 1000)]
    [InlineData(3, 2000)]
    [InlineData(6, 16000)]
    [InlineData(7, 30000)]
    [InlineData(60, 30000)]
    [InlineData(int.MaxValue, 30000)]
    public void Delays_double_to_half_a_minute_less_up_to_a_quarter(int failures, long milliseconds)
        => Assert.InRange(RestartBackoff.Delay("shop-a-0-1", failures), Duration.FromMilliseconds(milliseconds) * 0.75, Duration.FromMilliseconds(milliseconds));

    [Fact]
    public void Instances_that_fell_together_do_not_rise_together_and_the_same_one_always_waits_as_long()
    {
        var delays = Enumerable.Range(0, 100).Select(i => RestartBackoff.Delay($"shop-a-{i}-1", 5)).ToList();
        Assert.True(delays.Distinct().Count() > 90);
        Assert.Equal(delays, Enumerable.Range(0, 100).Select(i => RestartBackoff.Delay($"shop-a-{i}-1", 5)));
    }
}
