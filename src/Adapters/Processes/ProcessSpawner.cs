using System.Runtime.InteropServices;
using Fairway.Kernel;

namespace Fairway.Adapters.Processes;

/// <summary>What to start.</summary>
/// <param name="Program">Absolute path.</param>
/// <param name="Arguments">Argument vector, the program's own name first.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="WorkingDirectory">An existing folder.</param>
/// <param name="StandardOutput">Appended to.</param>
/// <param name="StandardError">Appended to.</param>
internal sealed record SpawnRequest(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory,
    string StandardOutput, string StandardError);

/// <summary>
/// Starts a process in a session and group of its own, with signals as a fresh process has them, input from nowhere and output straight to files: nothing
/// ties it to this process but being its child.
/// </summary>
internal static unsafe class ProcessSpawner
{
    private const uint OwnerOnly = 0b110_000_000;

    // More than any libc's posix_spawnattr_t (336 bytes), posix_spawn_file_actions_t (80) and sigset_t (128).
    private const int AttributesSize = 512;
    private const int FileActionsSize = 256;
    private const int SignalSetSize = 256;

    /// <summary>Starts it; returns when the program has replaced this one's image in the child, or the error number of what failed.</summary>
    public static (int Pid, int Error) Spawn(SpawnRequest request)
    {
        var attributes = stackalloc byte[AttributesSize];
        var actions = stackalloc byte[FileActionsSize];
        var signals = stackalloc byte[SignalSetSize];
        Succeed(Posix.AttributesInit(attributes));
        Succeed(Posix.FileActionsInit(actions));
        var arguments = Strings(request.Arguments);
        var environment = Strings([.. request.Environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        var program = (byte*)Marshal.StringToCoTaskMemUTF8(request.Program);
        try
        {
            Succeed(Posix.AttributesSetFlags(attributes, Posix.SpawnSetSession | Posix.SpawnSetSignalMask | Posix.SpawnSetSignalDefaults));
            Succeed(Posix.SignalsNone(signals));
            Succeed(Posix.AttributesSetSignalMask(attributes, signals));
            Succeed(Posix.SignalsAll(signals));
            Succeed(Posix.AttributesSetSignalDefaults(attributes, signals));
            Succeed(Posix.FileActionsOpen(actions, 0, "/dev/null", Posix.OpenReadOnly, 0));
            Succeed(Posix.FileActionsOpen(actions, 1, request.StandardOutput, Posix.OpenAppend, OwnerOnly));
            Succeed(Posix.FileActionsOpen(actions, 2, request.StandardError, Posix.OpenAppend, OwnerOnly));
            Succeed(Posix.FileActionsChangeDirectory(actions, request.WorkingDirectory));
            var error = Posix.Spawn(out var pid, program, actions, attributes, arguments, environment);
            return (pid, error);
        }
        finally
        {
            Free(arguments, request.Arguments.Count);
            Free(environment, request.Environment.Count);
            Marshal.FreeCoTaskMem((nint)program);
            Succeed(Posix.FileActionsDestroy(actions));
            Succeed(Posix.AttributesDestroy(attributes));
        }
    }

    /// <summary>A fault for an error number of <see cref="Spawn"/>.</summary>
    public static Fault FaultOf(int error, SpawnRequest request)
    {
        var reason = Marshal.GetPInvokeErrorMessage(error);
        return error is Posix.TryAgain or Posix.OutOfMemory
            ? new(FaultKind.Exhausted, Blame.Platform, true, $"no process could be started for {request.Program}: {reason}; raise the process or memory limit")
            : new(FaultKind.Failed, Blame.Release, false, $"{request.Program} could not be started in {request.WorkingDirectory}: {reason}");
    }

    private static byte** Strings(IReadOnlyList<string> values)
    {
        var block = (byte**)NativeMemory.AllocZeroed((nuint)values.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < values.Count; i++) block[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        return block;
    }

    private static void Free(byte** block, int count)
    {
        for (var i = 0; i < count; i++) Marshal.FreeCoTaskMem((nint)block[i]);
        NativeMemory.Free(block);
    }

    private static void Succeed(int error)
        => Invariant.Check(error == 0, $"preparing posix_spawn failed with error {error}");
}
