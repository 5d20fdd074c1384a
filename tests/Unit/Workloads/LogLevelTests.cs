namespace Fairway.Workloads;

public sealed class LogLevelTests
{
    [Theory]
    [InlineData("2026-03-01 12:00:00 ERROR till: rounding", LogLevel.Error)]
    [InlineData("{\"time\":\"2026-03-01T12:00:00Z\",\"msg\":\"the error is mended\",\"level\":\"info\"}", LogLevel.Info)]
    [InlineData("ts=1 caller=x.go:7 level=warn msg=\"slow\"", LogLevel.Warning)]
    [InlineData("fail: Shop.Till[3]", LogLevel.Error)]
    [InlineData("[12:00:00 WRN] slow", LogLevel.Warning)]
    [InlineData("FATAL:  the database system is shutting down", LogLevel.Critical)]
    [InlineData("GET /information 200", null)]
    [InlineData("errors=0", null)]
    [InlineData("", null)]
    public void A_line_says_how_grave_it_is(string line, LogLevel? level) => Assert.Equal(level, LogLevels.Of(line));
}
