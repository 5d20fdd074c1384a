using Fairway.Client.Wire;

namespace Fairway.Serve;

/// <summary>What is said of the control plane itself.</summary>
public sealed partial class ControlPlane
{
    private ControlPlaneInfo Describe() => new(
        Version, Environment.ProcessId, _startedAt, (long)_options.Time.GetElapsedTime(_startedTimestamp).TotalMilliseconds, _options.Data.Path,
        Interlocked.Read(ref _position), _configuration.File, _configuration.Problems, [.. Problems()], ConsoleAddress, _access.Book.Warnings);

    private IEnumerable<string> Problems()
    {
        foreach (var problem in _engine.Problems) yield return problem.Message;
        var faults = _engine.Services.Select(key => _engine.Find(key)?.Current.Problem?.Message).OfType<string>().Distinct(StringComparer.Ordinal);
        foreach (var fault in faults) yield return fault;
        if (_edge?.Fault is { } edge) yield return edge.Message;
        if (_promotions.Problem is { } promotion) yield return $"promotions: {promotion.Message}";
        if (_deployments.Problem is { } deployment) yield return $"pipelines after deployments: {deployment}";
        if (_groups.Problem is { } group) yield return $"groups: {group.Message}";
        if (_baselines.Problem is { } measuring) yield return $"before and after: {measuring.Message}";
        if (_ephemeral.Problem is { } tearing) yield return $"environments: {tearing.Message}";
        if (_parts.Metrics?.Problem is { } metrics) yield return $"metrics: {metrics}";
        if (_pipelines.Desk.Problem is { } pipelines) yield return $"pipelines: {pipelines}";
        if (_source.Desk.Problem is { } source) yield return $"source: {source}";
        if (_source.Desk.Sender.Problem is { } status) yield return $"commit status: {status}";
        foreach (var untold in _notifications.Engine.Problems) yield return untold;
    }
}
