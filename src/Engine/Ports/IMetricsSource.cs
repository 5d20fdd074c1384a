using Fairway.Rollouts;

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
}
