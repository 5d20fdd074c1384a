using Fairway.Catalog;
using Fairway.Edge.Admission;
using Fairway.Edge.Counters;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Edge;

public sealed class AdmissionTests
{
    private static readonly ServiceKey Key = new("production", "shop");
    private readonly VirtualTime _time = new();

    [Fact]
    public async Task Only_so_many_are_in_at_a_time_and_the_others_come_in_order()
    {
        var service = Service(new TrafficPolicy { MaxConcurrency = 2, MaxQueue = 3 });
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
        var waiting = Enumerable.Range(0, 3).Select(_ => service.EnterAsync(CancellationToken.None).AsTask()).ToArray();
        Assert.Equal(AdmissionResult.QueueFull, await service.EnterAsync(CancellationToken.None));
        Assert.Equal((2, 3, 1L), (service.Active, service.Queued, service.Refused(RefusalReason.QueueFull)));
        foreach (var next in waiting)
        {
            Assert.False(next.IsCompleted);
            service.Leave();
            Assert.Equal(AdmissionResult.Admitted, await next.WaitAsync(TimeSpan.FromSeconds(30)));
        }
        service.Leave();
        service.Leave();
        Assert.Equal((0, 0), (service.Active, service.Queued));
    }

    [Fact]
    public async Task Waiting_ends_after_the_queue_timeout()
    {
        var service = Service(new TrafficPolicy { MaxConcurrency = 1, QueueTimeout = Duration.FromSeconds(5) });
        await service.EnterAsync(CancellationToken.None);
        var waiting = service.EnterAsync(CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(AdmissionResult.QueueTimeout, await waiting.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, service.Refused(RefusalReason.QueueTimeout));
        service.Leave();
        Assert.Equal(0, service.Active);
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_leaves_no_hole()
    {
        var service = Service(new TrafficPolicy { MaxConcurrency = 1 });
        await service.EnterAsync(CancellationToken.None);
        using var client = new CancellationTokenSource();
        var leaving = service.EnterAsync(client.Token).AsTask();
        var staying = service.EnterAsync(CancellationToken.None).AsTask();
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        service.Leave();
        Assert.Equal(AdmissionResult.Admitted, await staying.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal((1, 0), (service.Active, service.Queued));
    }

    [Fact]
    public async Task A_larger_limit_lets_those_in_who_wait()
    {
        var service = Service(new TrafficPolicy { MaxConcurrency = 1 });
        await service.EnterAsync(CancellationToken.None);
        var waiting = Enumerable.Range(0, 3).Select(_ => service.EnterAsync(CancellationToken.None).AsTask()).ToArray();
        service.Use(new TrafficPolicy { MaxConcurrency = 3 });
        await Task.WhenAll(waiting[..2]).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(waiting[2].IsCompleted);
        Assert.Equal(3, service.Active);
    }

    [Fact]
    public async Task No_place_is_lost_or_doubled_under_contention()
    {
        var service = Service(new TrafficPolicy { MaxConcurrency = 4, MaxQueue = 1000, QueueTimeout = Duration.FromHours(1) });
        var (inside, most, admitted) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                using var client = new CancellationTokenSource();
                var entering = service.EnterAsync(client.Token);
                if (i % 7 == worker % 7) await client.CancelAsync();
                try
                {
                    Assert.Equal(AdmissionResult.Admitted, await entering);
                }
                catch (OperationCanceledException)
                {
                    continue;
                }
                InterlockedMax(ref most, Interlocked.Increment(ref inside));
                Interlocked.Increment(ref admitted);
                if (i % 3 == 0) await Task.Yield();
                Interlocked.Decrement(ref inside);
                service.Leave();
            }
        }))).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.InRange(most, 1, 4);
        Assert.InRange(admitted, 32 * 1000 * 6 / 7, 32 * 1000);
        Assert.Equal((0, 0), (service.Active, service.Queued));
    }

    [Fact]
    public async Task The_circuit_opens_when_nearly_all_fail_and_one_trial_closes_it()
    {
        var service = Service(new TrafficPolicy { BreakAt = 0.9, BreakFor = Duration.FromSeconds(2) });
        for (var i = 0; i < 2; i++) Record(service, FailureKind.None);
        for (var i = 0; i < 17; i++) Record(service, FailureKind.Connect);
        Assert.Equal(CircuitState.Closed, service.Circuit);
        Record(service, FailureKind.Timeout);
        Assert.Equal(CircuitState.Open, service.Circuit);
        Assert.Equal(AdmissionResult.CircuitOpen, await service.EnterAsync(CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
        Assert.Equal(CircuitState.HalfOpen, service.Circuit);
        Assert.Equal(AdmissionResult.CircuitOpen, await service.EnterAsync(CancellationToken.None));
        Record(service, FailureKind.None);
        Assert.Equal(CircuitState.Closed, service.Circuit);
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_failed_trial_opens_it_for_as_long_again()
    {
        var service = await Opened();
        _time.Advance(TimeSpan.FromSeconds(2));
        await service.EnterAsync(CancellationToken.None);
        Record(service, FailureKind.Reset);
        Assert.Equal(CircuitState.Open, service.Circuit);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(AdmissionResult.CircuitOpen, await service.EnterAsync(CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
    }

    [Fact]
    public async Task What_hung_since_before_the_circuit_opened_decides_no_trial()
    {
        var service = await Opened();
        _time.Advance(TimeSpan.FromSeconds(2));
        await service.EnterAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        Record(service, FailureKind.Timeout, TimeSpan.FromSeconds(60));
        Assert.Equal(CircuitState.HalfOpen, service.Circuit);
        Record(service, FailureKind.None, TimeSpan.FromSeconds(0.5));
        Assert.Equal(CircuitState.Closed, service.Circuit);
    }

    [Fact]
    public async Task A_trial_without_an_outcome_is_followed_by_another()
    {
        var service = await Opened();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
        Record(service, FailureKind.ClientAbort);
        Assert.Equal(AdmissionResult.CircuitOpen, await service.EnterAsync(CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(AdmissionResult.Admitted, await service.EnterAsync(CancellationToken.None));
    }

    [Fact]
    public void Failures_that_are_older_than_ten_seconds_are_forgotten()
    {
        var service = Service(new TrafficPolicy());
        for (var i = 0; i < 19; i++) Record(service, FailureKind.Connect);
        _time.Advance(TimeSpan.FromSeconds(11));
        for (var i = 0; i < 19; i++) Record(service, FailureKind.Connect);
        Assert.Equal(CircuitState.Closed, service.Circuit);
        Record(service, FailureKind.Connect);
        Assert.Equal(CircuitState.Open, service.Circuit);
    }

    [Fact]
    public void Retried_attempts_bad_answers_and_a_disabled_breaker_open_nothing()
    {
        var service = Service(new TrafficPolicy());
        for (var i = 0; i < 100; i++) service.Record(new ExchangeResult(0, FailureKind.Connect, 1, 0, 0, Retried: true));
        for (var i = 0; i < 100; i++) service.Record(new ExchangeResult(500, FailureKind.None, 1, 0, 0));
        Assert.Equal(CircuitState.Closed, service.Circuit);
        var disabled = Service(new TrafficPolicy { BreakAt = 1 });
        for (var i = 0; i < 100; i++) Record(disabled, FailureKind.Connect);
        Assert.Equal(CircuitState.Closed, disabled.Circuit);
    }

    private async Task<ServiceRuntime> Opened()
    {
        var service = Service(new TrafficPolicy());
        for (var i = 0; i < 20; i++) Record(service, FailureKind.Connect);
        Assert.Equal(AdmissionResult.CircuitOpen, await service.EnterAsync(CancellationToken.None));
        return service;
    }

    private ServiceRuntime Service(TrafficPolicy policy) => new(Key, policy, _time);

    private static void Record(ServiceRuntime service, FailureKind failure, TimeSpan elapsed = default)
        => service.Record(new ExchangeResult(failure == FailureKind.None ? 200 : 502, failure, (long)elapsed.TotalMicroseconds, 0, 0));

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, value, seen);
    }
}
