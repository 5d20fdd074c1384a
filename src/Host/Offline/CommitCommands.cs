using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Adapters.Git;
using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Offline;

/// <summary>What the repository here says of itself: <c>fairway commit check</c>, <c>fairway version next</c>, <c>fairway notes</c>. They need no control plane.</summary>
public static class CommitCommands
{
    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create(CliContext context) => [Commit(context), Version(context), Notes(context)];

    private static Command Commit(CliContext context)
    {
        var range = new Argument<string?>("RANGE") { Description = "Commits, such as main..HEAD. By default those that are not pushed, else the newest.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file") { Description = "Check the message in this file instead, as git's commit-msg hook gets it; - is standard input.", HelpName = "FILE" };
        var json = Json();
        var check = new Command("check", "Check commit messages: Conventional Commits 1.0.0, and the rules of source.commits in fairway.yaml.") { range, file, json };
        check.SetAction(async (parsed, cancellation) =>
        {
            var rules = (Load(context)?.Source ?? new()).Commits;
            var commits = parsed.GetValue(file) is { } message ? [new("", CommitCheck.CleanUp(await ReadAsync(message, cancellation)))] : await RangeAsync(context, parsed.GetValue(range), cancellation);
            var checkedOnes = commits.Select(commit => (Commit: commit, Problems: CommitCheck.Check(commit.Message, rules, commit.IsMerge))).ToList();
            if (parsed.GetValue(json)) context.Out.WriteLine(Describe(checkedOnes).ToJsonString(Kernel.FairwayJson.Options));
            else
            {
                foreach (var (commit, problems) in checkedOnes)
                    foreach (var problem in problems)
                    {
                        context.Error.WriteLine($"{(commit.Hash.Length > 0 ? commit.Hash[..10] + " " : "")}\"{PlainText.Of(commit.Message.Split('\n')[0], 60)}\", line {problem.Line}: {problem.What}");
                        context.Error.WriteLine($"  mend: {problem.Mend}");
                    }
                if (checkedOnes.All(entry => entry.Problems.IsEmpty)) context.Out.WriteLine($"{checkedOnes.Count} {(checkedOnes.Count == 1 ? "commit is" : "commits are")} right");
            }
            return checkedOnes.All(entry => entry.Problems.IsEmpty) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return new("commit", "Commit messages.") { check };
    }

    private static Command Version(CliContext context)
    {
        var service = Service();
        var pre = new Option<string?>("--pre") { Description = "Propose a pre-release of this name, such as rc.", HelpName = "NAME" };
        pre.Validators.Add(result =>
        {
            if (result.GetValue(pre) is { } name && !SemanticVersion.TryParse($"1.0.0-{name}.1", out _)) result.AddError("--pre: letters, digits and hyphens, such as rc");
        });
        var tag = new Option<bool>("--tag") { Description = "Print the tag instead of the version." };
        var json = Json();
        var next = new Command("next", "Propose the next version from the tags and the commits since (Semantic Versioning 2.0.0). Below 1.0.0 a breaking change moves the minor.") { service, pre, tag, json };
        next.SetAction(async (parsed, cancellation) =>
        {
            var configuration = Load(context);
            var rules = (configuration?.Source ?? new()).Versions;
            var (tags, commits) = await SinceAsync(context, configuration, rules, parsed.GetValue(service), cancellation);
            var proposal = VersionProposal.Of(tags, commits, rules, parsed.GetValue(service), parsed.GetValue(pre));
            if (parsed.GetValue(json))
                context.Out.WriteLine(new JsonObject
                {
                    ["previous"] = proposal.Previous?.ToString(), ["next"] = proposal.Next?.ToString(), ["tag"] = proposal.Tag, ["step"] = proposal.Step.ToString().ToLowerInvariant(),
                    ["why"] = proposal.Why.Sentence,
                }.ToJsonString(Kernel.FairwayJson.Options));
            else
            {
                if (proposal.Next is not null) context.Out.WriteLine(parsed.GetValue(tag) ? proposal.Tag : proposal.Next.ToString());
                context.Error.WriteLine(proposal.Why.Sentence);
            }
            return ExitCodes.Done;
        });
        return new("version", "Versions.") { next };
    }

    private static Command Notes(CliContext context)
    {
        var range = new Argument<string?>("RANGE") { Description = "Commits, such as v1.2.0..v1.3.0. By default those after the newest version's tag.", Arity = ArgumentArity.ZeroOrOne };
        var service = Service();
        var title = new Option<string?>("--title") { Description = "Above it all. By default the next version.", HelpName = "TEXT" };
        var all = new Option<bool>("--all") { Description = "Also what no user sees: chores, tests, commits of no convention." };
        var json = Json();
        var command = new Command("notes", "Write release notes in Markdown: what breaks first, then what is new.") { range, service, title, all, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var configuration = Load(context);
            var source = configuration?.Source ?? new();
            var named = parsed.GetValue(service);
            ImmutableArray<CommitText> commits;
            var heading = parsed.GetValue(title);
            if (parsed.GetValue(range) is { } given) commits = await MustAsync(Here(context).CommitsAsync(Checked(given), PathOf(configuration, context, named), null, cancellation));
            else
            {
                (var tags, commits) = await SinceAsync(context, configuration, source.Versions, named, cancellation);
                heading ??= VersionProposal.Of(tags, commits, source.Versions, named).Next?.ToString();
            }
            var notes = ReleaseNotes.Write(heading, commits, source.Links, parsed.GetValue(all));
            if (parsed.GetValue(json)) context.Out.WriteLine(new JsonObject { ["title"] = heading, ["commits"] = commits.Length, ["markdown"] = notes }.ToJsonString(Kernel.FairwayJson.Options));
            else context.Out.Write(notes);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<ImmutableArray<CommitText>> RangeAsync(CliContext context, string? range, CancellationToken cancellation)
    {
        var git = Here(context);
        if (range is not null) return await MustAsync(git.CommitsAsync(Checked(range), null, range.Contains("..", StringComparison.Ordinal) ? null : 1, cancellation));
        return await git.KnowsAsync("@{upstream}", cancellation) ? await MustAsync(git.CommitsAsync("@{upstream}..HEAD", null, null, cancellation)) : await MustAsync(git.CommitsAsync("HEAD", null, 1, cancellation));
    }

    private static async Task<(ImmutableArray<string> Tags, ImmutableArray<CommitText> Commits)> SinceAsync(
        CliContext context, FairwayConfiguration? configuration, VersionRules rules, string? service, CancellationToken cancellation)
    {
        if (service is null && rules.Tag.Contains("{service}", StringComparison.Ordinal))
            throw new FairwayException("which-service", "each service is counted by itself (source.versions.tag)", "name one with --service", 400);
        var git = Here(context);
        var tags = await MustAsync(git.TagsAsync("HEAD", cancellation));
        var range = VersionProposal.Latest(tags, rules, service) is { } latest ? $"refs/tags/{latest.Tag}..HEAD" : "HEAD";
        return (tags, await MustAsync(git.CommitsAsync(range, PathOf(configuration, context, service), null, cancellation)));
    }

    // Where each service is counted by itself, only what touches its folder counts.
    private static string? PathOf(FairwayConfiguration? configuration, CliContext context, string? service)
    {
        if (service is null || configuration is null) return null;
        var spec = configuration.All.FirstOrDefault(spec => spec.Key.Service == service)
            ?? throw new FairwayException("no-service", $"there is no service {service}", $"there {(configuration.Services.Length == 1 ? "is" : "are")} {string.Join(", ", configuration.Services)}", 404);
        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(DataFolder.FindConfiguration(context.Folder))!, spec.Path));
    }

    private static FairwayConfiguration? Load(CliContext context)
    {
        if (DataFolder.FindConfiguration(context.Folder) is not { } file) return null;
        return YamlConfiguration.Load(file, Environment.GetEnvironmentVariable).Configuration
            ?? throw new FairwayException("configuration-invalid", $"{file} has mistakes", "see `fairway validate`", 422);
    }

    private static GitWorkingCopy Here(CliContext context) => new(context.Folder, context.Time);

    private static string Checked(string range)
        => range.Length is > 0 and <= 500 && !range.Any(char.IsControl) ? range : throw new FairwayException("range-invalid", "the range is none of git's", "such as main..HEAD", 400);

    private static async Task<T> MustAsync<T>(Task<(T Value, Kernel.Fault? Fault)> work)
        => await work is var (value, fault) && fault is null ? value : throw new FairwayException("git-failed", fault!.Message, "run it in a git repository that has these commits", 422);

    private static async Task<string> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return file == "-" ? await Console.In.ReadToEndAsync(cancellation) : await File.ReadAllTextAsync(file, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FairwayException("file-unreadable", $"{file} cannot be read: {error.Message}", "name the file with the message", 400, inner: error);
        }
    }

    private static JsonArray Describe(List<(CommitText Commit, ImmutableArray<CommitProblem> Problems)> all) => new([.. all.Select(entry => new JsonObject
    {
        ["commit"] = entry.Commit.Hash.Length > 0 ? entry.Commit.Hash : null,
        ["header"] = PlainText.Of(entry.Commit.Message.Split('\n')[0]),
        ["problems"] = new JsonArray([.. entry.Problems.Select(problem => new JsonObject { ["code"] = problem.Code, ["line"] = problem.Line, ["what"] = problem.What, ["mend"] = problem.Mend })]),
    })]);

    private static Option<string?> Service() => new("--service") { Description = "Only this service, where each is counted by itself.", HelpName = "SERVICE" };

    private static Option<bool> Json() => new("--json") { Description = "Print the answer as JSON." };
}
