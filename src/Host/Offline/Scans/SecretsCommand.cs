using System.CommandLine;
using System.Text;
using System.Text.Json;
using Fairway.Adapters.Files;
using Fairway.Adapters.Git;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Kernel;
using Fairway.Scanning;

namespace Fairway.Offline;

/// <summary><c>fairway scan secrets</c>: over files, the history of git, what is staged, or a diff.</summary>
internal static class SecretsCommand
{
    private const long MaxFile = 32L << 20;

    public static Command Create(CliContext context)
    {
        var options = new ScanOptions(context);
        var history = new Option<bool>("--history") { Description = "Look at what every commit of git added, instead of the files as they are." };
        var range = new Option<string?>("--range") { Description = "Look at what these commits added, such as main..HEAD.", HelpName = "A..B" };
        var staged = new Option<bool>("--staged") { Description = "Look at what is staged for the next commit." };
        var diff = new Option<string?>("--diff") { Description = "Look at what a unified diff adds; - is standard input.", HelpName = "FILE" };
        var commits = new Option<string?>("--commits") { Description = "Look as well at what commits added: a file with the text of git log --patch.", HelpName = "FILE" };
        var rules = new Option<string?>("--rules") { Description = "Rules, in the format of gitleaks. By default .gitleaks.toml in PATH, or else built-in ones.", HelpName = "FILE" };
        var baseline = new Option<string?>("--baseline") { Description = "Findings that are known: a SARIF log of this command, or a JSON report of gitleaks.", HelpName = "FILE" };
        var command = new Command("secrets", "Keys, tokens and passwords in files, in git's history or in a diff. What it finds is never shown.")
        {
            options.Path, history, range, staged, diff, commits, rules, baseline, options.Sarif, options.FailOn, options.Exemptions, options.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var root = options.Root(parsed);
            var set = Rules(options, parsed.GetValue(rules), root);
            var scan = new SecretScan(set, Ignored(options, root, parsed.GetValue(baseline)));
            var (findings, unread) = (new List<Finding>(), new List<string>());
            void Take(SecretFragment fragment) => findings.AddRange(scan.Scan(fragment, unread));
            (long Commits, long Files, Fault? Fault) looked;
            if (parsed.GetValue(diff) is { } from) looked = await DiffAsync(options, from, Take, cancellation);
            else if (parsed.GetValue(staged)) looked = await GitDiffs.StagedAsync(FolderOf(root), Take, cancellation);
            else if (parsed.GetValue(history) || parsed.GetValue(range) is not null) looked = await GitDiffs.HistoryAsync(FolderOf(root), parsed.GetValue(range), Take, cancellation);
            else looked = await TreeAsync(options, root, parsed.GetValue(commits), Take, findings, unread, cancellation);
            if (looked.Fault is { } fault) throw new FairwayException("history-unreadable", fault.Message, "name a folder of a git repository", 400);
            var found = findings.DistinctBy(finding => (finding.Fingerprint, finding.Column));
            return options.Finish(parsed, "fairway scan secrets", [.. set.Rules.Select(rule => rule.ToScanRule())], found, unread, ("commits", looked.Commits), ("files", looked.Files));
        });
        return command;
    }

    private static async Task<(long, long, Fault?)> TreeAsync(
        ScanOptions options, string root, string? commits, Action<SecretFragment> take, List<Finding> findings, List<string> unread, CancellationToken cancellation)
    {
        var log = commits is null ? null : options.Absolute(commits);
        var files = 0L;
        foreach (var file in SourceTree.Files(root, unread, cancellation))
        {
            if (file.FullPath == log || SourceTree.ReadText(file, MaxFile, unread) is not { } text) continue;
            files++;
            take(new(file.Path, text));
        }
        if (commits is null) return (0, files, null);
        var present = findings.Count;
        var (count, _, fault) = await DiffAsync(options, commits, take, cancellation);
        // What stands there still is told once, without its commit: so its fingerprint is the one of every scan of the files.
        var still = findings.Take(present).Select(one => (one.Path, one.Rule, one.Line)).ToHashSet();
        var gone = findings.Skip(present).Where(one => !still.Contains((one.Path, one.Rule, one.Line))).Select(Named).ToArray();
        findings.RemoveRange(present, findings.Count - present);
        findings.AddRange(gone);
        return (count, files, fault);

        static Finding Named(Finding one) => one.Commit is { } commit ? one with { Message = $"{one.Message}, added by commit {commit[..12]}" } : one;
    }

    private static async Task<(long, long, Fault?)> DiffAsync(ScanOptions options, string from, Action<SecretFragment> take, CancellationToken cancellation)
    {
        if (from != "-" && !File.Exists(options.Absolute(from))) throw new FairwayException("file-missing", $"the diff {from} does not exist", "check its path", 400);
        using var reader = from == "-" ? new StreamReader(Console.OpenStandardInput(), Encoding.UTF8) : new StreamReader(options.Absolute(from), Encoding.UTF8);
        var (commits, files) = await GitDiffs.ReadAsync(reader, take, cancellation);
        return (commits, files, null);
    }

    private static SecretRuleSet Rules(ScanOptions options, string? named, string root)
    {
        var file = named is not null ? options.Absolute(named) : Path.Combine(root, ".gitleaks.toml");
        if (named is null && !File.Exists(file)) return BuiltInSecretRules.Set;
        try
        {
            var folder = Path.GetDirectoryName(file)!;
            return GitleaksConfig.Read(options.Required(file, "file with rules"), () => BuiltInSecretRules.Set, path => File.Exists(Path.Combine(folder, path)) ? options.Required(Path.Combine(folder, path), "file with rules") : null);
        }
        catch (FormatException malformed)
        {
            throw new FairwayException("rules-invalid", $"{file}: {malformed.Message}", "mend the file", 400, inner: malformed);
        }
    }

    private static ImmutableHashSet<string> Ignored(ScanOptions options, string root, string? baseline)
    {
        var file = Path.Combine(FolderOf(root), ".gitleaksignore");
        var ignored = File.Exists(file) ? SecretScan.ReadIgnored(options.Required(file, "ignore file")) : [];
        return baseline is null ? ignored : ignored.Union(Fingerprints(baseline, options.Required(baseline, "baseline")));
    }

    private static IEnumerable<string> Fingerprints(string name, string text)
    {
        if (text.AsSpan().TrimStart().StartsWith("["))
        {
            try
            {
                using var report = JsonDocument.Parse(text);
                return [.. report.RootElement.EnumerateArray().Select(item => item.TryGetProperty("Fingerprint", out var print) ? print.GetString() : null).OfType<string>()];
            }
            catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
            {
                throw new FairwayException("baseline-invalid", $"{name}: {malformed.Message}", "name a report of gitleaks in JSON, or a SARIF log", 400, inner: malformed);
            }
        }
        var read = SarifReader.Read(Encoding.UTF8.GetBytes(text));
        return read.Problem is null ? read.Findings.Select(finding => finding.Fingerprint)
            : throw new FairwayException("baseline-invalid", $"{name}: {read.Problem}", "name a report of gitleaks in JSON, or a SARIF log", 400);
    }

    private static string FolderOf(string root) => File.Exists(root) ? Path.GetDirectoryName(root)! : root;
}
