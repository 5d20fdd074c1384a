using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Fairway.Cli.Verbs;
using Fairway.Client;

namespace Fairway.Cli;

/// <summary>The whole command line: grammar, errors and exit codes. What a verb does is in its own file.</summary>
public static class CommandLine
{
    /// <summary>Every verb that needs no more than the client; the rest is handed in by the host.</summary>
    /// <param name="context">Where verbs print.</param>
    /// <param name="sources">Where a service's files are and how they are built.</param>
    /// <param name="offline">The ledger's maintenance without a control plane.</param>
    /// <param name="hostVerbs">Verbs of the host itself, such as <c>serve</c>.</param>
    public static RootCommand Create(CliContext context, FindSource sources, OfflineLedger offline, params ReadOnlySpan<Command> hostVerbs)
    {
        var root = Rooted(hostVerbs);
        Command[] own =
        [
            DeployVerb.Create(context, sources), StatusVerb.Create(context), WatchVerb.Create(context), HistoryVerb.Create(context), ExplainVerb.Create(context), CompareVerb.Create(context),
            .. SteeringVerbs.Create(context), .. GateVerbs.Create(context), AttestVerb.Create(context), FreezeVerb.Create(context),
            EnvironmentVerb.Create(context), GroupVerb.Create(context, sources), LogsVerb.Create(context), LoadVerb.Create(context), AuditVerb.Create(context, offline), LedgerVerb.Create(context, offline),
            LoginVerb.Create(context), GitVerb.Create(context), SourceVerb.Create(context), TokenVerb.Create(context), GrantVerb.Create(context), SessionVerb.Create(context),
            QueryVerb.Create(context), .. PlanVerb.Create(context), .. SubscribeVerbs.Create(context), CompletionVerb.Create(context),
        ];
        foreach (var verb in own) root.Add(verb);
        return root;
    }

    /// <summary>A command line of these verbs.</summary>
    public static RootCommand Rooted(params ReadOnlySpan<Command> verbs)
    {
        var root = new RootCommand("Ships services and keeps them up.");
        foreach (var verb in verbs) root.Add(verb);
        return root;
    }

    /// <summary>Parses and runs. Mistakes in the command line and errors of the control plane become two lines on standard error and an exit code.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(RootCommand root, CliContext context, string[] args, CancellationToken cancellation)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var message in parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal)) context.Error.WriteLine($"error: {message}");
            context.Error.WriteLine($"mend:  see `{Path(parsed.CommandResult)} --help`");
            return ExitCodes.Usage;
        }

        var configuration = new InvocationConfiguration { Output = context.Out, Error = context.Error, EnableDefaultExceptionHandler = false };
        // These mind their own signals: what ends gracefully may take longer than a command's Ctrl-C.
        if (parsed.CommandResult.Command.Name is "up" or "serve" or "edge" or "demo" or "run") configuration.ProcessTerminationTimeout = null;
        try
        {
            return await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (FairwayException e)
        {
            Report(context, e, args.Contains("--json"));
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Failed;
        }
        catch (IOException e) when (e.InnerException is System.Net.Sockets.SocketException || e.Message.Contains("Broken pipe", StringComparison.Ordinal))
        {
            // Whoever read our output has seen enough (`fairway logs | head`).
            return ExitCodes.Done;
        }
    }

    private static void Report(CliContext context, FairwayException e, bool json)
    {
        context.Error.WriteLine($"error: {e.Detail}");
        if (e.Gate is { } gate) context.Error.Write(Rendering.GateView.Stopping(gate, context));
        foreach (var line in e.Diagnostics) context.Error.WriteLine($"       {line}");
        if (e.Mend is { } mend) context.Error.WriteLine($"mend:  {mend}");
        if (json) context.Out.WriteLine(JsonSerializer.Serialize(new(new(e.Code, e.Detail, e.Mend) { Gate = e.Gate }), CliJson.Default.FailureJson));
    }

    private static string Path(SymbolResult? result)
    {
        var names = new List<string>();
        for (var at = result; at is CommandResult command; at = at.Parent) names.Insert(0, command.Command is RootCommand ? "fairway" : command.Command.Name);
        return string.Join(' ', names);
    }
}

/// <summary>Where a service's files are, and how they are made.</summary>
/// <param name="Folder">Absolute path of the folder that is packed.</param>
/// <param name="Build">Argument vector run first; empty when nothing is built.</param>
/// <param name="BuildFolder">Absolute path it runs in.</param>
public sealed record ArtifactSource(string Folder, ImmutableArray<string> Build, string BuildFolder);

/// <summary>Finds a service's source in a configuration file.</summary>
/// <param name="configurationFile">Absolute path.</param>
/// <param name="service">Such as <c>shop</c>.</param>
/// <param name="environment">Such as <c>production</c>; null is the first that has the service.</param>
/// <exception cref="FairwayException">The file is broken or does not have the service.</exception>
public delegate ArtifactSource FindSource(string configurationFile, string service, string? environment);

/// <summary>Works on a ledger's file while no control plane runs.</summary>
/// <param name="Verify">Recomputes the chain of a data folder.</param>
/// <param name="Rebuild">Derives the read models again.</param>
public sealed record OfflineLedger(
    Func<string, CancellationToken, Task<Client.Wire.LedgerVerification>> Verify, Func<string, CancellationToken, Task<Client.Wire.LedgerRebuild>> Rebuild);
