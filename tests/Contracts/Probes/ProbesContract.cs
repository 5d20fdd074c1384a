using Fairway.Ports;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Tests.Contracts.Probes;

/// <summary>What every <see cref="IProbes"/> does.</summary>
public abstract class ProbesContract
{
    private static readonly HttpCheck Check = new() { Path = "/checkout" };

    /// <summary>A way to ask, and an address that answers so; null never answers.</summary>
    private protected abstract (IProbes Probes, string Address) Open(int? status, string body);

    [Fact]
    public async Task A_reply_has_its_status_its_body_and_its_time()
    {
        var (probes, address) = Open(503, "Total: none");
        var (reply, fault) = await probes.SendAsync(new(address, null, Check, Duration.FromSeconds(30)), default);
        Assert.Null(fault);
        Assert.Equal((503, "Total: none", null), (reply!.Status, reply.Body, reply.Failed));
        Assert.True(reply.Took >= Duration.Zero);
    }

    [Fact]
    public async Task No_answer_within_the_time_is_a_reply_that_says_so()
    {
        var (probes, address) = Open(null, "");
        var (reply, _) = await probes.SendAsync(new(address, null, Check, Duration.FromMilliseconds(100)), default);
        Assert.Equal((null, NoAnswer.TooLate), (reply!.Status, reply.Failed));
    }

    [Fact]
    public async Task Who_stops_waiting_has_no_reply()
    {
        var (probes, address) = Open(null, "");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probes.SendAsync(new(address, null, Check, Duration.FromSeconds(60)), stop.Token));
    }
}
