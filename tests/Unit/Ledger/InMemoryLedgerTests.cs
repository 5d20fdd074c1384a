using Fairway.Adapters.InMemory;
using NodaTime;

namespace Fairway.Ledger;

public sealed class InMemoryLedgerTests
{
    private static readonly NewEvent Event = new(Instant.FromUtc(2026, 1, 1, 0, 0), "thing-done.v1", "tester", null, "{}");

    [Fact]
    public async Task A_crash_before_the_commit_leaves_nothing_and_one_after_it_leaves_all()
    {
        var ledger = new InMemoryLedger([]);
        foreach (var moment in Enum.GetValues<AppendMoment>())
        {
            ledger.OnAppend = (at, stream) =>
            {
                if (at == moment && stream == "a") throw new TimeoutException();
            };
            await Assert.ThrowsAsync<TimeoutException>(() => ledger.AppendAsync("a", 0, [Event, Event], CancellationToken.None));
            Assert.Equal(moment == AppendMoment.BeforeCommit ? 0 : 2, ledger.Records.Length);
        }
        ledger.OnAppend = null;
        Assert.Equal(2, (await ledger.AppendAsync("a", 0, [Event], CancellationToken.None)).Conflict);
        Assert.Empty((await ledger.VerifyAsync(CancellationToken.None)).Problems);
    }

    [Fact]
    public void Every_call_is_done_when_it_returns()
    {
        var ledger = new InMemoryLedger([]);
        Task[] calls =
        [
            ledger.AppendAsync("a", 0, [Event], CancellationToken.None), ledger.ReadAsync(0, 10, CancellationToken.None),
            ledger.ReadStreamAsync("a", 0, 10, CancellationToken.None), ledger.SearchAsync(new(), CancellationToken.None),
            ledger.LoadAsync("c", "k", CancellationToken.None), ledger.ListAsync("c", "", CancellationToken.None),
            ledger.VerifyAsync(CancellationToken.None), ledger.RebuildAsync(CancellationToken.None),
        ];
        Assert.All(calls, call => Assert.True(call.IsCompletedSuccessfully));
    }

    [Fact]
    public void A_tail_goes_on_where_its_consumer_waits_and_not_inside_the_append()
    {
        var turns = new TurnByTurn();
        var ledger = new InMemoryLedger([]);
        var seen = new List<(long Seq, int Thread)>();
        using var stop = new CancellationTokenSource();
        var tail = turns.Run(async () =>
        {
            await foreach (var record in ledger.TailAsync(0, stop.Token)) seen.Add((record.Seq, Environment.CurrentManagedThreadId));
        });
        for (var version = 0; version < 5; version++)
        {
            Assert.True(ledger.AppendAsync("a", version, [Event], CancellationToken.None).IsCompletedSuccessfully);
            Assert.Equal(version, seen.Count);
            turns.RunAll();
            Assert.Equal(version + 1, seen.Count);
        }
        stop.Cancel();
        turns.RunAll();
        Assert.True(tail.IsCanceled);
        Assert.Equal([1L, 2, 3, 4, 5], seen.Select(one => one.Seq));
        Assert.All(seen, one => Assert.Equal(Environment.CurrentManagedThreadId, one.Thread));
    }

    /// <summary>One thread, one piece of work after the other, when told to: as the simulator runs the engine.</summary>
    private sealed class TurnByTurn : TaskScheduler
    {
        private readonly Queue<Task> _waiting = new();

        public Task Run(Func<Task> work)
        {
            var started = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();
            RunAll();
            return started;
        }

        public void RunAll()
        {
            while (_waiting.TryDequeue(out var task)) TryExecuteTask(task);
        }

        protected override IEnumerable<Task> GetScheduledTasks() => _waiting;

        protected override void QueueTask(Task task) => _waiting.Enqueue(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
    }
}
