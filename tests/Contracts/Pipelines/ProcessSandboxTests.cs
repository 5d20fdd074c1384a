using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Pipelines;
using Fairway.Ports;
using Xunit;

namespace Fairway.Contracts.Pipelines;

public sealed class ProcessSandboxTests : SandboxContract
{
    protected override ImmutableArray<string> Listener(int port) => ["python3", "-m", "http.server", $"{port}"];

    protected override string Asks(string host, int port) => $"python3 -c 'import urllib.request as u; u.urlopen(\"http://{host}:{port}/\")'";

    [Fact]
    public async Task Programs_are_read_only_and_no_other_file_is_there()
    {
        await using var session = await OpenAsync(new());
        var (_, text) = await RunAsync(session, $"ls /; id -u; touch /usr/x 2>&1; ls /root /home/*/.ssh {Folder} 2>&1; mount -o remount,rw /usr 2>&1; cat /etc/shadow 2>&1; ps ax 2>/dev/null | wc -l");
        Assert.Contains("1000\n", text, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", text, StringComparison.Ordinal);
        Assert.DoesNotContain("work\n", text.Split("1000\n")[0].Replace("workspace", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.False(File.Exists("/usr/x"));
    }

    [Fact]
    public async Task Its_root_holds_what_is_needed_and_can_be_changed_by_nobody()
    {
        await using var session = await OpenAsync(new());
        var (_, text) = await RunAsync(session, """
            for f in / /dev /run /home /var /proc /usr; do touch $f/x 2>/dev/null && echo wrote $f; mkdir $f/y 2>/dev/null && echo made $f; done
            mount -o remount,bind,rw / 2>/dev/null && echo writable
            unshare -rm sh -c 'umount /usr || umount /run/fairway || mount -o remount,bind,rw /' 2>/dev/null && echo out
            rm -rf /etc/passwd /run/fairway 2>/dev/null
            for f in /tmp /var/tmp ~ /workspace /dev/shm; do touch $f/x || echo cannot $f; done
            echo x > /dev/null; head -c 1 /dev/zero | wc -c; wc -l < /etc/passwd; ls /run
            """);
        Assert.Equal("1\n3\nfairway\n", text);
    }

    [Fact]
    public async Task Memory_past_the_limit_ends_the_command_and_says_so()
    {
        await using var session = await OpenAsync(new() { MemoryBytes = 64 << 20 });
        // By its control group; where there can be none, it is looked at and ended as a whole.
        var exit = await session.RunAsync(Command("python3 -c 'import time; held = bytearray(400 << 20); print(len(held), flush=True); time.sleep(60)'"), _ => { }, Cancellation);
        Assert.Equal("the job used more memory than its sandbox may, and was ended; raise the job's memory", exit.Fault?.Message);
    }

    [Fact]
    public async Task Memory_of_all_its_processes_is_counted_where_no_control_group_does()
    {
        await using var session = await OpenAsync(new() { MemoryBytes = 64 << 20 }, withoutGroup: true);
        Assert.Contains("cannot be enforced here", session.Notice, StringComparison.Ordinal);
        var one = "python3 -c 'import time; held = bytearray(30 << 20); time.sleep(60)' & ";
        var exit = await session.RunAsync(Command(one + one + one + one + "wait"), _ => { }, Cancellation);
        Assert.Equal("the job used more memory than its sandbox may, and was ended; raise the job's memory", exit.Fault?.Message);
    }

    [Fact]
    public async Task No_folder_is_left_after_the_last_sandbox()
    {
        var session = await OpenAsync(new());
        var all = Path.GetDirectoryName(Path.GetDirectoryName(session.Workspace)!)!;
        await session.DisposeAsync();
        Assert.False(Directory.Exists(all));
    }

    [Fact]
    public async Task A_sandbox_begins_while_the_last_one_ends()
    {
        var all = "";
        async Task OneAfterAnother()
        {
            for (var turn = 0; turn < 40; turn++)
            {
                var session = await OpenAsync(new());
                all = Path.GetDirectoryName(Path.GetDirectoryName(session.Workspace)!)!;
                await session.DisposeAsync();
            }
        }
        await Task.WhenAll(OneAfterAnother(), OneAfterAnother());
        Assert.False(Directory.Exists(all));
    }

    [Fact]
    public async Task Folders_nested_deeper_than_any_path_go_with_the_sandbox()
    {
        var session = await OpenAsync(new());
        var place = Path.GetDirectoryName(session.Workspace)!;
        Assert.Equal(0, (await RunAsync(session, "python3 -c 'import os\nfor i in range(10000): os.mkdir(\"d\"); os.chdir(\"d\")'")).Code);
        await session.DisposeAsync();
        Assert.False(Directory.Exists(place));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_given_up_while_it_is_made_leaves_nothing(bool isFilled)
    {
        var (sandbox, refused) = ProcessSandbox.Open(Path.Combine(Folder, "sandboxes"), TimeProvider.System);
        Assert.Null(refused);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        string? place = null;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox!.OpenAsync(
            new("given-up", new(), [], NoVariables)
            {
                Fill = (folder, cancellation) =>
                {
                    place = Path.GetDirectoryName(folder);
                    stop.Cancel();
                    if (!isFilled) cancellation.ThrowIfCancellationRequested();
                    return Task.FromResult<Kernel.Fault?>(null);
                },
            },
            stop.Token));
        Assert.False(Directory.Exists(place), $"{place} is there");
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])), path => Reads(path + "/environ").Contains(".sandbox.given-up", StringComparison.Ordinal));
    }

    private static string Reads(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    protected override Task<ISandboxSession> OpenAsync(SandboxPolicy policy, params JobService[] services) => OpenAsync(policy, withoutGroup: false, services);

    private async Task<ISandboxSession> OpenAsync(SandboxPolicy policy, bool withoutGroup, params JobService[] services)
    {
        var (sandbox, refused) = ProcessSandbox.Open(Path.Combine(Folder, "sandboxes"), TimeProvider.System, withoutGroup ? Path.Combine(Folder, "none") : "/sys/fs/cgroup");
        Assert.Null(refused);
        var (session, fault) = await sandbox!.OpenAsync(new("t-" + Guid.NewGuid().ToString("N")[..8], policy, [.. services], NoVariables), Cancellation);
        Assert.SkipWhen(fault?.Kind == Kernel.FaultKind.Forbidden, "there are no unprivileged user namespaces here");
        Assert.Null(fault);
        return session!;
    }
}
