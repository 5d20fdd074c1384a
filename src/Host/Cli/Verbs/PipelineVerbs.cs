using System.CommandLine;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary>The part of <c>fairway pipeline</c> that asks a control plane: <c>start</c>, <c>status</c>, <c>rerun</c>, and the others with <c>--remote</c>.</summary>
internal static class PipelineVerbs
{
    private const int Looked = 100;

    /// <summary>Verbs that only a control plane has.</summary>
    public static IEnumerable<Command> Create(CliContext context) => [Start(context), Status(context), Rerun(context)];

    /// <summary>The option of verbs that can ask either.</summary>
    public static Option<bool> Remote => new("--remote", "-r") { Description = "Runs of the control plane, in place of those made here." };

    /// <summary>NAME=VALUE pairs.</summary>
    /// <exception cref="FairwayException">One is no pair, or a name is given twice.</exception>
    public static Dictionary<string, string> Pairs(IEnumerable<string> given)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in given)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new FairwayException("bad-input", $"'{pair}' is not NAME=VALUE", null, 400);
            if (!values.TryAdd(pair[..equals], pair[(equals + 1)..])) throw new FairwayException("bad-input", $"input {pair[..equals]} is given twice", null, 400);
        }
        return values;
    }

    /// <summary>Lists the control plane's runs.</summary>
    public static async Task<int> ListAsync(CliContext context, Target target, ParseResult parsed, int limit, CancellationToken cancellation)
    {
        using var client = target.Connect(parsed);
        var runs = await client.GetPipelineRunsAsync(null, Math.Clamp(limit, 1, Looked), cancellation);
        if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(runs, WireJson.Indented.IReadOnlyListPipelineRunInfo));
        else context.Out.Write(PipelineView.List(context, runs));
        return ExitCodes.Done;
    }

    /// <summary>Writes what a run's jobs wrote.</summary>
    public static async Task<int> LogsAsync(CliContext context, Target target, ParseResult parsed, string run, string? job, int? attempt, bool follow, CancellationToken cancellation)
    {
        using var client = target.Connect(parsed);
        var found = await FindAsync(client, run, cancellation);
        var shown = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var wanted = found.Jobs.Where(one => job is null ? one.Attempt > 0 : one.Job == job || one.Instance == job || one.Label == job).ToArray();
            if (wanted.Length == 0 && job is not null)
                throw new FairwayException("no-job", $"run {found.Run} has no job {job}", $"there are {string.Join(", ", found.Jobs.Select(one => one.Instance))}", 404);
            foreach (var one in wanted)
            {
                if ((one.Attempt == 0 && !follow) || !shown.Add(one.Instance)) continue;
                if (job is null) context.Out.WriteLine($"== {PipelineView.Line(one.Label)}");
                await foreach (var line in client.PipelineLogAsync(found.Pipeline, found.Run, one.Instance, attempt, follow, cancellation)) context.Out.WriteLine(PipelineView.Line(line));
            }
            if (!follow || PipelineView.IsOver(found) || (job is not null && shown.Count > 0)) return ExitCodes.Done;
            await Task.Delay(PipelineView.Look, context.Time, cancellation);
            found = await client.GetPipelineRunAsync(found.Pipeline, found.Run, cancellation);
        }
    }

    /// <summary>Asks for a run's end.</summary>
    public static async Task<int> CancelAsync(CliContext context, Target target, ParseResult parsed, string run, CancellationToken cancellation)
    {
        using var client = target.Connect(parsed);
        var found = await FindAsync(client, run, cancellation);
        var answer = await client.CancelPipelineAsync(found.Pipeline, found.Run, cancellation);
        if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.PipelineRunInfo));
        else context.Error.WriteLine($"run {found.Run} of {found.Pipeline} is told to end");
        return ExitCodes.Done;
    }

    /// <summary>Says why a job was run, or was not.</summary>
    public static async Task<int> WhyRanAsync(CliContext context, Target target, ParseResult parsed, string run, string job, CancellationToken cancellation)
    {
        using var client = target.Connect(parsed);
        var found = await FindAsync(client, run, cancellation);
        var reasons = await client.ExplainPipelineJobAsync(found.Pipeline, found.Run, job, cancellation);
        if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(reasons, WireJson.Indented.IReadOnlyListWhyInfo));
        else
            foreach (var why in reasons) context.Out.WriteLine(PipelineView.Line(why.Sentence));
        return ExitCodes.Done;
    }

    private static Command Start(CliContext context)
    {
        var target = new Target(context);
        var name = new Argument<string?>("PIPELINE") { Description = "Its name; by default the commit's only one.", DefaultValueFactory = _ => null };
        var wanted = new Option<string?>("--ref") { Description = "A branch, a tag or a commit's full hash. By default the trunk.", HelpName = "REF" };
        var repository = new Option<string?>("--repository") { Description = "Of which repository. By default the only one.", HelpName = "NAME" };
        var inputs = new Option<string[]>("--input", "-i") { Description = "NAME=VALUE for an input that the pipeline declares; may be repeated." };
        var (fresh, wait) = (Fresh, Wait);
        var command = new Command(
            "start", "Start a pipeline of a pushed commit on the control plane. Exit code 1 when it is waited for and fails.\n\nExample: fairway pipeline start main --ref v1.2 --input target=staging --wait")
        {
            name, wanted, repository, inputs, fresh, wait, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var pairs = Pairs(parsed.GetValue(inputs) ?? []);
            // Something must be named to the control plane; the trunk's only pipeline is what nothing means.
            var request = new PipelineStartRequest(parsed.GetValue(name), parsed.GetValue(repository) ?? await OnlyAsync(client, cancellation), parsed.GetValue(wanted), pairs, !parsed.GetValue(fresh));
            var run = await client.StartPipelineAsync(request, cancellation);
            return await BegunAsync(context, client, target, parsed, run, parsed.GetValue(wait), cancellation);
        });
        return command;
    }

    private static Command Status(CliContext context)
    {
        var target = new Target(context);
        var run = Run;
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the run is over; then the exit code is 1 unless it succeeded." };
        var command = new Command("status", "A run of the control plane with its jobs, and why each did what it did.") { run, follow, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var found = await FindAsync(client, parsed.GetValue(run)!, cancellation);
            if (parsed.GetValue(follow)) return await BegunAsync(context, client, target, parsed, found, wait: true, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(found, WireJson.Indented.PipelineRunInfo));
            else context.Out.Write(PipelineView.Of(context, found));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Rerun(CliContext context)
    {
        var target = new Target(context);
        var run = Run;
        var (fresh, wait) = (Fresh, Wait);
        var command = new Command("rerun", "Start anew what a run of the control plane did, on the files it had. What succeeded is taken from the cache, so what failed is run again.")
        {
            run, fresh, wait, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var found = await FindAsync(client, parsed.GetValue(run)!, cancellation);
            var started = await client.RerunPipelineAsync(found.Pipeline, found.Run, !parsed.GetValue(fresh), cancellation);
            return await BegunAsync(context, client, target, parsed, started, parsed.GetValue(wait), cancellation);
        });
        return command;
    }

    private static Argument<string> Run => new("RUN") { Description = "A run's id, its beginning, PIPELINE/RUN, or latest.", DefaultValueFactory = _ => "latest" };

    private static Option<bool> Fresh => new("--no-cache") { Description = "Run every job, whatever ran before." };

    private static Option<bool> Wait => new("--wait", "-w") { Description = "Show what happens until the run is over." };

    private static async Task<int> BegunAsync(
        CliContext context, FairwayClient client, Target target, ParseResult parsed, PipelineRunInfo run, bool wait, CancellationToken cancellation)
    {
        var json = parsed.GetValue(target.Json);
        if (!json) context.Error.WriteLine($"run {run.Run} of {run.Pipeline}{(run.Commit.Length > 10 ? $" on {run.Commit[..10]}" : "")}{(wait ? "" : $"; see `fairway pipeline status {run.Run}`")}");
        if (wait) run = await PipelineView.FollowAsync(context, client, run, quiet: json, cancellation);
        if (json) context.Out.WriteLine(JsonSerializer.Serialize(run, WireJson.Indented.PipelineRunInfo));
        return !wait || run.State == "succeeded" ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task<string?> OnlyAsync(FairwayClient client, CancellationToken cancellation)
        => (await client.GetSourceAsync(cancellation)).Repositories is [var only] ? only.Name : null;

    private static async Task<PipelineRunInfo> FindAsync(FairwayClient client, string id, CancellationToken cancellation)
    {
        if (id.Split('/') is [{ Length: > 0 } pipeline, { Length: > 0 } run]) return await client.GetPipelineRunAsync(pipeline, run, cancellation);
        var all = await client.GetPipelineRunsAsync(null, Looked, cancellation);
        if (id == "latest" && all.Count > 0) return all[0];
        var found = all.Where(one => one.Run.StartsWith(id, StringComparison.Ordinal)).ToArray();
        return found is [var only] ? only : throw new FairwayException(
            "no-run", found.Length > 1 ? $"{found.Length} runs begin with {id}" : all.Count == 0 ? "the control plane has run no pipeline yet" : $"there is no run {id} among the last {Looked}",
            found.Length == 0 && all.Count == 0 ? "see `fairway pipeline start`" : "see `fairway pipeline list --remote`", 404);
    }
}
