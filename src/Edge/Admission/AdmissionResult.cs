namespace Fairway.Edge.Admission;

/// <summary>Whether a request may go on to an instance.</summary>
public enum AdmissionResult
{
    /// <summary>It may; <see cref="ServiceRuntime.Leave"/> must be called exactly once when it is done.</summary>
    Admitted,

    /// <summary>The service's queue is full: 503.</summary>
    QueueFull,

    /// <summary>Its turn did not come in time: 503.</summary>
    QueueTimeout,

    /// <summary>The service's circuit is open: 503.</summary>
    CircuitOpen,
}
