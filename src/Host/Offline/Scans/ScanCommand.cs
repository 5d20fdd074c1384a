using System.CommandLine;
using System.Text;
using Fairway.Adapters.Files;
using Fairway.Adapters.Osv;
using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Scanning;

namespace Fairway.Offline;

/// <summary><c>fairway scan</c>: secrets, standards, dependencies, and what other scanners found. No control plane is asked, and no network.</summary>
internal static class ScanCommand
{
    private const long MaxYaml = 4 << 20;

    /// <summary>The command, for the root command.</summary>
    public static Command Create(CliContext context) => new("scan", "Look for what must not ship: secrets, weak configuration, dependencies with known weaknesses. Exits with 1 when it finds some.")
    {
        SecretsCommand.Create(context), CreateStandards(context), CreateDependencies(context), CreateSarif(context),
    };

    private static Command CreateStandards(CliContext context)
    {
        var options = new ScanOptions(context);
        var command = new Command("standards", "Dockerfiles and Kubernetes manifests: tags, users, limits, probes, privileges, budgets, policies, references.")
        {
            options.Path, options.Sarif, options.FailOn, options.Exemptions, options.Json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var (findings, manifests, unread) = (new List<Finding>(), ImmutableArray.CreateBuilder<ManifestFile>(), new List<string>());
            var dockerfiles = 0;
            foreach (var file in SourceTree.Files(options.Root(parsed), unread, cancellation))
            {
                if (Dockerfile.IsOne(file.Path))
                {
                    if (SourceTree.ReadText(file, DockerfileReader.MaxLength, unread) is not { } text) continue;
                    dockerfiles++;
                    findings.AddRange(StandardsScan.ScanDockerfile(file.Path, text));
                }
                else if (file.Path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase))
                {
                    if (SourceTree.ReadText(file, MaxYaml, unread) is { } text && StandardsScan.MayBeManifest(text)) manifests.Add(ManifestYaml.Read(file.Path, text));
                }
            }
            findings.AddRange(StandardsScan.ScanManifests(manifests.ToImmutable()));
            return Task.FromResult(options.Finish(parsed, "fairway scan standards", StandardsScan.Rules, findings, unread, ("Dockerfiles", dockerfiles), ("manifests", manifests.Count)));
        });
        return command;
    }

    private static Command CreateDependencies(CliContext context)
    {
        var options = new ScanOptions(context);
        var database = new Option<string?>("--database")
        {
            Description = "Offline OSV database: a folder of JSON files, or a zip as osv.dev publishes it. By default what FAIRWAY_OSV names.", HelpName = "PATH",
        };
        var command = new Command("dependencies", $"Packages of lock files against an offline OSV database. Reads {LockFile.Names}.")
        {
            options.Path, database, options.Sarif, options.FailOn, options.Exemptions, options.Json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var where = parsed.GetValue(database) ?? Environment.GetEnvironmentVariable("FAIRWAY_OSV")
                ?? throw new FairwayException("database-missing", "no vulnerability database is named", "write --database PATH, or set FAIRWAY_OSV; osv.dev publishes one zip for each ecosystem", 400);
            var unread = new List<string>();
            var (packages, files) = LockedPackages.Read(options.Root(parsed), unread, cancellation);
            var (entries, looked, fault) = OsvDatabase.Read(options.Absolute(where), packages, unread, cancellation);
            if (fault is not null) throw new FairwayException("database-unusable", fault.Message, "check --database", 400);
            var findings = DependencyScan.Scan(packages, entries);
            return Task.FromResult(options.Finish(parsed, "fairway scan dependencies", DependencyScan.RulesOf(findings), findings, unread,
                ("lock files", files), ("packages", packages.Length), ("database entries", looked)));
        });
        return command;
    }

    private static Command CreateSarif(CliContext context)
    {
        var options = new ScanOptions(context);
        var logs = new Argument<string[]>("FILE") { Description = "SARIF 2.1.0 logs of other scanners.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("sarif", "What other scanners found, judged by the same exemptions and the same threshold.") { logs, options.Sarif, options.FailOn, options.Exemptions, options.Json };
        command.SetAction(parsed =>
        {
            var (rules, findings) = (new Dictionary<string, ScanRule>(StringComparer.Ordinal), new List<Finding>());
            foreach (var log in parsed.GetValue(logs)!)
            {
                var read = SarifReader.Read(Encoding.UTF8.GetBytes(options.Required(log, "SARIF log")));
                if (read.Problem is { } problem) throw new FairwayException("sarif-invalid", $"{log}: {problem}", "write SARIF 2.1.0", 400);
                foreach (var rule in read.Rules) rules.TryAdd(rule.Id, rule);
                findings.AddRange(read.Findings);
            }
            return options.Finish(parsed, "fairway scan sarif", [.. rules.Values.OrderBy(rule => rule.Id, StringComparer.Ordinal)], findings, [], ("logs", parsed.GetValue(logs)!.Length));
        });
        return command;
    }
}
