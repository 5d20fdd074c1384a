namespace Fairway.Adapters.Prometheus;

/// <summary>Where and how a server is asked.</summary>
/// <param name="Url">Its address, without <c>/api/v1/query</c>.</param>
/// <param name="Timeout">For all questions asked at once.</param>
/// <param name="BearerFile">File with a bearer token, read for each round of questions; null sends none.</param>
public sealed record PrometheusOptions(Uri Url, TimeSpan Timeout, string? BearerFile = null);
