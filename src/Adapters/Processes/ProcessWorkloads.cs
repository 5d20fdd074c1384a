using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>
/// Runs instances as processes of this machine. They do not need this process: killed and started again, it takes them over as they are. Disposing leaves
/// them running; a count of 0 ends them.
/// </summary>
public sealed class ProcessWorkloads : IWorkloads, IWorkloadUsage, IAsyncDisposable
{
    private readonly ProcessRuntimeOptions _options;
    private readonly TimeProvider _time;
    private readonly RuntimeFolder _folder;
    private readonly SlotStore _store;
    private readonly LogCollector _collector;
    private readonly HealthProbe _probe;
    private readonly Supervisor _supervisor;
    private readonly Adoption _adoption;
    private readonly Channel<Message> _mailbox = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
    private readonly ChangedServices _changes = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Instant _began;
    private readonly long _beganTimestamp;
    private volatile ImmutableDictionary<ServiceKey, ImmutableArray<InstanceView>> _views = ImmutableDictionary<ServiceKey, ImmutableArray<InstanceView>>.Empty;
    private volatile ImmutableList<Measured> _measured = [];
    private Task _loop = Task.CompletedTask;

    private ProcessWorkloads(ProcessRuntimeOptions options, RuntimeFolder folder, TimeProvider time)
    {
        (_options, _folder, _time) = (options, folder, time);
        (_began, _beganTimestamp) = (Instant.FromDateTimeOffset(time.GetUtcNow()), time.GetTimestamp());
        _store = new(folder.Path);
        _collector = new(options, time);
        _probe = new(time);
        var cgroups = new Cgroups(options.CgroupRoot, File.Exists("/proc/self/cgroup") ? File.ReadAllText("/proc/self/cgroup") : "");
        var launcher = new InstanceLauncher(options, _store, cgroups, folder.Space);
        var watch = new RunWatch(_store, _collector, folder.Space);
        _supervisor = new(_store, launcher, watch, _collector, _probe, told => _mailbox.Writer.TryWrite(new Message.Told(told)), options.KeepLogsOf, _stop.Token);
        _adoption = new(options, _store, cgroups, launcher, _supervisor, folder.Space, time);
    }

    private abstract record Message
    {
        public sealed record Wish(ServiceKey Service, RolloutEffect.SetInstances Effect, TaskCompletionSource<Fault?> Done) : Message;

        public sealed record Told(InstanceReport Report) : Message;
    }

    private sealed record Measured(ServiceKey Service, string Instance, Cgroup? Cgroup, int Session);

    /// <inheritdoc/>
    public ChannelReader<ServiceKey> Changes => _changes;

    /// <summary>Ends when the runtime was disposed; fails when it hit an error of its own and does nothing any more.</summary>
    public Task Completion => _loop;

    /// <summary>
    /// Opens a data folder, takes over what runs and ends what is not wanted any more. Refused when the folder cannot be written, its state cannot be read, or
    /// another control plane has it open.
    /// </summary>
    public static async Task<(ProcessWorkloads? Workloads, Fault? Fault)> OpenAsync(ProcessRuntimeOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var (folder, refused) = RuntimeFolder.Open(options.Folder);
        if (folder is null) return (null, refused);
        var workloads = new ProcessWorkloads(options, folder, time);
        var fault = await workloads._adoption.RunAsync(workloads.Now(), cancellation);
        if (fault is not null)
        {
            await workloads.DisposeAsync();
            return (null, fault);
        }

        workloads._collector.Start();
        workloads.Publish();
        workloads._loop = Task.Run(workloads.RunAsync, CancellationToken.None);
        return (workloads, null);
    }

    /// <inheritdoc/>
    public async Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetInstances effect, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<Fault?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _mailbox.Writer.WriteAsync(new Message.Wish(service, effect, done), cancellation);
        return await done.Task.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<InstanceView>> ObserveAsync(ServiceKey service, CancellationToken cancellation)
        => Task.FromResult(_views.GetValueOrDefault(service, []));

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogLine> ReadLogsAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await _collector.CollectNowAsync();
        await foreach (var line in new LogReader(_time).ReadAsync(_store.InstancesFolder(query.Service), query, cancellation)) yield return line;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<InstanceUsage>> MeasureAsync(ServiceKey service, CancellationToken cancellation) => Task.Run<ImmutableArray<InstanceUsage>>(() =>
    {
        var running = _measured.Where(instance => instance.Service == service);
        return [.. running.Select(instance => UsageOf.Run(instance.Instance, instance.Cgroup, instance.Session)).OfType<InstanceUsage>()];
    }, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _mailbox.Writer.TryComplete();
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _changes.Complete();
        await _collector.DisposeAsync();
        _probe.Dispose();
        _folder.Dispose();
        _stop.Dispose();
    }

    // Deadlines follow the time that passed, not a clock that somebody sets.
    private Instant Now() => _began + Duration.FromTimeSpan(_time.GetElapsedTime(_beganTimestamp));

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_options.Turn.ToTimeSpan(), _time);
        var accepted = new List<TaskCompletionSource<Fault?>>();
        try
        {
            Task<bool>? due = null;
            Task<bool>? told = null;
            while (!_stop.IsCancellationRequested)
            {
                Receive(accepted);
                _supervisor.Turn(Now());
                Publish();
                // A wish is answered when its instances can be seen.
                foreach (var done in accepted) done.SetResult(null);
                accepted.Clear();
                due ??= timer.WaitForNextTickAsync(_stop.Token).AsTask();
                told ??= _mailbox.Reader.WaitToReadAsync(_stop.Token).AsTask();
                await Task.WhenAny(due, told);
                if (due.IsCompleted) due = null;
                if (told.IsCompleted) told = null;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            foreach (var done in accepted.Concat(Unanswered())) done.TrySetCanceled();
        }
        catch (Exception error)
        {
            // Nobody is left waiting, and the next wish is told what happened.
            _mailbox.Writer.TryComplete(error);
            foreach (var done in accepted.Concat(Unanswered())) done.TrySetException(error);
            throw;
        }
    }

    private IEnumerable<TaskCompletionSource<Fault?>> Unanswered()
    {
        while (_mailbox.Reader.TryRead(out var message))
            if (message is Message.Wish wish) yield return wish.Done;
    }

    private void Receive(List<TaskCompletionSource<Fault?>> accepted)
    {
        while (_mailbox.Reader.TryRead(out var message))
        {
            switch (message)
            {
                case Message.Wish wish when _supervisor.Accept(wish.Service, wish.Effect, Now()) is { } fault:
                    wish.Done.SetResult(fault);
                    break;
                case Message.Wish wish:
                    accepted.Add(wish.Done);
                    break;
                case Message.Told told:
                    _supervisor.Take(told.Report, Now());
                    break;
            }
        }
    }

    private void Publish()
    {
        var trouble = _supervisor.NotSaved is { } fault ? $"the runtime's state cannot be stored: {fault.Message}" : null;
        var views = _views;
        foreach (var service in _supervisor.Slots.GroupBy(slot => slot.Wish.Service))
        {
            ImmutableArray<InstanceView> now = [.. service.SelectMany(slot => slot.Instances)
                .Select(instance => instance.View(_options.Host, trouble ?? _collector.ProblemOf(instance.State.Id)))
                .OrderBy(view => view.Slot).ThenBy(view => view.Ordinal).ThenBy(view => view.Id, StringComparer.Ordinal)];
            if (now.AsSpan().SequenceEqual(views.GetValueOrDefault(service.Key, []).AsSpan())) continue;
            views = views.SetItem(service.Key, now);
            _changes.Add(service.Key);
        }

        if (views == _views) return;
        _views = views;
        _measured = [.. _supervisor.Slots.SelectMany(slot => slot.Instances).Where(instance => instance.State.Running && instance.Run?.Process is not null)
            .Select(instance => new Measured(instance.Service, instance.State.Id, instance.Run!.Cgroup, instance.Run.Process!.Pid))];
    }
}
