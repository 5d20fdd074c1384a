using System.Text;
using Fairway.Adapters.RunFiles;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Contracts;

/// <summary>Runs and their logs in files, on a real disk.</summary>
public sealed class RunFilesTests : IDisposable
{
    private static readonly RunKey Key = new("main", "20260105-120000-abcdef");

    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-runs-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_is_what_its_events_make_it_and_a_torn_line_is_none()
    {
        var journal = new RunFolder(_folder);
        Assert.Null(await journal.FindAsync(Key, Ct));
        await journal.AppendAsync(Key, 0, [Queued()], Ct);
        var file = Directory.GetFiles(_folder, "events.jsonl", SearchOption.AllDirectories).Single();
        await File.AppendAllTextAsync(file, "run-queued.v1 {\"torn", Ct);

        var found = await new RunFolder(_folder).FindAsync(Key, Ct);
        Assert.Equal((Key.Run, "main", null), (found!.Id, found.Pipeline.Name, found.Outcome));
        Assert.Equal([Key.Run], (await journal.ListAsync("main", 10, Ct)).Select(run => run.Id));
        Assert.Empty(await journal.ListAsync("other", 10, Ct));
    }

    [Fact]
    public async Task Only_one_process_has_a_run()
    {
        var journal = new RunFolder(_folder);
        await journal.AppendAsync(Key, 0, [Queued()], Ct);
        using (var taken = journal.Take(Key))
        {
            Assert.NotNull(taken);
            Assert.True(journal.IsTaken(Key));
            Assert.Null(new RunFolder(_folder).Take(Key));
        }
        Assert.False(journal.IsTaken(Key));
        Assert.False(journal.IsCancelAsked(Key));
        journal.AskToCancel(Key);
        Assert.True(journal.IsCancelAsked(Key));
    }

    [Fact]
    public async Task A_log_is_read_line_by_line_however_it_was_written()
    {
        var logs = new RunLogs(_folder, TimeProvider.System);
        using (var log = logs.Write("main", "r1", "build", 1))
        {
            log.Write(1, "one\ntw"u8);
            log.Write(1, "o\n"u8);
            log.Write(2, Encoding.UTF8.GetBytes("no end"));
            log.EndLine(2);
            Assert.StartsWith("sha256:", log.Finish(), StringComparison.Ordinal);
        }
        var lines = new List<RunLogLine>();
        await foreach (var line in logs.ReadAsync("main", "r1", "build", 1, null, Ct)) lines.Add(line);
        Assert.Equal([(1, "one"), (1, "two"), (2, "no end")], lines.Select(line => (line.Step, line.Text)));
        Assert.Equal(["two"], (await logs.TailAsync("main", "r1", "build", 1, 1, 1, Ct)).Select(line => line.Text));
        Assert.Empty(await logs.TailAsync("main", "r1", "build", 2, 1, 1, Ct));
    }

    private static RunEvent.Queued Queued() => new(
        Key.Run, new Pipeline { Name = "main", Jobs = [new() { Id = "build", Steps = [new() { Action = new StepAction.Run("true") }] }] },
        new PipelineTrigger { Kind = TriggerKind.Push, Repository = "shop", Actor = "anna" }, "sha256:source", ["build"], 2, true, "anna", Instant.FromUtc(2026, 1, 5, 12, 0));
}
