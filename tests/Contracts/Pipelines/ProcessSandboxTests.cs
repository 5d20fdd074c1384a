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

    protected override async Task<ISandboxSession> OpenAsync(SandboxPolicy policy, params JobService[] services)
    {
        var (sandbox, refused) = ProcessSandbox.Open(Path.Combine(Folder, "sandboxes"), TimeProvider.System);
        Assert.Null(refused);
        var (session, fault) = await sandbox!.OpenAsync(new("t-" + Guid.NewGuid().ToString("N")[..8], policy, [.. services], NoVariables), Cancellation);
        Assert.SkipWhen(fault?.Kind == Kernel.FaultKind.Forbidden, "there are no unprivileged user namespaces here");
        Assert.Null(fault);
        return session!;
    }
}
