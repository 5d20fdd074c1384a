using Fairway;
using Fairway.Cli;

var context = CliContext.OfProcess();
return await CommandLine.RunAsync(Verbs.For(context, args), context, args, CancellationToken.None);
