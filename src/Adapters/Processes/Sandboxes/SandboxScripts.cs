using System.Globalization;
using System.Text;
using Fairway.Pipelines;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>The shell's part of a sandbox: what surrounds it, what makes it, and what runs commands in it. None of them ever holds a secret.</summary>
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
          while [ "$_joins" -gt 0 ]; do
            rmdir "${1%/*}"
            shift
            _joins=$((_joins - 1))
          done
        fi
        """;

    /// <summary>
    /// Inside, as its first process: reads the length of a command's script, the script, runs it, and tells its exit code and what it left in the exchange
    /// files.
    /// </summary>
    /// <param name="processes">Most processes of its user; null where something else sees to that.</param>
    public static string Loop(int? processes) => $$"""
        umask 022
        {{(processes is { } most ? Limit(most) : ":")}}
        cd {{SandboxPaths.Exchange}}
        printf 'ready\n' >&3
        while read -r _size; do
          head -c "$_size" > .command
          : > output; : > env; : > path; : > summary
          sh .command </dev/null 3>&- &
          wait "$!"
          _code=$?
          set -- 0 0 0 0
          if [ -s output ] || [ -s env ] || [ -s path ] || [ -s summary ]; then
            for _file in output env path summary; do
              head -c {{LargestExchange.ToString(CultureInfo.InvariantCulture)}} "$_file" > ".$_file"
              shift
              set -- "$@" "$(wc -c < ".$_file")"
            done
            printf '%s %s %s %s %s\n' "$_code" "$@" >&3
            cat .output .env .path .summary >&3
          else
            printf '%s 0 0 0 0\n' "$_code" >&3
          fi
        done
        """;

    private static string Limit(int processes)
        => string.Create(CultureInfo.InvariantCulture, $"ulimit -p {processes} 2>/dev/null || ulimit -u {processes} 2>/dev/null");

    /// <summary>Most bytes of an exchange file that are read.</summary>
    public const int LargestExchange = 1024 * 1024;

    /// <summary>A command as the loop reads it.</summary>
    public static string Command(SandboxText command)
    {
        var text = new StringBuilder("rm -f .command\n");
        foreach (var (name, value) in command.Environment) text.Append("export ").Append(name).Append('=').Append(Quote(value)).Append('\n');
        text.Append("printf '%s\\n' ").Append(Quote(command.Script)).Append(" > ").Append(SandboxPaths.Exchange).Append("/script\n")
            .Append("cd ").Append(Quote(command.Folder)).Append(" || exit 125\nexec");
        if (command.Timeout is { } limit)
            text.Append(" timeout -k 10 ").Append(Math.Max(1, (long)Math.Ceiling(limit.TotalSeconds)).ToString(CultureInfo.InvariantCulture));
        foreach (var word in command.Shell) text.Append(' ').Append(Quote(word.Replace("{0}", SandboxPaths.Exchange + "/script", StringComparison.Ordinal)));
        return text.Append('\n').ToString();
    }

    /// <summary>A text as one word of a shell.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

/// <summary>A command with everything in it.</summary>
internal sealed record SandboxText(
    string Script, ImmutableArray<string> Shell, string Folder, IEnumerable<KeyValuePair<string, string>> Environment, NodaTime.Duration? Timeout);
