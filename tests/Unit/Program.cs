using Fairway.Metrics.Storage;
using Xunit.Runner.InProc.SystemConsole;

// The tests, or the process that one of them kills.
return args is [IngestChild.Argument, ..] ? IngestChild.Run(args) : await ConsoleRunner.Run(args);
