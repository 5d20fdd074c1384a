using System.CommandLine;
using System.Text;
using Fairway.Cli;

namespace Fairway.EndToEnd.Cli;

/// <summary>docs/manual/cli.md is made from the command line itself. <c>FAIRWAY_UPDATE=1</c> writes it anew.</summary>
public sealed class ManualTests
{
    [Fact]
    public void The_manual_says_what_the_help_says()
    {
        var file = Path.Combine(Root(), "docs", "manual", "cli.md");
        var manual = Manual(Verbs.All(new() { Out = TextWriter.Null, Error = TextWriter.Null }));
        if (Environment.GetEnvironmentVariable("FAIRWAY_UPDATE") == "1") File.WriteAllText(file, manual);
        Assert.True(File.Exists(file) && File.ReadAllText(file) == manual, "docs/manual/cli.md is out of step with the help texts: FAIRWAY_UPDATE=1 ./test endtoend -class Fairway.EndToEnd.Cli.ManualTests");
    }

    private static string Manual(RootCommand root)
    {
        var text = new StringBuilder("""
            # The command line

            Made from the help texts; `fairway COMMAND --help` says the same.

            Every command finds its control plane by the data folder: `--data`, or `$FAIRWAY_DATA`, or `.fairway` beside the nearest `fairway.yaml` upwards, or
            `.fairway/demo` here when a tour ran here. Results go to standard output and nothing else does; `--json` makes them JSON in the API's own shapes. Errors
            go to standard error: `error:` what, `mend:` how. Colours and live views are for terminals; `NO_COLOR` turns colours off.

            ## Exit codes

            | code | meaning |
            |---|---|
            | 0 | done |
            | 1 | failed: the control plane is away, the machine said no, a load lost requests, a rollout was given up |
            | 2 | the command line or the configuration is wrong |
            | 3 | refused by a rule or a gate, with its reason |
            | 4 | the rollout was taken back |


            """.ReplaceLineEndings("\n"));
        foreach (var command in root.Subcommands.OrderBy(c => c.Name, StringComparer.Ordinal)) Describe(text, command, "fairway");
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Describe(StringBuilder text, Command command, string path)
    {
        path += " " + command.Name;
        if (command.Subcommands.Count > 0)
        {
            foreach (var inner in command.Subcommands) Describe(text, inner, path);
            return;
        }

        var usage = path + string.Concat(command.Arguments.Select(a => a.Arity.MinimumNumberOfValues == 0 || a.HasDefaultValue ? $" [{a.Name}]" : $" {a.Name}"));
        text.Append("## ").Append(path).Append("\n\n").Append(command.Description).Append("\n\n    ").Append(usage).Append(command.Options.Count > 0 ? " [options]" : "").Append("\n\n");
        var rows = command.Arguments.Select(a => (Name: a.Name, a.Description)).Concat(
            command.Options.Where(o => !o.Hidden).Select(o => (Name: string.Join(", ", o.Aliases.Order(StringComparer.Ordinal).Prepend(o.Name)) + (o.ValueType == typeof(bool) ? "" : $" {o.HelpName ?? "VALUE"}"), o.Description))).ToArray();
        if (rows.Length == 0) return;
        text.Append("| | |\n|---|---|\n");
        foreach (var (name, description) in rows) text.Append("| `").Append(name).Append("` | ").Append(description?.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        text.Append('\n');
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Fairway.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
