using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Ports;

/// <summary>A store of metrics that counts what Fairway cannot see by itself.</summary>
public interface IMetricsSource
{
    /// <summary>
    /// Asks for the present value of each expression, within a time limit of its own. An expression gives one number (a scalar, or a vector
    /// with one element); nothing, and what is not a finite number, is no value; several numbers are a fault. A wrong expression does not
    /// harm the others.
    /// </summary>
    /// <param name="expressions">PromQL.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>One answer for each expression, in their order.</returns>
    Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation);

    /// <summary>As <see cref="AskAsync(ImmutableArray{string}, CancellationToken)"/>, for the values at a moment that is over. A source that keeps nothing says so.</summary>
    /// <param name="expressions">PromQL.</param>
    /// <param name="at">The moment, by the machine's clock.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Instant at, CancellationToken cancellation)
    {
        var fault = new Fault(FaultKind.NotFound, Blame.Platform, Retryable: false, "this metrics source knows only the present");
        return Task.FromResult<ImmutableArray<QueryAnswer>>([.. expressions.Select(_ => new QueryAnswer(null, fault))]);
    }

    /// <summary>The alerting rules that are evaluated there, within a time limit of its own; what records is not among them.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The rules in their order, of use only without a fault; and why they cannot be known.</returns>
    Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation);
}

/// <summary>An alerting rule of a metrics source.</summary>
/// <param name="Name">Of the alert.</param>
/// <param name="Expression">PromQL.</param>
public sealed record AlertingRule(string Name, string Expression)
{
    /// <summary>Labels that it sets; their values may be templates.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
