using Fairway.Workloads;

namespace Fairway.Tests.Unit.Workloads;

public sealed class ExitStatusTests
{
    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(128, 128, null)]
    [InlineData(137, null, "SIGKILL")]
    [InlineData(143, null, "SIGTERM")]
    [InlineData(159, null, "SIGSYS")]
    [InlineData(160, 160, null)]
    [InlineData(255, 255, null)]
    public void A_shells_status_is_a_code_or_128_and_a_signal(int status, int? code, string? signal)
        => Assert.Equal((code, signal), (ExitStatus.FromShell(status).Code, ExitStatus.FromShell(status).SignalName));

    [Theory]
    [InlineData(0x0000, 0, null)]
    [InlineData(0x8900, 137, null)]
    [InlineData(0x0009, null, "SIGKILL")]
    [InlineData(0x008b, null, "SIGSEGV")]
    [InlineData(0x0022, null, "signal 34")]
    public void A_wait_status_tells_them_apart(int status, int? code, string? signal)
        => Assert.Equal((code, signal), (ExitStatus.FromWait(status).Code, ExitStatus.FromWait(status).SignalName));

    [Fact]
    public void An_end_nobody_saw_has_neither() => Assert.Equal((null, null), (ExitStatus.Unknown.Code, ExitStatus.Unknown.SignalName));
}
