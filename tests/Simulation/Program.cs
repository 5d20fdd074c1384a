using Fairway.Simulation;
using Xunit.Runner.InProc.SystemConsole;

// Tests by xunit's own runner; histories by their seeds, and kills of the control plane, without it.
return args.Any(arg => arg is "--fleets" or "--fleet") ? FleetRunner.Run(args) : args.Contains("--kills") ? KillRunner.Run(args) : args.Any(arg => arg is "--seeds" or "--seed") ? SeedRunner.Run(args) : await ConsoleRunner.Run(args);
