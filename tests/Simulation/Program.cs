using Fairway.Simulation;
using Xunit.Runner.InProc.SystemConsole;

// Tests by xunit's own runner; histories by their seeds without it.
return args.Any(arg => arg is "--seeds" or "--seed") ? SeedRunner.Run(args) : await ConsoleRunner.Run(args);
