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
    /// <summary>The whole command line.</summary>
    public static RootCommand All(CliContext context) => CommandLine.Create(
        context, ConfiguredSources.Find, LedgerFile.Maintenance,
        ServeCommand.CreateUp(), DownCommand.Create(), ServeCommand.CreateServe(), EdgeCommand.Create(),
        InitCommand.Create(), ValidateCommand.Create(), SchemaCommand.Create(), DemoCommand.Create(context), JudgeCommand.Create(context), PolicyCommand.Create(context),
        MetricsCommand.Create());
}
