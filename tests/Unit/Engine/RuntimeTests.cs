using Fairway.Runtime;
using Fairway.Simulation;
using NodaTime;

namespace Fairway.Engine;

public sealed class RuntimeTests
{
    private readonly VirtualTime _time = new();
    private readonly TurnScheduler _scheduler;

    public RuntimeTests() => _scheduler = new(_time);

    [Fact]
    public void A_full_mailbox_refuses_and_takes_again_when_there_is_room()
    {
        var mailbox = new Mailbox<int>(2);

        Assert.True(mailbox.TryPost(1) && mailbox.TryPost(2));
        Assert.False(mailbox.TryPost(3));
        var late = _scheduler.Start(async () => await mailbox.PostAsync(3, CancellationToken.None));
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        Assert.False(late.IsCompleted);
        Assert.Equal(1, _scheduler.Run(async () => await mailbox.TakeAsync(CancellationToken.None)));
        _scheduler.RunUntil(() => late.IsCompleted, TimeSpan.Zero);
        Assert.Equal(2, mailbox.Count);
    }

    [Fact]
    public void A_closed_mailbox_takes_nothing_more_and_gives_what_it_has()
    {
        var mailbox = new Mailbox<int>(2);
        mailbox.TryPost(1);
        mailbox.Close();

        Assert.False(mailbox.TryPost(2));
        Assert.False(_scheduler.Run(async () => await mailbox.PostAsync(2, CancellationToken.None)));
        Assert.True(mailbox.TryTake(out var left));
        Assert.Equal(1, left);
    }

    [Fact]
    public void Waits_double_up_to_the_longest_and_are_the_same_every_time()
    {
        var backoff = new Backoff(Duration.FromMilliseconds(100), Duration.FromSeconds(5));

        for (var attempt = 1; attempt < 40; attempt++)
        {
            var full = Math.Min(100 * Math.Pow(2, attempt - 1), 5_000);
            Assert.InRange(backoff.After(attempt, "shop").TotalMilliseconds, full * 0.75, full);
            Assert.Equal(backoff.After(attempt, "shop"), backoff.After(attempt, "shop"));
        }
        Assert.NotEqual(backoff.After(3, "shop"), backoff.After(3, "other"));
    }

    [Fact]
    public void An_alarm_rings_once_per_setting_and_not_before_its_time()
    {
        var rings = new List<TimeSpan>();
        using var alarm = new Alarm(_time, () => rings.Add(_time.Elapsed));
        alarm.RingAfter(Duration.FromSeconds(1));
        alarm.RingAfter(Duration.FromMilliseconds(1500.4));
        _scheduler.RunFor(TimeSpan.FromMinutes(1));

        Assert.Equal([TimeSpan.FromMilliseconds(1501)], rings);
    }

    [Fact]
    public void A_part_that_breaks_is_started_again_and_the_others_go_on()
    {
        var supervisor = new Supervisor();
        var (starts, turns) = (0, 0);
        _scheduler.Run(() =>
        {
            supervisor.Start("breaks", _ => ++starts < 3 ? throw new InvalidOperationException("broken") : Task.Delay(Timeout.InfiniteTimeSpan, _time, supervisor.Stopping), Again);
            supervisor.Start("goes on", Tick, (_, _) => Task.FromResult(false));
            return Task.CompletedTask;
        });
        _scheduler.RunUntil(() => starts == 3 && turns > 5, TimeSpan.FromMinutes(1));
        _scheduler.Run(async () => await supervisor.DisposeAsync());
        return;

        async Task<bool> Again(Exception error, CancellationToken cancellation)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellation);
            return error is InvalidOperationException;
        }

        async Task Tick(CancellationToken cancellation)
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellation);
                turns++;
            }
        }
    }
}
