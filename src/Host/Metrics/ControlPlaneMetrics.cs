using Fairway.Kernel;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Serve;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace Fairway.Metrics;

/// <summary>
/// The metrics engine inside a control plane: opened beside everything else, so that nothing waits for it; tried again when its disk or its file is not right.
/// </summary>
internal sealed class ControlPlaneMetrics : IMetricsSource, IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Func<EmbeddedMetricsOptions> _options;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _reloading = new(0, 1);
    private readonly Lock _gate = new();
    private Task _run = Task.CompletedTask;
    private volatile MetricsEngine? _engine;
    private volatile string? _problem;

    /// <param name="options">How, as configured at each moment.</param>
    /// <param name="time">The clock.</param>
    /// <param name="report">Told what goes wrong, a line at a time.</param>
    public ControlPlaneMetrics(Func<EmbeddedMetricsOptions> options, TimeProvider time, Action<string> report) => (_options, _time, _report) = (options, time, report);

    /// <summary>What a person should mend; null when all is well.</summary>
    public string? Problem => _problem ?? (_engine is { ReloadSucceeded: false } ? "the file that metrics.file names is broken, and what it said before holds; the log has its mistakes" : null);

    /// <summary>Opens the engine in the background, and keeps what is read of these in it.</summary>
    /// <param name="sources">What this process reads by itself.</param>
    /// <param name="rollouts">Whose instances are scraped.</param>
    public void Start(IReadOnlyList<OwnSource> sources, RolloutEngine rollouts) => _run = Task.Run(() => RunAsync(sources, rollouts));

    /// <summary>Reads the configuration again.</summary>
    public void Reload()
    {
        lock (_gate)
        {
            if (_reloading.CurrentCount == 0) _reloading.Release();
        }
    }

    /// <summary>Answers a request to Prometheus' HTTP API.</summary>
    public Task HandleAsync(HttpContext context) => _engine is { } engine
        ? engine.HandleAsync(context)
        : ApiAnswer.WriteAsync(context, 503, json =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "error"u8);
            json.WriteString("errorType"u8, "unavailable"u8);
            json.WriteString("error"u8, _problem ?? "the metrics engine is being opened; ask again");
            json.WriteEndObject();
        });

    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation) => AskAsync(expressions, (long?)null, cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Instant at, CancellationToken cancellation)
        => AskAsync(expressions, at.ToUnixTimeMilliseconds(), cancellation);

    private async Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, long? at, CancellationToken cancellation)
    {
        if (_engine is not { } engine)
        {
            var fault = new Fault(FaultKind.Unavailable, Blame.Platform, Retryable: true, _problem ?? "the metrics engine is being opened");
            return [.. expressions.Select(_ => new QueryAnswer(null, fault))];
        }

        var answers = ImmutableArray.CreateBuilder<QueryAnswer>(expressions.Length);
        foreach (var expression in expressions) answers.Add(await AskAsync(engine, expression, at, _options().Timeout, cancellation));
        return answers.MoveToImmutable();
    }

    /// <inheritdoc/>
    public Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // With a file that was broken from the start there are none, and which there should be is not known.
        if (_engine is not { } engine || _problem is not null)
            return Task.FromResult<(ImmutableArray<AlertingRule>, Fault?)>(([], new(FaultKind.Unavailable, Blame.Platform, Retryable: true, _problem ?? "the metrics engine is being opened")));
        ImmutableArray<AlertingRule> rules =
        [
            .. engine.Configuration.Rules.SelectMany(group => group.Rules).Where(rule => rule.IsAlert).Select(rule => new AlertingRule(rule.Name, rule.Expr)
            {
                Labels = rule.Labels.ToImmutableSortedDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal),
            }),
        ];
        return Task.FromResult<(ImmutableArray<AlertingRule>, Fault?)>((rules, null));
    }

    /// <summary>Evaluates a query at regular times, in milliseconds since 1970.</summary>
    /// <exception cref="PromQlException">It has no answer; says why.</exception>
    public Task<QueryResult> RangeAsync(string query, long from, long to, long step, CancellationToken cancellation) => _engine is { } engine
        ? engine.RangeAsync(query, from, to, step, cancellation)
        : throw new PromQlException(QueryErrorKind.Canceled, _problem ?? "the metrics engine is being opened; ask again");

    /// <summary>Closes the engine.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        _reloading.Dispose();
    }

    private static async Task<QueryAnswer> AskAsync(MetricsEngine engine, string expression, long? at, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            return (await engine.AskAsync(expression, at, timeout, cancellation)).Value switch
            {
                ScalarValue scalar => Number(scalar.Value),
                VectorValue { Samples.Count: 0 } => new(null, null),
                VectorValue { Samples: [{ Histogram: null } one] } => Number(one.Value),
                VectorValue { Samples.Count: > 1 and var many } => Invalid($"the query {expression} gives {many} numbers; aggregate them into one, such as by sum(…)"),
                _ => Invalid($"the query {expression} gives no number; ask for an instant value such as sum(…)"),
            };
        }
        catch (PromQlException e) when (e.Kind is QueryErrorKind.Timeout or QueryErrorKind.Canceled)
        {
            return new(null, new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"the query {expression} took too long: {e.Message}"));
        }
        catch (PromQlException e)
        {
            return Invalid($"the query {expression} is wrong: {e.Message}");
        }
    }

    private static QueryAnswer Number(double number) => new(double.IsFinite(number) ? number : null, null);

    private static QueryAnswer Invalid(string message) => new(null, new(FaultKind.Invalid, Blame.Configuration, Retryable: false, message));

    private async Task RunAsync(IReadOnlyList<OwnSource> sources, RolloutEngine rollouts)
    {
        try
        {
            // People wait for the API and the edge, not for this.
            await Task.Delay(Patience, _time, _stop.Token);
            while (true)
            {
                try
                {
                    await RunOnceAsync(sources, rollouts);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
                {
                    Tell(e.Message);
                }

                await IsToldAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    // Until the configuration changes in a way that only a new engine can follow.
    private async Task RunOnceAsync(IReadOnlyList<OwnSource> sources, RolloutEngine rollouts)
    {
        var options = _options();
        var (engine, broken) = await OpenAsync(options.Engine);
        await using var owned = engine;
        engine.Address = "/prometheus";
        await using var own = new OwnMetrics(engine, sources.Append(new("fairway", "control-plane", _ => Task.FromResult(ExpositionEndpoints.Own(engine)))), _report);
        await using var discovery = new InstanceDiscovery(rollouts, engine);
        await using var server = options.Listen is { } listen
            ? await MetricsServer.StartAsync(engine, EdgeCommand.EndPoint(listen), options.Grpc is { } grpc ? EdgeCommand.EndPoint(grpc) : null, _stop.Token)
            : null;
        try
        {
            _engine = engine;
            if (broken is null) _problem = null;
            // A deploy reads the configuration too, and tells nobody: so it is also looked at from time to time.
            while (_options() == options)
            {
                if (!await IsToldAsync()) continue;
                if (broken is not null) break;
                await engine.ReloadAsync(_stop.Token);
            }

            // A wish for another engine is followed at once.
            Reload();
        }
        finally
        {
            _engine = null;
        }
    }

    // A file with a mistake costs what it asks for, not the rest.
    private async Task<(MetricsEngine Engine, string? Broken)> OpenAsync(MetricsOptions options)
    {
        try
        {
            return (await MetricsEngine.OpenAsync(options, _report, _stop.Token), null);
        }
        catch (Exception e) when (options.ConfigFile is not null && e is FormatException or FileNotFoundException or DirectoryNotFoundException)
        {
            Tell(e.Message);
            return (await MetricsEngine.OpenAsync(options with { ConfigFile = null }, _report, _stop.Token), e.Message);
        }
    }

    private void Tell(string problem)
    {
        if (_problem != problem) _report($"metrics: {problem}");
        _problem = problem;
    }

    // Whether somebody asked for a look at the configuration; false after a while without.
    private async Task<bool> IsToldAsync()
    {
        using var limit = new CancellationTokenSource(Again, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            await _reloading.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
