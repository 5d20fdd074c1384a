using System.CommandLine;
using System.Text.Json;
using Fairway.Adapters.Postgres;
using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Cli.Verbs;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Migrations;

namespace Fairway.Offline;

/// <summary><c>fairway migration</c>: with <c>check</c>, which needs neither a control plane nor a database.</summary>
public static class MigrationCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create(CliContext context)
    {
        var command = MigrationVerb.Create(context);
        command.Add(Check(context));
        return command;
    }

    private static Command Check(CliContext context)
    {
        var folders = new Argument<string[]>("DIR") { Description = "Folders with SQL files. By default those of the services in fairway.yaml.", Arity = ArgumentArity.ZeroOrMore };
        var configuration = new Option<string>("--config", "-c") { Description = "The configuration that names the folders.", HelpName = "FILE", DefaultValueFactory = _ => YamlConfiguration.DefaultName };
        var json = new Option<bool>("--json") { Description = "Print the findings as JSON." };
        var command = new Command("check", "Say what migrations would do to what serves, from their text alone. Exit code 1 when there is an error.\n\n"
            + "Example: fairway migration check db") { folders, configuration, json };
        command.SetAction(parsed =>
        {
            var (files, findings) = (0, new List<MigrationFindingInfo>());
            foreach (var folder in parsed.GetValue(folders) is { Length: > 0 } named ? [.. named.Select(one => Path.GetFullPath(one, context.Folder))] : Declared(context, parsed.GetValue(configuration)!))
            {
                var (directory, fault) = MigrationFolder.Read(folder, ".");
                if (directory is null) throw new FairwayException("no-migrations", $"{Path.GetRelativePath(context.Folder, folder)} cannot be read: {fault!.Message}", "name a folder with SQL files", 400);
                files += directory.Files.Length;
                findings.AddRange(MigrationLint.Of(directory).Select(one => new MigrationFindingInfo(
                    Path.GetRelativePath(context.Folder, Path.Combine(folder, one.File)), one.Line, one.Code, one.Severity == MigrationSeverity.Error ? "error" : "warning", one.What, one.Mend)));
            }
            var errors = findings.Count(one => one.Severity == "error");
            if (parsed.GetValue(json)) context.Out.WriteLine(JsonSerializer.Serialize(findings, WireJson.Indented.IReadOnlyListMigrationFindingInfo));
            else
            {
                context.Out.Write(MigrationView.Findings(findings, context));
                context.Out.WriteLine($"{Words.Many(files, "migration")}, {Words.Many(errors, "error")}, {Words.Many(findings.Count - errors, "warning")}");
            }
            return errors == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static string[] Declared(CliContext context, string file)
    {
        var loaded = YamlConfiguration.Load(Path.GetFullPath(file, context.Folder), Environment.GetEnvironmentVariable);
        if (loaded.Configuration is not { } configuration)
            throw new FairwayException("configuration-broken", $"{file} has mistakes", "see them with `fairway validate`, or name the folders", 400);
        string[] folders = [.. configuration.All.Where(spec => spec.Database?.Migrations is not null).Select(spec => Path.Combine(loaded.Folder, spec.Path, spec.Database!.Migrations!)).Distinct(StringComparer.Ordinal)];
        return folders.Length > 0 ? folders : throw new FairwayException("no-migrations", $"no service of {file} has `database.migrations`", "declare it, or name the folders", 400);
    }
}
