namespace Fairway.Simulation;

/// <summary>
/// One thread, tasks in the order they became ready: the whole engine runs on it, and time passes only when nothing is left to do.
/// </summary>
internal sealed class TurnScheduler(VirtualTime time) : TaskScheduler
{
    private const int MostTurns = 50_000;
    private readonly Queue<Task> _ready = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Tasks that were made ready by another thread: the engine left its scheduler.</summary>
    public int Strays { get; private set; }

    /// <summary>Starts work on the scheduler and runs until it ends; fails when it does not within so much virtual time.</summary>
    public T Run<T>(Func<Task<T>> work, TimeSpan? within = null)
    {
        var task = Start(work);
        RunUntil(() => task.IsCompleted, within ?? TimeSpan.FromMinutes(10));
        return task.GetAwaiter().GetResult();
    }

    public void Run(Func<Task> work, TimeSpan? within = null) => Run(
        async () =>
        {
            await work();
            return true;
        },
        within);

    // Awaited here and not only unwrapped: unwrapping would end on the pool what was ended for asynchronous continuations.
    public Task<T> Start<T>(Func<Task<T>> work) => Task.Factory.StartNew(async () => await work(), CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    /// <summary>Runs until a condition holds; fails when it does not within so much virtual time.</summary>
    public void RunUntil(Func<bool> holds, TimeSpan within)
    {
        var end = time.Elapsed + within;
        while (true)
        {
            Drain();
            if (holds()) return;
            if (!time.Step(end)) break;
        }
        Drain();
        Assert.True(holds(), $"it did not happen within {within} of virtual time");
    }

    /// <summary>Runs for so much virtual time.</summary>
    public void RunFor(TimeSpan span)
    {
        var end = time.Elapsed + span;
        do Drain();
        while (time.Step(end));
        Drain();
    }

    protected override void QueueTask(Task task)
    {
        if (Environment.CurrentManagedThreadId != _thread) Strays++;
        lock (_ready) _ready.Enqueue(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_ready) return [.. _ready];
    }

    /// <summary>Runs until nothing is left to do before time passes.</summary>
    public void Drain()
    {
        for (var turns = 0; turns < MostTurns; turns++)
        {
            Task? next;
            lock (_ready)
            {
                if (!_ready.TryDequeue(out next)) return;
            }
            TryExecuteTask(next);
        }
        Assert.Fail($"the engine spins: {MostTurns} turns and no time passes");
    }
}
