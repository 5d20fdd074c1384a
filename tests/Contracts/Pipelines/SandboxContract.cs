using System.Diagnostics;
using System.Text;
using Fairway.Adapters.Blobs;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;
using Xunit;

namespace Fairway.Contracts.Pipelines;

/// <summary>What holds in every sandbox, whatever it is made of.</summary>
public abstract class SandboxContract : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("fairway-sandbox-").FullName;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected static ImmutableSortedDictionary<string, string> NoVariables => ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>A program that listens on a port of its own, and answers.</summary>
    protected abstract ImmutableArray<string> Listener(int port);

    /// <summary>A script that succeeds when that program answers.</summary>
    protected abstract string Asks(string host, int port);

    public virtual void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Commands_run_one_after_the_other_in_one_place()
    {
        await using var session = await OpenAsync(new());
        Assert.Equal((0, "one\n"), await RunAsync(session, "echo one; echo kept > file; echo x=1 >> $FAIRWAY_OUTPUT; sleep 100 &"));
        Assert.Equal((3, "kept\n/workspace\n"), await RunAsync(session, "cat file; pwd; exit 3"));
    }

    [Fact]
    public async Task What_a_command_leaves_for_later_ones_is_told()
    {
        await using var session = await OpenAsync(new());
        var exit = await session.RunAsync(Command("echo a=1 >> $GITHUB_OUTPUT; echo B=2 >> $FAIRWAY_ENV; echo /x >> $FAIRWAY_PATH; echo done >> $FAIRWAY_STEP_SUMMARY"), _ => { }, Cancellation);
        Assert.Equal(("a=1\n", "B=2\n", "/x\n", "done\n"), (exit.Output, exit.Variables, exit.Path, exit.Summary));
    }

    [Fact]
    public async Task Nothing_of_this_process_is_in_the_environment_and_no_secret_in_an_argument()
    {
        Environment.SetEnvironmentVariable("FAIRWAY_TEST_AMBIENT", "ambient-secret");
        await using var session = await OpenAsync(new());
        var text = (await RunAsync(session, "env; cat /proc/*/cmdline | tr '\\0' ' '; echo ${#TOKEN}", NoVariables.Add("TOKEN", "it's a \"secret\"\n$HOME"))).Output;
        Assert.DoesNotContain("ambient-secret", text, StringComparison.Ordinal);
        Assert.EndsWith("21\n", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Split("it's a").Length - 1);
    }

    [Fact]
    public async Task Without_the_network_there_is_only_the_loopback()
    {
        await using var session = await OpenAsync(new() { Network = NetworkPolicy.None });
        Assert.Equal((0, "lo\n"), await RunAsync(session, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"));
    }

    [Fact]
    public async Task A_fork_bomb_meets_its_limit_and_ends_with_the_sandbox()
    {
        var session = await OpenAsync(new() { Processes = 64 });
        var (code, _) = await RunAsync(session, "i=0; while [ $i -lt 500 ]; do sleep 1000 & i=$((i+1)); done 2>/dev/null; true");
        Assert.NotNull(code);
        var inside = Directory.EnumerateDirectories("/proc").Count(IsSleeping);
        Assert.InRange(inside, 1, 64);
        await session.DisposeAsync();
        await UntilAsync(() => !Directory.EnumerateDirectories("/proc").Any(IsSleeping));

        static bool IsSleeping(string process)
        {
            try
            {
                return File.ReadAllText(process + "/cmdline") == "sleep\01000\0";
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("/workspace/out")]
    [InlineData("$HOME/out")]
    [InlineData("/tmp/out")]
    public async Task A_job_that_fills_the_disk_is_ended_and_says_so(string file)
    {
        await using var session = await OpenAsync(new() { DiskBytes = 50 << 20 });
        Assert.Equal(0, (await RunAsync(session, $"dd if=/dev/zero of={file}.1 bs=1M count=20 2>/dev/null")).Code);
        var exit = await session.RunAsync(Command($"dd if=/dev/zero of={file}.2 bs=1M count=200 2>/dev/null; sleep 60"), _ => { }, Cancellation);
        Assert.Equal("the job used more than 50 MiB of disk space, and was ended; raise the job's disk", exit.Fault?.Message);
        Assert.Equal(exit.Fault, (await session.RunAsync(Command("true"), _ => { }, Cancellation)).Fault);
    }

    [Fact]
    public async Task A_cancelled_command_is_ended_with_everything_it_started()
    {
        await using var session = await OpenAsync(new());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var run = session.RunAsync(Command("sh -c 'echo up; sleep 12345' & wait"), piece =>
        {
            if (!piece.IsEmpty) stop.Cancel();
        }, stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await session.StopAsync(Duration.Zero);
        Assert.Null((await session.RunAsync(Command("true"), _ => { }, Cancellation)).Code);
    }

    [Fact]
    public async Task A_step_has_its_own_time()
    {
        await using var session = await OpenAsync(new());
        var exit = await session.RunAsync(Command("sleep 100") with { Timeout = Duration.FromSeconds(1) }, _ => { }, Cancellation);
        Assert.True(exit.TimedOut);
        Assert.Equal(0, (await RunAsync(session, "true")).Code);
    }

    [Fact]
    public async Task A_service_is_ready_before_the_first_command()
    {
        var service = new JobService { Name = "web", Command = Listener(18080), Ports = [18080] };
        await using var session = await OpenAsync(new() { Network = NetworkPolicy.None }, service);
        Assert.Equal(0, (await RunAsync(session, Asks("127.0.0.1", 18080))).Code);
    }

    [Fact]
    public async Task A_command_has_no_input_and_what_it_leaves_running_has_none_either()
    {
        await using var session = await OpenAsync(new());
        Assert.Equal((0, "end\n"), await RunAsync(session, "sh -c 'cat > left; echo done >> left' & cat; wait; echo end"));
        Assert.Equal((0, "done\n"), await RunAsync(session, "cat left"));
    }

    [Fact]
    public async Task A_long_script_with_long_variables_arrives_whole()
    {
        await using var session = await OpenAsync(new());
        var long1 = new string('\'', 30_000) + "\n" + new string('$', 30_000);
        var script = $"# {new string('x', 300_000)}\ncat <<'END' | wc -c\n{new string('y', 100_000)}\nEND\nprintf %s \"$LONG\" | wc -c\n";
        var (code, text) = await RunAsync(session, script, NoVariables.Add("LONG", long1));
        Assert.Equal((0, "100001 60001"), (code, string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal((0, "still here\n"), await RunAsync(session, "echo still here"));
    }

    [Fact]
    public async Task A_large_output_comes_in_pieces_that_are_all_there()
    {
        await using var session = await OpenAsync(new());
        long bytes = 0;
        var largest = 0;
        var exit = await session.RunAsync(Command("head -c 50000000 /dev/zero"), piece => (bytes, largest) = (bytes + piece.Length, Math.Max(largest, piece.Length)), Cancellation);
        Assert.Equal((0, 50_000_000L), (exit.Code, bytes));
        Assert.InRange(largest, 1, 64 * 1024);
    }

    [Fact]
    public async Task Nothing_is_left_when_it_is_closed()
    {
        var session = await OpenAsync(new());
        var place = Path.GetDirectoryName(session.Workspace)!;
        await RunAsync(session, "mkdir -p a/b; chmod 000 a; ln -s / root");
        await session.DisposeAsync();
        Assert.False(Directory.Exists(place));
        Assert.True(Directory.Exists("/usr"));
    }

    [Fact]
    public async Task Links_of_a_job_lead_the_runner_nowhere()
    {
        var (blobs, _) = BlobFolder.Open(Path.Combine(Folder, "blobs"), TimeProvider.System);
        await using var session = await OpenAsync(new());
        var outside = Path.Combine(Folder, "outside");
        Directory.CreateDirectory(outside);
        await RunAsync(session, $"ln -s {outside} out; ln -s /etc/hostname r.xml; mkfifo pipe; mkdir d; echo hi > \"d/$(printf 'a\\nb c')\"");
        Assert.Contains("out of the checkout", (await blobs!.CollectAsync(session.Workspace, ["out"], Cancellation)).Fault!.Message, StringComparison.Ordinal);
        Assert.Empty(await blobs.ReadAsync(session.Workspace, ["r.xml"], 1000, Cancellation));
        Assert.Equal("d/a\nb c", Assert.Single((await blobs.CollectAsync(session.Workspace, ["d", "pipe"], Cancellation)).Tree!.Entries).Path);
        var (digest, _) = await blobs.PutAsync("x"u8.ToArray(), Cancellation);
        var tree = FileTree.Of([new("out/evil", TreeEntryKind.File, digest!, 1)]);
        Assert.NotNull(await blobs.RestoreAsync(tree, session.Workspace, Cancellation));
        Assert.NotNull(await blobs.RestoreAsync(FileTree.Of([new("../evil", TreeEntryKind.File, digest!, 1)]), session.Workspace, Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    protected static async Task UntilAsync(Func<bool> holds)
    {
        var began = Stopwatch.StartNew();
        while (!holds() && began.Elapsed < TimeSpan.FromSeconds(30)) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        Assert.True(holds());
    }

    protected abstract Task<ISandboxSession> OpenAsync(SandboxPolicy policy, params JobService[] services);

    protected static SandboxCommand Command(string script) => new(script, ["sh", "{0}"], "", NoVariables);

    protected static async Task<(int? Code, string Output)> RunAsync(ISandboxSession session, string script, ImmutableSortedDictionary<string, string>? variables = null)
    {
        var text = new StringBuilder();
        var exit = await session.RunAsync(Command(script) with { Environment = variables ?? NoVariables }, piece => text.Append(Encoding.UTF8.GetString(piece)), Cancellation);
        Assert.Null(exit.Fault);
        return (exit.Code, text.ToString());
    }
}
