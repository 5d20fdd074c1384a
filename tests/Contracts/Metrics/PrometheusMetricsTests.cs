using Fairway.Adapters.Prometheus;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Contracts;

/// <summary>The contract over HTTP, and what a server that speaks Prometheus' API may answer besides.</summary>
public sealed class PrometheusMetricsTests : MetricsSourceContract
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override IMetricsSubject Start() => new Subject();

    [Theory]
    [InlineData("scalar", """[1700000000,"7"]""", 7.0)]
    [InlineData("scalar", """[1700000000,"NaN"]""", null)]
    [InlineData("vector", """[{"metric":{},"value":[1700000000.5,"1.5e3"]}]""", 1500.0)]
    public async Task A_scalar_and_a_vector_of_one_are_numbers(string type, string result, double? number)
    {
        using var server = new MetricsServer();
        server.Answer("a", 200, MetricsServer.Success(type, result));
        Assert.Equal(new QueryAnswer(number, null), await AskOne(server, "a"));
    }

    [Theory]
    [InlineData(200, """{"status":"success","data":{"resultType":"matrix","result":[]}}""", FaultKind.Invalid, Blame.Configuration, "gives a range")]
    [InlineData(200, """{"status":"success","data":{"resultType":"string","result":[1,"x"]}}""", FaultKind.Invalid, Blame.Configuration, "gives text")]
    [InlineData(400, """{"status":"error","errorType":"bad_data","error":"1:3: parse error"}""", FaultKind.Invalid, Blame.Configuration, "1:3: parse error")]
    [InlineData(422, """{"status":"error","errorType":"execution","error":"many-to-many"}""", FaultKind.Invalid, Blame.Configuration, "many-to-many")]
    [InlineData(503, """{"status":"error","errorType":"timeout","error":"query timed out"}""", FaultKind.Timeout, Blame.Platform, "query timed out")]
    [InlineData(503, "busy", FaultKind.Unavailable, Blame.Platform, "503")]
    [InlineData(429, "slow down", FaultKind.Unavailable, Blame.Platform, "429")]
    [InlineData(200, "<html>hello</html>", FaultKind.Invalid, Blame.Configuration, "check metrics.url")]
    [InlineData(200, "[]", FaultKind.Invalid, Blame.Configuration, "check metrics.url")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{}]}}""", FaultKind.Invalid, Blame.Configuration, "check metrics.url")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"value":[1,2]}]}}""", FaultKind.Invalid, Blame.Configuration, "check metrics.url")]
    [InlineData(200, "", FaultKind.Invalid, Blame.Configuration, "check metrics.url")]
    public async Task What_is_no_number_is_a_fault_that_says_whose_and_why(int status, string body, FaultKind kind, Blame who, string words)
    {
        using var server = new MetricsServer();
        server.Answer("the_query", status, body);
        var answer = await AskOne(server, "the_query");
        Assert.Equal((null, kind, who), (answer.Value, answer.Fault!.Kind, answer.Fault.Who));
        Assert.Contains(words, answer.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_in_time()
    {
        using var server = new MetricsServer();
        var held = new TaskCompletionSource();
        server.Holding = held.Task;
        await using var source = Source(new(server.Url, TimeSpan.FromMilliseconds(200)));
        foreach (var answer in await source.AskAsync(["a", "b"], CancellationToken.None))
            Assert.Equal((FaultKind.Timeout, true), (answer.Fault!.Kind, answer.Fault.Retryable));
        held.SetResult();
    }

    [Fact]
    public async Task The_token_of_the_file_is_sent_and_told_to_nobody()
    {
        using var server = new MetricsServer { Demanded = "Bearer s3cr3t-token" };
        server.Give("a", 1);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "s3cr3t-token\n");
        await using var source = Source(new(server.Url, Long, file));
        Assert.Equal(new QueryAnswer(1, null), Assert.Single(await source.AskAsync(["a"], CancellationToken.None)));
        await File.WriteAllTextAsync(file, "s3cr3t-old");
        var refused = Assert.Single(await source.AskAsync(["a"], CancellationToken.None)).Fault!;
        Assert.Equal((FaultKind.Forbidden, Blame.Configuration), (refused.Kind, refused.Who));
        Assert.Contains("metrics.bearerFile", refused.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "s3cr3t\nin two lines");
        var malformed = Assert.Single(await source.AskAsync(["a"], CancellationToken.None)).Fault!;
        File.Delete(file);
        var missing = Assert.Single(await source.AskAsync(["a"], CancellationToken.None)).Fault!;
        Assert.Equal((FaultKind.Forbidden, FaultKind.Forbidden), (malformed.Kind, missing.Kind));
        Assert.Contains(file, missing.Message, StringComparison.Ordinal);
        Assert.All((Fault[])[refused, malformed, missing], fault => Assert.DoesNotContain("s3cr3t", fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        using var elsewhere = new MetricsServer();
        using var server = new MetricsServer { Moved = elsewhere.Url.AbsoluteUri + "/api/v1/query?query=a" };
        var answer = await AskOne(server, "a");
        Assert.Equal(FaultKind.Invalid, answer.Fault!.Kind);
        Assert.Empty(elsewhere.Asked);
    }

    [Fact]
    public async Task A_wrong_path_is_said()
    {
        using var server = new MetricsServer();
        await using var source = Source(new(new Uri(server.Url, "/elsewhere/"), Long));
        var fault = Assert.Single(await source.AskAsync(["a"], CancellationToken.None)).Fault!;
        Assert.Equal(FaultKind.NotFound, fault.Kind);
        Assert.Contains("metrics.url", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_questions_go_by_get_and_long_ones_by_post()
    {
        using var server = new MetricsServer();
        var wide = $"sum(a{{path=~\"{new string('x', 5_000)}\"}}) + b";
        server.Give("a + b", 1);
        server.Give(wide, 2);
        await using var source = Source(new(server.Url, Long));
        Assert.Equal([new(1, null), new(2, null)], await source.AskAsync(["a + b", wide], CancellationToken.None));
        Assert.Equal(["GET /prometheus/api/v1/query", "POST /prometheus/api/v1/query"], server.Asked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_a_server_that_is_said()
    {
        await using var source = Source(null);
        var fault = Assert.Single(await source.AskAsync(["a"], CancellationToken.None)).Fault!;
        Assert.Equal((FaultKind.NotFound, Blame.Configuration), (fault.Kind, fault.Who));
        Assert.Contains("metrics.url", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "<html>hello</html>", FaultKind.Invalid)]
    [InlineData(200, """{"status":"success","data":{"groups":{}}}""", FaultKind.Invalid)]
    [InlineData(200, """{"status":"success","data":{"groups":[{"rules":[{"type":"alerting","labels":[]}]}]}}""", FaultKind.Invalid)]
    [InlineData(404, "", FaultKind.NotFound)]
    [InlineData(503, "busy", FaultKind.Unavailable)]
    public async Task Rules_that_cannot_be_read_are_a_fault(int status, string body, FaultKind kind)
    {
        using var server = new MetricsServer();
        server.Answer("", status, body);
        await using var source = Source(new(server.Url, Long));
        var (rules, fault) = await source.AlertsAsync(CancellationToken.None);
        Assert.Equal((true, kind), (rules.IsEmpty, fault!.Kind));
    }

    private static async Task<QueryAnswer> AskOne(MetricsServer server, string expression)
    {
        await using var source = Source(new(server.Url, Long));
        return Assert.Single(await source.AskAsync([expression], CancellationToken.None));
    }

    private static PrometheusMetrics Source(PrometheusOptions? options) => new(() => options, TimeProvider.System);

    private sealed class Subject : IMetricsSubject
    {
        private readonly MetricsServer _server = new();
        private readonly PrometheusMetrics _metrics;

        public Subject() => _metrics = new(() => new(_server.Url, Long), TimeProvider.System);

        public IMetricsSource Source => _metrics;

        public void Give(string expression, params ImmutableArray<double> numbers) => _server.Give(expression, numbers);

        public void Alert(params ImmutableArray<AlertingRule> rules)
            => _server.Alert(rules.Select(rule => (rule.Name, rule.Expression, string.Join(',', rule.Labels.Select(label => $"\"{label.Key}\":\"{label.Value}\"")))));

        public void GiveAt(string expression, NodaTime.Instant at, double number) => _server.GiveAt(expression, at.ToUnixTimeMilliseconds() / 1000m, number);

        public void Lose() => _server.Stop();

        public void Return() => _server.Start();

        public async ValueTask DisposeAsync()
        {
            await _metrics.DisposeAsync();
            _server.Dispose();
        }
    }
}
