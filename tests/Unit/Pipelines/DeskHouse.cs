using System.Collections.Concurrent;
using System.Text;
using Fairway.Adapters.Blobs;
using Fairway.Adapters.InMemory;
using Fairway.Adapters.RunFiles;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Runtime;
using NodaTime;
using Xunit;

namespace Fairway.Pipelines;

/// <summary>A desk over a ledger in memory and files in a folder. Its sandbox is a play: scripts are <c>say TEXT</c>, <c>fail</c>, <c>set NAME=VALUE</c>, <c>wait WORD</c>.</summary>
internal sealed class DeskHouse : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-desk-").FullName;
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _doors = new(StringComparer.Ordinal);

    public DeskHouse()
    {
        Ledger = new([new OpenRunsProjection()]);
        Blobs = BlobFolder.Open(Path.Combine(_folder, "blobs"), TimeProvider.System).Blobs!;
        Logs = new(Path.Combine(_folder, "runs"), TimeProvider.System);
        Desk = Open();
    }

    public InMemoryLedger Ledger { get; }

    public BlobFolder Blobs { get; }

    public RunLogs Logs { get; }

    public PipelineDesk Desk { get; private set; }

    public ConcurrentQueue<string> Ended { get; } = [];

    public ConcurrentQueue<string> Scripts { get; } = [];

    /// <summary>Sandboxes that were opened: of which instance, and whether they are open.</summary>
    public ConcurrentDictionary<string, (string Instance, bool Open)> Sandboxes { get; } = new(StringComparer.Ordinal);

    public string Files => Path.Combine(_folder, "blobs");

    public string Runs => Path.Combine(_folder, "runs");

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Ends the desk in the middle of everything, and opens another.</summary>
    public async Task AgainAsync()
    {
        await Desk.DisposeAsync();
        Desk = Open();
        await Desk.ResumeAsync(Cancellation);
    }

    public void Let(string word) => Door(word).TrySetResult();

    public async Task<PipelineRun> StartAsync(Pipeline pipeline, string push = "")
    {
        var checkout = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName;
        await File.WriteAllTextAsync(Path.Combine(checkout, "a.txt"), "a", Cancellation);
        var trigger = new PipelineTrigger { Kind = TriggerKind.Push, Repository = "shop", Ref = "refs/heads/main", Commit = "0123456789abcdef", Actor = "anna", Push = push };
        var (run, fault) = await Desk.StartAsync(new(pipeline, trigger, checkout), Cancellation);
        Assert.Null(fault);
        return run!;
    }

    public async Task<PipelineRun> UntilAsync(PipelineRun run, Func<PipelineRun, bool> holds)
    {
        PipelineRun? now = null;
        await UntilAsync(async () => (now = await Desk.FindAsync(new(run.Pipeline.Name, run.Id), Cancellation)) is not null && holds(now));
        return now!;
    }

    public Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    public Task<PipelineRun> UntilEndAsync(PipelineRun run) => UntilAsync(run, now => now.Outcome is not null);

    public Task<PipelineRun> UntilRunningAsync(PipelineRun run) => UntilAsync(run, now => now.Instances.Any(found => found.State.Phase == InstancePhase.Running));

    public async Task<string> LogAsync(PipelineRun run, string job)
    {
        var text = new StringBuilder();
        await foreach (var line in Desk.ReadLogAsync(new(run.Pipeline.Name, run.Id), job, 1, follow: false, Cancellation)) text.AppendLine(line.Text);
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Desk.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private PipelineDesk Open() => new(
        new()
        {
            Journal = new LedgerRunJournal(Ledger), Blobs = Blobs, Logs = Logs, Sandboxes = [new Stage(this)], Clock = new EngineClock(TimeProvider.System),
            Secrets = secrets => (secrets.ToDictionary(pair => pair.Key, _ => "hunter2", StringComparer.Ordinal), null),
        },
        2) { Ended = Tell };

    private Task Tell(PipelineRun run, CancellationToken cancellation)
    {
        Ended.Enqueue($"{run.Pipeline.Name} {run.Outcome}");
        return Task.CompletedTask;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await holds()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
    }

    private TaskCompletionSource Door(string word) => _doors.GetOrAdd(word, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private sealed class Stage(DeskHouse house) : ISandbox
    {
        public SandboxKind Kind => SandboxKind.Process;

        public Task<Fault?> CheckAsync(CancellationToken cancellation) => Task.FromResult<Fault?>(null);

        public Task SweepAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task<(ImmutableArray<PinnedImage> Images, Fault? Fault)> PinAsync(ImmutableArray<WantedImage> images, CancellationToken cancellation)
            => Task.FromResult<(ImmutableArray<PinnedImage>, Fault?)>(images.IsEmpty ? ([], null) : throw new NotSupportedException("there are no images here"));

        public async Task<(ISandboxSession? Session, Fault? Fault)> OpenAsync(SandboxRequest request, CancellationToken cancellation)
        {
            Assert.True(house.Sandboxes.TryAdd(request.Id, (request.Id.Split('.')[1], true)), $"{request.Id} is opened twice");
            var session = new Session(house, request.Id);
            try
            {
                if (await request.Fill(session.Workspace, cancellation) is not { } fault) return (session, null);
                await session.DisposeAsync();
                return (null, fault);
            }
            catch (OperationCanceledException)
            {
                await session.DisposeAsync();
                throw;
            }
        }
    }

    private sealed class Session(DeskHouse house, string id) : ISandboxSession
    {
        public string Workspace { get; } = Directory.CreateTempSubdirectory("fairway-stage-").FullName;

        public string Home { get; } = Directory.CreateTempSubdirectory("fairway-stage-").FullName;

        public string SearchPath => "/usr/bin:/bin";

        public string? Notice => null;

        public async Task<SandboxExit> RunAsync(SandboxCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
        {
            var exit = new SandboxExit(0, false, null);
            foreach (var line in command.Script.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                house.Scripts.Enqueue(line);
                var (verb, rest) = line.Split(' ', 2) is [var v, var r] ? (v, r) : (line, "");
                switch (verb)
                {
                    case "say":
                        output(Encoding.UTF8.GetBytes(rest + "\n"));
                        break;
                    case "env":
                        output(Encoding.UTF8.GetBytes($"{rest}={command.Environment.GetValueOrDefault(rest, "(none)")}\n"));
                        break;
                    case "set":
                        exit = exit with { Variables = exit.Variables + rest + "\n" };
                        break;
                    case "out":
                        exit = exit with { Output = exit.Output + rest + "\n" };
                        break;
                    case "make":
                        await File.WriteAllTextAsync(Path.Combine(Workspace, rest), rest, cancellation);
                        break;
                    case "wait":
                        await house.Door(rest).Task.WaitAsync(cancellation);
                        break;
                    case "fail":
                        exit = exit with { Code = 1 };
                        break;
                    default:
                        throw new InvalidOperationException(line);
                }
            }
            return exit;
        }

        public Task<SandboxExit> RunContainerAsync(SandboxContainer container, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
            => throw new NotSupportedException("there are no containers here");

        public Task StopAsync(Duration grace) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            Assert.True(house.Sandboxes.TryUpdate(id, house.Sandboxes[id] with { Open = false }, house.Sandboxes[id] with { Open = true }), $"{id} is closed twice");
            Directory.Delete(Workspace, recursive: true);
            Directory.Delete(Home, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
