using NodaTime;

namespace Fairway.Pipelines;

public sealed class DiskRuleTests
{
    private const long Gi = 1L << 30;
    private static readonly Instant Began = Instant.FromUtc(2026, 3, 4, 10, 0);
    private static readonly DiskUse Use = new(2 * Gi, 50 * Gi, Began);

    [Fact]
    public void A_job_is_measured_at_once_when_the_room_that_went_may_be_more_than_its_limit()
    {
        Assert.False(DiskRule.IsDue(Use, new(49 * Gi, 100 * Gi), Began + Duration.FromSeconds(1)));
        Assert.True(DiskRule.IsDue(Use, new((48 * Gi) - 1, 100 * Gi), Began + Duration.FromSeconds(1)));
    }

    [Fact]
    public void A_calm_job_is_measured_seldom_and_one_with_many_files_still_more_seldom()
    {
        var calm = new DiskRoom(50 * Gi, 100 * Gi);
        Assert.False(DiskRule.IsDue(Use, calm, Began + Duration.FromSeconds(14)));
        Assert.True(DiskRule.IsDue(Use, calm, Began + Duration.FromSeconds(15)));
        Assert.False(DiskRule.IsDue(Use with { Cost = Duration.FromSeconds(2) }, calm, Began + Duration.FromSeconds(39)));
        // Others wrote, not this job: it is asked again, and costs a quarter of a processor at most.
        Assert.False(DiskRule.IsDue(Use with { Cost = Duration.FromSeconds(2) }, new(10 * Gi, 100 * Gi), Began + Duration.FromSeconds(5)));
        Assert.True(DiskRule.IsDue(Use with { Cost = Duration.FromSeconds(2) }, new(10 * Gi, 100 * Gi), Began + Duration.FromSeconds(6)));
    }

    [Theory]
    [InlineData(2 * Gi, false)]
    [InlineData((2 * Gi) + 1, true)]
    public void More_than_the_limit_is_over_it(long used, bool over) => Assert.Equal(over, DiskRule.IsOver(Use with { UsedBytes = used }));

    [Fact]
    public void A_twentieth_of_the_file_system_and_no_more_than_2_GiB_is_kept_free()
    {
        Assert.Equal((2 * Gi, false, true), (new DiskRoom(2 * Gi, 1000 * Gi).ReservedBytes, new DiskRoom(2 * Gi, 1000 * Gi).IsShort, new DiskRoom((2 * Gi) - 1, 1000 * Gi).IsShort));
        Assert.Equal(Gi, new DiskRoom(0, 20 * Gi).ReservedBytes);
    }

    [Fact]
    public void Without_room_the_job_that_uses_the_most_leaves_first()
    {
        DiskUse[] uses = [Use with { UsedBytes = 1 }, Use with { UsedBytes = 3 }, Use with { UsedBytes = 2 }];
        Assert.Equal(1, DiskRule.Largest(uses, new(Gi, 1000 * Gi)));
        Assert.Equal(-1, DiskRule.Largest(uses, new(3 * Gi, 1000 * Gi)));
        Assert.Equal(-1, DiskRule.Largest([], new(Gi, 1000 * Gi)));
    }
}
