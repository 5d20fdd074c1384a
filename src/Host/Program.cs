using Fairway;
using Fairway.Cli;

var context = CliContext.OfProcess();
return await CommandLine.RunAsync(Verbs.All(context), context, args, CancellationToken.None);
