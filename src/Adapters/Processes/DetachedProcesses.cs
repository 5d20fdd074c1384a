using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Processes;

/// <summary>Starts processes of this machine that outlive this one. Linux.</summary>
public sealed class DetachedProcesses : IDetachedProcesses
{
    /// <inheritdoc/>
    public (ProcessIdentity? Process, Fault? Fault) Start(
        ImmutableArray<string> command, IReadOnlyDictionary<string, string> environment, string workingDirectory, string outputFile)
    {
        if (command.IsDefaultOrEmpty) return (null, new(FaultKind.Invalid, Blame.Fairway, false, "the command is empty; name a program"));
        if (!Directory.Exists(workingDirectory))
            return (null, new(FaultKind.NotFound, Blame.Platform, false, $"the working directory {workingDirectory} does not exist; create it"));
        var (program, unusable) = CommandLookup.Find(command[0], workingDirectory, environment.GetValueOrDefault("PATH", ""));
        if (program is null) return (null, unusable! with { Who = Blame.Platform });
        var output = Path.GetFullPath(outputFile);
        try
        {
            // Here it can be said in words; in the new process only as a number.
            File.OpenHandle(output, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, FileFault.Of(output, failure));
        }

        var request = new SpawnRequest(program, [program, .. command.Skip(1)], environment, workingDirectory, output, output);
        var (pid, error) = ProcessSpawner.Spawn(request);
        return error == 0 ? (ProcessTable.Identify(pid), null) : (null, ProcessSpawner.FaultOf(error, request) with { Who = Blame.Platform });
    }

    /// <inheritdoc/>
    public bool IsAlive(ProcessIdentity process)
    {
        if (ProcessTable.IsAlive(process)) return true;
        // If it was started here, its end is fetched here; a stranger's number answers that it is no child.
        if (ProcessTable.Find(process.Pid) is { } entry && entry.StartTicks == process.StartTicks) ChildProcess.TryFetch(process.Pid);
        return false;
    }

    /// <inheritdoc/>
    public void Signal(ProcessIdentity process, int signal)
    {
        if (ProcessTable.IsAlive(process)) Posix.Kill(-process.Pid, signal);
    }
}
