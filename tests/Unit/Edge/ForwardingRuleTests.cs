using System.Text;
using Fairway.Edge.Counters;
using Fairway.Edge.Forwarding;
using Fairway.Edge.Upstream;
using Fairway.Edge.WebSockets;

namespace Fairway.Edge;

/// <summary>When a request is sent again, whose trace it belongs to, where a frame ends, when a WebSocket is asked to leave.</summary>
public sealed class ForwardingRuleTests
{
    private static readonly AttemptFacts Sent = new(Idempotent: true, Replayable: true, AnyByteSent: true, ProvenUndelivered: false, AnyByteAnswered: false);

    [Fact]
    public void A_failed_connect_may_be_repeated_for_every_method()
    {
        Assert.True(RetryRule.Allows(FailureKind.Connect, Sent with { Idempotent = false, AnyByteSent = false }));
        Assert.False(RetryRule.Allows(FailureKind.Connect, Sent with { Replayable = false }));
    }

    [Fact]
    public void A_reset_may_be_repeated_only_where_nobody_can_tell_the_difference()
    {
        Assert.True(RetryRule.Allows(FailureKind.Reset, Sent));
        Assert.False(RetryRule.Allows(FailureKind.Reset, Sent with { Idempotent = false }));
        Assert.True(RetryRule.Allows(FailureKind.Reset, Sent with { Idempotent = false, AnyByteSent = false }));
        Assert.True(RetryRule.Allows(FailureKind.Reset, Sent with { Idempotent = false, ProvenUndelivered = true }));
        Assert.False(RetryRule.Allows(FailureKind.Reset, Sent with { AnyByteAnswered = true }));
        Assert.False(RetryRule.Allows(FailureKind.Reset, Sent with { Replayable = false }));
    }

    [Theory]
    [InlineData(FailureKind.Timeout)]
    [InlineData(FailureKind.ClientAbort)]
    [InlineData(FailureKind.None)]
    public void Nothing_else_is_repeated(FailureKind failure) => Assert.False(RetryRule.Allows(failure, Sent));

    [Fact]
    public void New_traces_are_sampled_at_the_rate_and_never_repeat()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var sampled = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var wire = new WireBuffer();
            var trace = TraceContext.Of(null, 0.25);
            trace.Write(wire);
            var text = Encoding.ASCII.GetString(wire.Written.Span);
            Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", text);
            Assert.Equal(trace.TraceId, text[3..35]);
            Assert.True(ids.Add(text[3..35]) && ids.Add(text[36..52]));
            if (text.EndsWith('1')) sampled++;
        }
        Assert.InRange(sampled, 2200, 2800);
    }

    [Theory]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", true)]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01later", false)]
    [InlineData("0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false)]
    public void Later_versions_of_the_trace_field_are_read_as_far_as_they_are_known(string traceparent, bool continued) =>
        Assert.Equal(continued, TraceContext.Of(traceparent, 1).Continued);

    [Fact]
    public void A_frame_tracker_finds_every_boundary_however_the_bytes_are_cut()
    {
        byte[][] frames =
        [
            [0x82, 0x00], [0x82, 0x03, 1, 2, 3], [0x01, 0x85, 9, 9, 9, 9, 1, 2, 3, 4, 5], [0x82, 126, 0x01, 0x00, .. new byte[256]],
            [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0, .. new byte[65536]], [0x89, 0x80, 1, 2, 3, 4], [0x88, 0x02, 0x03, 0xe8],
        ];
        var bytes = frames.SelectMany(frame => frame).ToArray();
        var ends = frames.Select((_, i) => frames.Take(i + 1).Sum(frame => frame.Length)).ToHashSet();
        foreach (var size in (int[])[1, 2, 3, 7, 64, 1000, bytes.Length])
        {
            var tracker = new FrameTracker();
            for (var at = 0; at < bytes.Length; at += size)
            {
                var piece = bytes.AsSpan(at, Math.Min(size, bytes.Length - at));
                tracker.Follow(piece);
                Assert.Equal(ends.Contains(at + piece.Length), tracker.AtBoundary);
            }
            Assert.True(tracker.SawClose);
        }
        var byFrame = new FrameTracker();
        var rest = bytes.AsSpan();
        foreach (var frame in frames)
        {
            Assert.Equal(frame.Length, byFrame.FollowFrame(rest));
            rest = rest[frame.Length..];
        }
    }

    [Fact]
    public void Connections_leave_spread_evenly_over_the_window_and_each_always_at_the_same_moment()
    {
        var window = TimeSpan.FromSeconds(10);
        var buckets = new int[8];
        for (var i = 0; i < 8000; i++)
        {
            var delay = DrainSpread.DelayOf($"0HN{i}", window);
            Assert.Equal(delay, DrainSpread.DelayOf($"0HN{i}", window));
            buckets[(int)delay.TotalSeconds]++;
        }
        Assert.All(buckets, count => Assert.InRange(count, 850, 1150));
    }

    [Theory]
    [InlineData("Connection", "Drop")]
    [InlineData("connection", "Drop")]
    [InlineData("X_Request_Id", "Drop")]
    [InlineData("transfer_encoding", "Drop")]
    [InlineData("X-Forwarded-Anything", "Provenance")]
    [InlineData("x_forwarded-host", "Provenance")]
    [InlineData("Fairway_Role", "Fairway")]
    [InlineData("Cookie", "Cookie")]
    [InlineData(":path", "Drop")]
    [InlineData("Accept", "Keep")]
    [InlineData("X-Forward", "Keep")]
    public void Each_field_has_its_fate(string name, string fate) => Assert.Equal(fate, RequestFields.FateOf(name).ToString());
}
