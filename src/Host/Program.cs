using System.CommandLine;
using Fairway.Offline;
using Fairway.Serve;

var root = new RootCommand("Fairway ships services and keeps them up.")
{
    ServeCommand.CreateUp(),
    DownCommand.Create(),
    ServeCommand.CreateServe(),
    EdgeCommand.Create(),
    ValidateCommand.Create(),
    SchemaCommand.Create(),
};
var parsed = root.Parse(args);
var invocation = new InvocationConfiguration();
// These mind their own signals: what ends gracefully may take longer than a command's Ctrl-C.
if (parsed.CommandResult.Command.Name is "up" or "serve" or "edge") invocation.ProcessTerminationTimeout = null;
return await parsed.InvokeAsync(invocation);
