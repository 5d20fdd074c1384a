using System.Globalization;
using System.Text;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>Starts a service in a sandbox and waits until it is ready: its command says so, or the kernel's table shows its ports listening.</summary>
internal static class ServiceScript
{
    /// <summary>The command that does it; it ends when the service is ready, which runs on.</summary>
    public static SandboxCommand Of(JobService service)
    {
        var log = $"{SandboxPaths.Exchange}/service-{service.Name}.log";
        var ready = service.Ready.IsEmpty
            ? string.Join(" && ", service.Ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ':{port:X4} [0-9A-F]*:0000 0A '")))
            : string.Join(' ', service.Ready.Select(SandboxScripts.Quote)) + " >/dev/null 2>&1";
        var script = new StringBuilder(string.Join(' ', service.Command.Select(SandboxScripts.Quote))).Append(" > ").Append(log).Append(" 2>&1 &\n")
            .Append("_pid=$!\n_turns=0\nuntil ").Append(ready.Length == 0 ? "true" : ready).Append("; do\n")
            .Append("  kill -0 \"$_pid\" 2>/dev/null || { tail -n 20 ").Append(log).Append("; echo 'it ended'; exit 1; }\n")
            .Append("  _turns=$((_turns + 1))\n  [ \"$_turns\" -lt ").Append(((long)(service.StartTimeout.TotalSeconds * 10)).ToString(CultureInfo.InvariantCulture))
            .Append(" ] || { tail -n 20 ").Append(log).Append("; echo 'it is still not ready'; exit 1; }\n  sleep 0.1\ndone\n");
        return new(script.ToString(), ["sh", "{0}"], "", service.Env);
    }
}
