using Fairway.Cli;
using Fairway.Offline;
using Fairway.Serve;
using Fairway.Tour;

var context = CliContext.OfProcess();
var root = CommandLine.Create(
    context, ConfiguredSources.Find, LedgerFile.Maintenance,
    ServeCommand.CreateUp(), DownCommand.Create(), ServeCommand.CreateServe(), EdgeCommand.Create(), ValidateCommand.Create(), SchemaCommand.Create(), DemoCommand.Create(context));
return await CommandLine.RunAsync(root, context, args, CancellationToken.None);
