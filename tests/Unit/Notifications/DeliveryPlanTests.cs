using Fairway.Kernel;
using NodaTime;

namespace Fairway.Notifications;

public sealed class DeliveryPlanTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 1, 12, 0);

    [Fact]
    public void Few_messages_go_out_one_by_one_the_oldest_first()
    {
        var (delivery, later) = DeliveryPlan.Next(Messages(3), [], Now);
        Assert.Equal(("m1", null), (delivery!.Id, later));
    }

    [Fact]
    public void Many_at_once_are_a_digest()
    {
        var (delivery, _) = DeliveryPlan.Next(Messages(DeliveryPlan.Burst + 1), [], Now);
        Assert.Equal(DeliveryPlan.Burst + 1, delivery!.Messages.Length);
        Assert.Equal(delivery.Id, DeliveryPlan.Next(Messages(DeliveryPlan.Burst + 1), [], Now).Now!.Id);
    }

    [Fact]
    public void A_digest_has_a_limit() => Assert.Equal(DeliveryPlan.Most, DeliveryPlan.Next(Messages(500), [], Now).Now!.Messages.Length);

    [Fact]
    public void After_a_burst_the_rest_waits_for_the_window_and_then_comes_together()
    {
        ImmutableArray<Instant> sent = [.. Enumerable.Range(0, DeliveryPlan.Burst).Select(i => Now - Duration.FromSeconds(50 - i))];
        var (delivery, later) = DeliveryPlan.Next(Messages(2), sent, Now);
        Assert.Null(delivery);
        Assert.Equal(Now + Duration.FromSeconds(10), later);
        Assert.Equal(2, DeliveryPlan.Next(Messages(2), sent, later!.Value).Now!.Messages.Length);
    }

    [Fact]
    public void Trying_again_takes_longer_each_time_up_to_a_limit_and_is_the_same_in_each_run()
    {
        var waits = Enumerable.Range(1, 12).Select(attempt => DeliveryPlan.Again(attempt, "p-1", Now) - Now).ToArray();
        Assert.True(waits[3] > waits[1] && waits[6] > waits[3]);
        Assert.All(waits, wait => Assert.InRange(wait, Duration.FromSeconds(1.5), Duration.FromMinutes(15)));
        Assert.Equal(waits[4], DeliveryPlan.Again(5, "p-1", Now) - Now);
    }

    [Fact]
    public void A_day_without_success_or_a_fault_that_stays_is_the_end()
    {
        var delivery = Delivery.Of(Messages(1));
        Assert.False(DeliveryPlan.IsGivenUp(delivery, retryable: true, Now + Duration.FromHours(23)));
        Assert.True(DeliveryPlan.IsGivenUp(delivery, retryable: true, Now + Duration.FromHours(24)));
        Assert.True(DeliveryPlan.IsGivenUp(delivery, retryable: false, Now));
    }

    private static ImmutableArray<PendingMessage> Messages(int count) =>
    [
        .. Enumerable.Range(1, count).Select(i => new PendingMessage($"m{i}", "p-1", Now, new()
        {
            Seq = i, Kind = NotificationKind.Started, At = Now, Environment = "production", Service = "shop", Rollout = "production/shop/1", Version = "1", Release = "sha256:a",
            By = new("anna"), Why = Why.Because("x", "y"),
        })),
    ];
}
