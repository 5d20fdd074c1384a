using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Adapters.InMemory;

/// <summary>How a request is answered.</summary>
/// <param name="Takes">After this long.</param>
/// <param name="Reply">What is answered; null with a fault.</param>
/// <param name="Fault">Why it cannot be made; null when it can.</param>
public sealed record InMemoryAnswer(Duration Takes, ProbeReply? Reply, Fault? Fault = null);

/// <summary>Probes that open no connection.</summary>
/// <param name="time">For how long they take.</param>
public sealed class InMemoryProbes(TimeProvider time) : IProbes
{
    /// <summary>How a request is answered; asked once for each.</summary>
    public Func<ProbeRequest, InMemoryAnswer> Scripts { get; set; } = _ => new(Duration.Zero, new(Duration.Zero) { Status = 200 });

    /// <inheritdoc/>
    public async Task<(ProbeReply? Reply, Fault? Fault)> SendAsync(ProbeRequest request, CancellationToken cancellation)
    {
        var answer = Scripts(request);
        var takes = Duration.Min(answer.Takes, request.Timeout);
        if (takes > Duration.Zero) await Task.Delay(takes.ToTimeSpan(), time, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (answer.Takes > request.Timeout) return (new(request.Timeout) { Failed = NoAnswer.TooLate }, null);
        return answer.Reply is { } reply ? (reply with { Took = takes }, null) : (null, answer.Fault);
    }
}
