using System.Globalization;
using Fairway.Workloads;

namespace Fairway.Adapters.Processes;

/// <summary>
/// One run of a command: a folder with its raw output and what its wrapper tells. A small shell stays as the command's parent and writes its exit status
/// there, so neither output nor status needs a reader while they happen: this process may be killed and come back.
/// </summary>
internal sealed class RunFolder(string path)
{
    /// <summary>Marks every process of a run: <c>namespace.run</c>, where the namespace is the data folder's.</summary>
    public const string Marker = "FAIRWAY_RUN";

    // The traps keep the shell alive through signals to the group, and a trapped (not ignored) signal is back to its default in the child. The subshell
    // joins the cgroup before it becomes the program, so the program never runs outside it and the wrapper is never charged to it. Only the program
    // writes to stderr: the shell's own words ("Killed") go nowhere. Names are long so as not to hit a variable of the release.
    private const string Script = """
        trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM
        exec 3>&2 2>/dev/null
        _fairway_run=$1 _fairway_joins=$2
        shift 2
        (
          read -r _fairway_pid _ < /proc/self/stat
          while [ "$_fairway_joins" -gt 0 ]; do
            echo "$_fairway_pid" > "$1" || echo "$1" >> "$_fairway_run/uncontained"
            shift
            _fairway_joins=$((_fairway_joins - 1))
          done
          echo "$_fairway_pid" > "$_fairway_run/pid"
          exec 2>&3 3>&-
          exec "$@"
        )
        echo "$?" > "$_fairway_run/exit"
        """;

    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>Raw standard output.</summary>
    public string Output => System.IO.Path.Combine(Path, "stdout");

    /// <summary>Raw standard error.</summary>
    public string Error => System.IO.Path.Combine(Path, "stderr");

    /// <summary>Makes the folder, readable by this user only.</summary>
    public void Create() => Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Removes the folder with everything in it.</summary>
    public void Delete()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }

    /// <summary>What starts the command in its wrapper.</summary>
    /// <param name="command">Argument vector, the first an absolute path.</param>
    /// <param name="environment">The whole environment; the wrapper hands it on unseen, so nothing secret is in an argument.</param>
    /// <param name="workingDirectory">An existing folder.</param>
    /// <param name="joins">Files the program writes its pid to before it starts.</param>
    /// <param name="bothToOutput">Both streams into <see cref="Output"/>, as they come.</param>
    public SpawnRequest Wrap(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string workingDirectory, IReadOnlyList<string> joins, bool bothToOutput = false)
        => new(
            "/bin/sh", ["sh", "-c", Script, "fairway", Path, joins.Count.ToString(CultureInfo.InvariantCulture), .. joins, .. command],
            environment, workingDirectory, Output, bothToOutput ? Output : Error);

    /// <summary>The command's exit status; null when its wrapper has not written it (yet, or because it was killed itself).</summary>
    public ExitStatus? ReadExit()
        => ReadNumber("exit") is { } status ? ExitStatus.FromShell(status) : null;

    /// <summary>The program's own pid, the wrapper's child; null before it runs.</summary>
    public int? ReadPid() => ReadNumber("pid");

    /// <summary>Whether the program could not join a cgroup.</summary>
    public bool IsUncontained => File.Exists(System.IO.Path.Combine(Path, "uncontained"));

    private int? ReadNumber(string name)
    {
        try
        {
            var text = File.ReadAllText(System.IO.Path.Combine(Path, name));
            // Without its line end it is still being written.
            return text.EndsWith('\n') && int.TryParse(text.AsSpan().TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
