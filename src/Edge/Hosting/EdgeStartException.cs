namespace Fairway.Edge.Hosting;

/// <summary>The edge cannot start; the message says why and how to mend it.</summary>
public sealed class EdgeStartException(string message, Exception? inner = null) : Exception(message, inner);
