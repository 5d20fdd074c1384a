using System.Threading.Channels;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Ports;

/// <summary>
/// Runs instances and keeps them running: starts, checks, restarts with backoff, stops. Instances outlive this process and are adopted by the next
/// (by pid and start time), never doubled.
/// </summary>
public interface IWorkloads
{
    /// <summary>Accepts what a slot shall run, durably; idempotent by the effect's id and fenced per service and slot.</summary>
    Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetInstances effect, CancellationToken cancellation);

    /// <summary>The service's instances now.</summary>
    Task<ImmutableArray<InstanceView>> ObserveAsync(ServiceKey service, CancellationToken cancellation);

    /// <summary>Services whose instances changed since they were last read from here; may coalesce, never loses the last change.</summary>
    ChannelReader<ServiceKey> Changes { get; }

    /// <summary>Log lines of a service's instances, oldest first; with <see cref="LogQuery.Follow"/> until cancelled.</summary>
    IAsyncEnumerable<LogLine> ReadLogsAsync(LogQuery query, CancellationToken cancellation);
}

/// <summary>Which log lines.</summary>
/// <param name="Service">Whose.</param>
/// <param name="Instance">Only this instance; null is all, also those that are gone but whose files are kept.</param>
/// <param name="Tail">At most this many of the newest lines to begin with.</param>
/// <param name="Follow">Go on with new lines.</param>
public sealed record LogQuery(ServiceKey Service, string? Instance, int Tail, bool Follow);

/// <summary>A line that an instance wrote.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Instance">Who wrote it.</param>
/// <param name="Stream"><c>stdout</c> or <c>stderr</c>.</param>
/// <param name="Text">Without its line end; a line over 16 KiB is split.</param>
public sealed record LogLine(Instant At, string Instance, string Stream, string Text);
