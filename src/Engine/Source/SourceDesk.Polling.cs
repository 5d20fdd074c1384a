using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Source;

/// <summary>The part that looks by itself.</summary>
public sealed partial class SourceDesk
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);

    // What a host told while nobody listened is found at the start; where no host tells anything, every so often.
    private async Task<Fault?> PollAsync(CancellationToken cancellation)
    {
        var looked = new Dictionary<string, (long At, Task<Fault?> Work)>(StringComparer.Ordinal);
        while (true)
        {
            foreach (var repository in Settings?.Repositories.Where(one => one.Fetch is not null) ?? [])
            {
                try
                {
                    if (await IsDueAsync(repository, looked, cancellation)) looked[repository.Name] = (_clock.Time.GetTimestamp(), Fetch(repository));
                }
                catch (Exception error) when (!cancellation.IsCancellationRequested)
                {
                    _problems.Note(FetchOf(repository.Name), LoopFault.Of(error, FetchOf(repository.Name)).Message);
                }
            }
            await Task.Delay(LookEvery, _clock.Time, cancellation);
        }
    }

    private async Task<bool> IsDueAsync(RepositorySettings repository, Dictionary<string, (long At, Task<Fault?> Work)> looked, CancellationToken cancellation)
    {
        if (looked.TryGetValue(repository.Name, out var last))
            return last.Work.IsCompleted && NextAfter(repository, await last.Work) is { } pause && _clock.Time.GetElapsedTime(last.At) >= pause;
        if (repository.Poll is not null || await IsTakenInAsync(repository.Name, cancellation)) return true;
        looked[repository.Name] = (_clock.Time.GetTimestamp(), Task.FromResult<Fault?>(null));
        return false;
    }

    private static TimeSpan? NextAfter(RepositorySettings repository, Fault? fault) => repository.Poll?.ToTimeSpan() ?? (fault is { Retryable: true } ? AgainAfter : null);

    private Task<Fault?> Fetch(RepositorySettings repository)
        => Run(FetchOf(repository.Name), cancellation => FetchAsync(repository, [], SourceWay.Fetch, "fairway", _ => { }, cancellation));

    // One that nobody asked for yet is fetched when somebody does: all its branches would start at once.
    private async Task<bool> IsTakenInAsync(string repository, CancellationToken cancellation)
        => !(await _ports.Ledger.ListAsync(SourceProjection.Name, $"{SourceProjection.Refs}{repository}/", cancellation)).IsDefaultOrEmpty;

    private static string FetchOf(string repository) => $"fetch of {repository}";

    private Task<Fault?> Run(string about, Func<CancellationToken, Task<Fault?>> work)
    {
        var task = Task.Run(async () =>
        {
            Fault? fault = null;
            try
            {
                fault = await work(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return null; // The next control plane looks again.
            }
            catch (Exception error)
            {
                fault = LoopFault.Of(error, about);
            }
            _problems.Note(about, fault?.Message);
            return fault;
        });
        _running[task] = true;
        _ = task.ContinueWith(ended => _running.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }
}
