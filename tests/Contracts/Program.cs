using Fairway.Tests.Contracts.Workloads;
using Xunit.Runner.InProc.SystemConsole;

return await TestPrograms.PlayAsync() ? 0 : await ConsoleRunner.Run(args);
