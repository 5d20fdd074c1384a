using System.CommandLine;
using Spectre.Console;

// The least that a command line of this kind does: a yardstick for starts. It parses one option and prints one table.
var rows = new Option<int>("--rows") { DefaultValueFactory = _ => 3 };
var root = new RootCommand("Prints a table.") { rows };
root.SetAction(parsed =>
{
    var table = new Table().AddColumn("service").AddColumn("state");
    for (var i = 0; i < parsed.GetValue(rows); i++) table.AddRow($"service {i}", "healthy");
    AnsiConsole.Write(table);
});
return root.Parse(args).Invoke();
