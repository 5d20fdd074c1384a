using System.CommandLine;
using Fairway.Cli;
using Fairway.Metrics;
using Fairway.Offline;
using Fairway.Serve;
using Fairway.Tour;

namespace Fairway;

/// <summary>The one visible list of commands.</summary>
public static class Verbs
{
    /// <summary>
    /// The command line for these words. A process that is waited for gets its own verb alone: to make all of them would be a good part of its start.
    /// </summary>
    public static RootCommand For(CliContext context, string[] args) => args is [var verb, ..] && Alone(context, verb) is { } command ? CommandLine.Rooted(command) : All(context);

    /// <summary>The whole command line.</summary>
    public static RootCommand All(CliContext context) => CommandLine.Create(
        context, ConfiguredSources.Find, LedgerFile.Maintenance,
        [
            ServeCommand.CreateUp(), DownCommand.Create(), ServeCommand.CreateServe(), EdgeCommand.Create(),
            InitCommand.Create(), ValidateCommand.Create(), SchemaCommand.Create(), DemoCommand.Create(context), JudgeCommand.Create(context), PolicyCommand.Create(context), MigrationCommand.Create(context),
            MetricsCommand.Create(), ScanCommand.Create(context), ArtifactCommand.Create(context), PipelineCommand.Create(context), .. CommitCommands.Create(context),
        ]);

    private static Command? Alone(CliContext context, string verb) => verb switch
    {
        "up" => ServeCommand.CreateUp(),
        "serve" => ServeCommand.CreateServe(),
        "edge" => EdgeCommand.Create(),
        "pipeline" => PipelineCommand.Create(context),
        _ => null,
    };
}
