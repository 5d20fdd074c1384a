using System.Text;
using Fairway.Adapters.Processes.Containers;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;
using Xunit;

namespace Fairway.Contracts.Pipelines;

public sealed class PodmanSandboxTests(TestImages images) : SandboxContract
{
    private string Label => "label=dev.fairway.sandbox";

    protected override ImmutableArray<string> Listener(int port) => ["nc", "-ll", "-p", $"{port}", "-e", "echo", "hello"];

    protected override string Asks(string host, int port) => $"test \"$(nc {host} {port} </dev/null)\" = hello";

    [Fact]
    public async Task Root_of_a_container_is_nobody_outside()
    {
        await using var session = await OpenAsync(new());
        Assert.Equal((0, "0\n"), await RunAsync(session, "id -u; touch made; touch /etc/mine"));
        var (_, map) = await RunAsync(session, "cat /proc/self/uid_map");
        Assert.Equal("0", map.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);
        Assert.NotEqual("0", map.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    [Fact]
    public async Task A_read_only_image_stays_as_it_is_and_the_workspace_can_be_written()
    {
        await using var session = await OpenAsync(new() { Container = new() { ReadOnly = true, Tmpfs = ["/data"] } });
        var (code, text) = await RunAsync(session, "touch /bin/x; touch /tmp/a /data/b here && echo written");
        Assert.Equal(0, code);
        Assert.Contains("Read-only", text, StringComparison.Ordinal);
        Assert.Contains("written", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_in_an_image_is_reached_by_its_name_and_on_localhost()
    {
        await using var session = await OpenAsync(new(), Service("db", 15432));
        Assert.Equal(0, (await RunAsync(session, $"{Asks("db", 15432)} && {Asks("localhost", 15432)}")).Code);
    }

    [Fact]
    public async Task A_job_without_an_image_reaches_its_services_too()
    {
        foreach (var network in (NetworkPolicy[])[NetworkPolicy.None, NetworkPolicy.Full])
        {
            await using var session = await OpenAsync(null, new() { Network = network }, Service("db", 15433) with { Env = NoVariables.Add("WORD", "hello") });
            const string Ask = "python3 -c 'import socket; s = socket.create_connection((\"db\", 15433), 10); print(s.recv(9).decode().strip())'";
            Assert.Equal((0, "hello\n1000\n"), await RunAsync(session, Ask + "; id -u; touch here"));
        }
    }

    [Fact]
    public async Task A_service_is_ready_when_its_command_says_so()
    {
        var service = new JobService { Name = "slow", Image = images.Busybox, Command = ["sh", "-c", "sleep 1; touch /data/ready; sleep 1000"], Ready = ["test", "-e", "/data/ready"] };
        await using var session = await OpenAsync(new(), service);
        Assert.Equal(0, (await RunAsync(session, "true")).Code);
    }

    [Fact]
    public async Task A_service_that_ends_is_explained_with_its_last_words()
    {
        var service = new JobService { Name = "db", Image = images.Busybox, Command = ["sh", "-c", "echo no room for data; exit 3"], Ports = [1] };
        var fault = await FaultAsync(new(), service);
        Assert.Contains("service db", fault.Message, StringComparison.Ordinal);
        Assert.Contains("it said: no room for data", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task A_service_that_never_listens_has_its_time()
    {
        var fault = await FaultAsync(new(), Service("db", 15432) with { Command = ["sleep", "1000"], StartTimeout = Duration.FromSeconds(1) });
        Assert.Contains("still not ready after 1 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_of_a_service_is_in_no_argument()
    {
        var service = Service("db", 15432) with { Env = NoVariables.Add("PASSWORD", "s3cr3t value\nof two lines").Add("PATH", "/bin") };
        await using var session = await OpenAsync(new(), service);
        foreach (var process in Directory.EnumerateDirectories("/proc"))
            Assert.DoesNotContain("s3cr3t", Arguments(process), StringComparison.Ordinal);
        var (_, text) = await RunAsync(session, "env");
        Assert.DoesNotContain("s3cr3t", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_can_be_a_step_that_reads_and_writes_the_workspace()
    {
        await using var session = await OpenAsync(new(), Service("db", 15432));
        await RunAsync(session, "echo given > file");
        var text = new StringBuilder();
        var script = $"cat file; pwd; echo made > out; echo x=$SAID >> $GITHUB_OUTPUT; {Asks("db", 15432)}";
        var step = new SandboxContainer(await PinAsync(images.Busybox), "sh", ["-c", script], NoVariables.Add("SAID", "multi\nline").Add("HOME", "/tmp"));
        var exit = await session.RunContainerAsync(step, piece => text.Append(Encoding.UTF8.GetString(piece)), Cancellation);
        Assert.Equal((0, "given\n/github/workspace\n", "x=multi line\n"), (exit.Code, text.ToString(), exit.Output));
        Assert.Equal((0, "made\n"), await RunAsync(session, "cat out"));
        Assert.Equal(7, (await session.RunContainerAsync(step with { Arguments = ["-c", "exit 7"] }, _ => { }, Cancellation)).Code);
        var late = await session.RunContainerAsync(step with { Arguments = ["-c", "sleep 1000"], Timeout = Duration.FromSeconds(1) }, _ => { }, Cancellation);
        Assert.True(late.TimedOut);
    }

    [Fact]
    public async Task An_image_without_a_shell_is_explained()
    {
        var fault = await FaultAsync(new() { Image = images.Bare });
        Assert.Contains("needs sh", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task An_image_is_named_by_its_digest_and_one_that_is_not_there_is_explained()
    {
        var pinned = await PinAsync(images.Busybox);
        Assert.StartsWith("sha256:", pinned.Digest, StringComparison.Ordinal);
        Assert.Equal(TestImages.Podman("image", "inspect", "--format", "{{.Digest}}", images.Busybox), pinned.Digest);
        var (_, fault) = await Sandbox().PinAsync([new("localhost/fairway-none:1", PullPolicy.Never)], Cancellation);
        Assert.Contains("is not on this machine", fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_swept()
    {
        images.Need();
        var sandbox = Sandbox();
        var session = await OpenAsync(sandbox, images.Busybox, new(), Service("db", 15432));
        var place = Path.GetDirectoryName(session.Workspace)!;
        await sandbox.SweepAsync(Cancellation);
        Assert.Equal((0, ""), await RunAsync(session, "true"));
        File.WriteAllText(Path.Combine(place, "owner"), "1 1 another-boot\n");
        await sandbox.SweepAsync(Cancellation);
        Assert.Empty(Left());
        Assert.False(Directory.Exists(place));
        await session.DisposeAsync();
    }

    private static string Arguments(string process)
    {
        try
        {
            return File.ReadAllText(process + "/cmdline");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private string[] Left() => TestImages.Podman("ps", "--all", "--quiet", "--filter", Label, "--filter", "ancestor=" + images.Busybox).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private JobService Service(string name, int port) => new() { Name = name, Image = images.Busybox, Command = Listener(port), Ports = [port] };

    private PodmanSandbox Sandbox()
    {
        images.Need();
        var (processes, refused) = ProcessSandbox.Open(Path.Combine(Folder, "sandboxes"), TimeProvider.System);
        Assert.Null(refused);
        var (sandbox, fault) = PodmanSandbox.Open(Path.Combine(Folder, "containers"), processes!, TimeProvider.System);
        Assert.Null(fault);
        return sandbox!;
    }

    private async Task<PinnedImage> PinAsync(string name)
    {
        var (pinned, fault) = await Sandbox().PinAsync([new(name, PullPolicy.Never)], Cancellation);
        Assert.Null(fault);
        return Assert.Single(pinned);
    }

    private async Task<Fault> FaultAsync(SandboxPolicy policy, params JobService[] services)
    {
        var sandbox = Sandbox();
        var (session, fault) = await TryAsync(sandbox, policy.Image ?? images.Busybox, policy, services);
        Assert.Null(session);
        return fault!;
    }

    protected override Task<ISandboxSession> OpenAsync(SandboxPolicy policy, params JobService[] services) => OpenAsync(images.Busybox, policy, services);

    private Task<ISandboxSession> OpenAsync(string? image, SandboxPolicy policy, params JobService[] services) => OpenAsync(Sandbox(), image, policy, services);

    private static async Task<ISandboxSession> OpenAsync(PodmanSandbox sandbox, string? image, SandboxPolicy policy, params JobService[] services)
    {
        var (session, fault) = await TryAsync(sandbox, image, policy, services);
        Assert.Null(fault);
        return session!;
    }

    private static async Task<(ISandboxSession? Session, Fault? Fault)> TryAsync(PodmanSandbox sandbox, string? image, SandboxPolicy policy, JobService[] services)
    {
        var wanted = new[] { image }.Concat(services.Select(service => service.Image)).OfType<string>().Distinct(StringComparer.Ordinal).Select(name => new WantedImage(name, PullPolicy.Never));
        var (pinned, missing) = await sandbox.PinAsync([.. wanted], Cancellation);
        Assert.Null(missing);
        return await sandbox.OpenAsync(new("t-" + Guid.NewGuid().ToString("N")[..8], policy with { Image = image }, [.. services], NoVariables) { Images = pinned }, Cancellation);
    }
}
