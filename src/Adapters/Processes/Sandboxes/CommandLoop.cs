using System.Globalization;
using System.Text;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>This side of the shell that runs the commands of a sandbox (<see cref="SandboxScripts.Begin"/>), whatever the sandbox is made of.</summary>
internal sealed class CommandLoop(SandboxChannel channel, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BeginsWithin = TimeSpan.FromSeconds(60);

    /// <summary>Tells the shell what it needs, and waits until it takes commands.</summary>
    /// <param name="processes">Most processes of its user; null where something else sees to that.</param>
    /// <param name="environment">Variables of every command, besides those that the shell was started with.</param>
    /// <param name="isOver">Whether the sandbox has ended.</param>
    /// <param name="said">Takes what it said instead.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Whether it does.</returns>
    public async Task<bool> BeginAsync(
        int? processes, IEnumerable<KeyValuePair<string, string>> environment, Func<bool> isOver, StringBuilder said, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        if (!await channel.SendAsync(SandboxScripts.Begin(processes, environment), isOver, time, cancellation)) return false;
        var ready = await Task.Factory.StartNew(
            () =>
            {
                while (channel.TakeLine() is null)
                {
                    if (!channel.Pump(piece => Hear(said, piece), Look) && isOver()) return false;
                    if (time.GetElapsedTime(began) > BeginsWithin || cancellation.IsCancellationRequested) return false;
                }
                return true;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        cancellation.ThrowIfCancellationRequested();
        return ready;
    }

    /// <summary>Runs a command to its end; null when the sandbox ended before.</summary>
    public async Task<SandboxExit?> RunAsync(Func<bool> isOver, SandboxCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        var working = command.WorkingDirectory.StartsWith('/') ? command.WorkingDirectory : $"{SandboxPaths.Workspace}/{command.WorkingDirectory}";
        if (Problem(command.Script, command.Environment) is { } problem) return Refused(problem);
        var began = time.GetTimestamp();
        var text = SandboxScripts.Command(new(command.Script, command.Shell, working, command.Environment, command.Timeout));
        if (!await channel.SendAsync(text, isOver, time, cancellation)) return null;
        var head = await Task.Factory.StartNew(() => PumpUntilEnd(isOver, output, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        cancellation.ThrowIfCancellationRequested();
        if (head is not { } told) return null;
        // 124 is what timeout of coreutils says, 143 that of busybox, 137 both when KILL was needed.
        var timedOut = told.Code is 124 or 137 or 143 && command.Timeout is { } limit && time.GetElapsedTime(began) >= limit.ToTimeSpan();
        return new(told.Code, timedOut, null) { Output = told.Files[0], Variables = told.Files[1], Path = told.Files[2], Summary = told.Files[3] };
    }

    /// <summary>Starts a service that is a command, and waits until it is ready; says why it is not.</summary>
    public static async Task<Fault?> StartAsync(JobService service, Func<SandboxCommand, Action<ReadOnlySpan<byte>>, CancellationToken, Task<SandboxExit>> run, CancellationToken cancellation)
    {
        var log = new StringBuilder();
        var exit = await run(ServiceScript.Of(service), piece => Hear(log, piece), cancellation);
        return exit.Code == 0 ? null
            : exit.Fault ?? new(FaultKind.Failed, Blame.Release, false, $"service {service.Name} did not get ready: {log.ToString().Trim().ReplaceLineEndings("; ")}");
    }

    /// <summary>What no program can be given, in words; null when there is nothing.</summary>
    public static string? Problem(string script, ImmutableSortedDictionary<string, string> environment)
    {
        if (script.Contains('\0', StringComparison.Ordinal) || environment.Values.Any(value => value.Contains('\0', StringComparison.Ordinal)))
            return "a script or a variable holds a NUL character, which no program can be given";
        return environment.Keys.FirstOrDefault(name => !VariableName.IsValid(name)) is { } bad ? $"'{bad}' cannot name a variable" : null;
    }

    /// <summary>The end of a command that was not run.</summary>
    public static SandboxExit Refused(string why) => new(null, false, new(FaultKind.Invalid, Blame.Configuration, false, why));

    private (int Code, string[] Files)? PumpUntilEnd(Func<bool> isOver, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        string? line = null;
        while (true)
        {
            if (cancellation.IsCancellationRequested) return null;
            var any = channel.Pump(output, Look);
            if (!any) output([]);
            line ??= channel.TakeLine();
            if (line is not null)
            {
                var numbers = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray();
                // Whatever runs inside can write here too; it only harms its own result.
                if (numbers.Length != 5 || numbers.Any(number => number is < 0 or > SandboxScripts.LargestExchange)) return (1, ["", "", "", ""]);
                if (channel.TakeBytes(numbers.Skip(1).Sum()) is { } bytes)
                {
                    // What was written before the end is there by now.
                    while (channel.Pump(output, TimeSpan.Zero)) continue;
                    return (numbers[0], Files(bytes, numbers));
                }
            }
            if (!any && isOver()) return null;
        }
    }

    private static string[] Files(byte[] bytes, int[] numbers)
    {
        var files = new string[4];
        for (var (i, at) = (0, 0); i < 4; at += numbers[++i]) files[i] = Encoding.UTF8.GetString(bytes, at, numbers[i + 1]);
        return files;
    }

    private static void Hear(StringBuilder said, ReadOnlySpan<byte> piece)
    {
        if (said.Length < 4000) said.Append(Encoding.UTF8.GetString(piece[..Math.Min(piece.Length, 4000)]));
    }
}
