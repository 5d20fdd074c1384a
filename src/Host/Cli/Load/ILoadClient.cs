namespace Fairway.Cli.Load;

/// <summary>Sends one request and reads its whole answer; what goes wrong is part of the result.</summary>
internal interface ILoadClient : IAsyncDisposable
{
    /// <param name="target">Index into the plan's addresses.</param>
    /// <param name="cancellation">Fires at the exchange's time-out.</param>
    Task<Exchange> SendAsync(int target, CancellationToken cancellation);
}
