using System.Globalization;
using System.Text;
using Fairway.Pipelines;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>The shell's part of a sandbox: what surrounds it, what makes it, and what runs commands in it. None of them holds a secret but a command itself.</summary>
internal static class SandboxScripts
{
    /// <summary>User and group inside.</summary>
    public const int InnerUser = 1000;

    /// <summary>
    /// Outside of it: joins the control group, starts the sandbox, and ends it when the lease's other end is closed, which the kernel does when this
    /// process is killed. Without a word before that, its parent was killed: then it also removes the files and the control group, as nobody may ever come to
    /// sweep them.
    /// </summary>
    public const string Keeper = """
        trap : HUP INT QUIT TERM
        _run=$1 _joins=$2
        shift 2
        exec 3>"$_run/status" 4<"$_run/control" 5<"$_run/lease"
        (
          trap - HUP INT QUIT TERM
          read -r _pid _ < /proc/self/stat
          while [ "$_joins" -gt 0 ]; do
            echo "$_pid" > "$1" || echo "$1" >> "$_run/uncontained"
            shift
            _joins=$((_joins - 1))
          done
          exec 5<&-
          exec "$@"
        ) <&4 &
        _child=$!
        (
          exec 3>&- 4<&- >/dev/null 2>&1
          read -r _ <&5 || : > "$_run/orphan"
          kill -KILL "$_child"
        ) &
        _watch=$!
        exec 3>&- 4<&- 5<&-
        exec >/dev/null 2>&1
        wait "$_child"
        kill -KILL "$_watch"
        if [ -e "$_run/orphan" ]; then
          for _turn in 1 2 3; do
            chmod -R u+rwx "$_run"
            rm -rf "$_run" && break
            sleep 0.1
          done
          rmdir "${_run%/*}"
          while [ "$_joins" -gt 0 ]; do
            rmdir "${1%/*}"
            shift
            _joins=$((_joins - 1))
          done
        fi
        """;

    /// <summary>
    /// Inside, as its first process: a shell that reads what it does from a pipe, a command after the other (<see cref="Command"/>). This is what it reads
    /// first. So a command costs one process, and its secrets are in no file and in no argument.
    /// </summary>
    /// <param name="processes">Most processes of its user; null where something else sees to that.</param>
    /// <param name="environment">Variables of every command, besides those that the shell was started with.</param>
    public static string Begin(int? processes, IEnumerable<KeyValuePair<string, string>> environment) => $$"""
        {{Exports(environment)}}umask 022
        {{(processes is { } most ? Limit(most) : ":")}}
        cd {{SandboxPaths.Exchange}}
        _begin() {
          : > output; : > env; : > path; : > summary
        }
        _end() {
          _code=$1
          if [ -s output ] || [ -s env ] || [ -s path ] || [ -s summary ]; then
            set --
            for _file in output env path summary; do
              head -c {{LargestExchange.ToString(CultureInfo.InvariantCulture)}} "$_file" > ".$_file"
              set -- "$@" "$(wc -c < ".$_file")"
            done
            printf '%s %s %s %s %s\n' "$_code" "$@" >&3
            cat .output .env .path .summary >&3
          else
            printf '%s 0 0 0 0\n' "$_code" >&3
          fi
        }
        printf 'ready\n' >&3

        """;

    private static string Exports(IEnumerable<KeyValuePair<string, string>> environment) => string.Concat(environment.Select(pair => $"export {pair.Key}={Quote(pair.Value)}\n"));

    private static string Limit(int processes)
        => string.Create(CultureInfo.InvariantCulture, $"ulimit -p {processes} 2>/dev/null || ulimit -u {processes} 2>/dev/null");

    /// <summary>Most bytes of an exchange file that are read.</summary>
    public const int LargestExchange = 1024 * 1024;

    /// <summary>A command as the shell inside reads it; it tells the exit code, and what was left in the exchange files with the length of each.</summary>
    public static string Command(SandboxText command)
    {
        // A function, because some shells tell of what a signal ended by its words: these are then no secrets.
        var text = new StringBuilder("_begin\n_run() {\n");
        text.Append(Exports(command.Environment)).Append("printf '%s\\n' ").Append(Quote(command.Script)).Append(" > ").Append(SandboxPaths.Exchange).Append("/script\n")
            .Append("cd ").Append(Quote(command.Folder)).Append(" || exit 125\nexec");
        if (command.Timeout is { } limit)
            text.Append(" timeout -k 10 ").Append(Math.Max(1, (long)Math.Ceiling(limit.TotalSeconds)).ToString(CultureInfo.InvariantCulture));
        foreach (var word in command.Shell) text.Append(' ').Append(Quote(word.Replace("{0}", SandboxPaths.Exchange + "/script", StringComparison.Ordinal)));
        return text.Append("\n}\n_run </dev/null 3>&- &\nwait \"$!\"\n_end \"$?\"\nunset -f _run\n").ToString();
    }

    /// <summary>A text as one word of a shell.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

/// <summary>A command with everything in it.</summary>
internal sealed record SandboxText(
    string Script, ImmutableArray<string> Shell, string Folder, IEnumerable<KeyValuePair<string, string>> Environment, NodaTime.Duration? Timeout);
