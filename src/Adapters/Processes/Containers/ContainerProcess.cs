using System.Globalization;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>The first process of a container that was started, as this machine sees it.</summary>
/// <param name="Pid">Its id; 0 when it had ended before it was looked at.</param>
/// <param name="HostsFile">The file that the container has as <c>/etc/hosts</c>.</param>
/// <param name="NamesFile">The file that it has as <c>/etc/resolv.conf</c>.</param>
internal sealed record ContainerProcess(int Pid, string HostsFile, string NamesFile)
{
    private const string Listening = "0A"; // TCP_LISTEN of include/net/tcp_states.h
    private ProcessIdentity? _identity;

    /// <summary>Its exit code when it had ended before it was looked at.</summary>
    public string Code { get; private init; } = "";

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => _identity is { } identity && ProcessTable.IsAlive(identity) && ProcessTable.Find(Pid) is { IsZombie: false };

    /// <summary>Asks Podman for it.</summary>
    public static async Task<(ContainerProcess? Process, Fault? Fault)> FindAsync(PodmanProgram podman, string name, CancellationToken cancellation)
    {
        string[] arguments = ["inspect", "--type", "container", "--format", "{{.State.Pid}}|{{.State.ExitCode}}|{{.HostsPath}}|{{.ResolvConfPath}}", name];
        var (answer, fault) = await podman.RunAsync(arguments, null, null, cancellation);
        if (answer is null) return (null, fault);
        if (answer.Code != 0 || answer.Output.Trim().Split('|') is not [var pid, var code, var hosts, var names] || !int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return (null, new(FaultKind.Failed, Blame.Platform, true, $"Podman does not know {name}: {answer.Complaint}"));
        return (new(number, hosts, names) { _identity = number == 0 ? null : ProcessTable.Identify(number), Code = code }, null);
    }

    /// <summary>Whether something in its network listens on a TCP port (proc_pid_net(5)).</summary>
    public bool Listens(int port)
    {
        var wanted = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        foreach (var table in (string[])["tcp", "tcp6"])
        {
            try
            {
                foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/net/{table}")))
                    if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var local, _, Listening, ..] && local.EndsWith(wanted, StringComparison.Ordinal)) return true;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        return false;
    }

    /// <summary>Whether anything runs in it besides shells that wait for others: every process of a container comes from its first one.</summary>
    public bool IsAtWork()
    {
        var waiting = new Stack<int>(Children(Pid));
        while (waiting.TryPop(out var pid))
        {
            var children = Children(pid).ToList();
            if (ProcessTable.Find(pid) is { IsZombie: false } && (children.Count == 0 || NameOf(pid) is not ("sh" or "bash" or "timeout"))) return true;
            foreach (var child in children) waiting.Push(child);
        }
        return false;
    }

    private static IEnumerable<int> Children(int pid)
    {
        try
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task/{pid}/children");
            return [.. File.ReadAllText(path).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string NameOf(int pid)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm")).Trim();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
