using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Cli.Verbs;
using Fairway.Client;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Pipelines;

namespace Fairway.Offline;

/// <summary><c>fairway pipeline</c>: pipelines of this checkout, run here by the same code that runs them on a control plane.</summary>
public static class PipelineCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create(CliContext context) => Filled(
        new("pipeline", "Run this checkout's pipelines here, before a push, or start them on the control plane, and look at what came of it.")
        {
            PipelineRunCommand.Create(context), List(context), Show(context), Logs(context), WhyRan(context), Cancel(context), Validate(context),
        },
        PipelineVerbs.Create(context));

    private static Command Filled(Command command, IEnumerable<Command> more)
    {
        foreach (var one in more) command.Add(one);
        return command;
    }

    private static Option<bool> Json => new("--json") { Description = "Write the result as JSON." };

    private static Argument<string> Run => new("RUN") { Description = "A run's id, its beginning, or latest.", DefaultValueFactory = _ => "latest" };

    private static Command List(CliContext context)
    {
        var (target, remote) = (new Target(context), PipelineVerbs.Remote);
        var (json, most) = (target.Json, new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 20 });
        var command = new Command("list", "The runs of this checkout, or of the control plane, the newest first.") { most, remote, target.Data, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(remote)) return await PipelineVerbs.ListAsync(context, target, parsed, parsed.GetValue(most), cancellation);
            var local = LocalPipelines.Find(context);
            var runs = await local.Runs.ListAsync(null, parsed.GetValue(most), cancellation);
            if (parsed.GetValue(json))
                context.Out.WriteLine(new JsonArray([.. runs.Select(run => RunView.Describe(run, Taken(local, run)))]).ToJsonString(FairwayJson.Options));
            else context.Out.Write(RunView.List(context, runs, run => Taken(local, run)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Show(CliContext context)
    {
        var (json, id) = (Json, Run);
        var command = new Command("show", "A run with its jobs and steps, and why each did what it did.") { id, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var local = LocalPipelines.Find(context);
            var run = await local.FindAsync(parsed.GetValue(id)!, cancellation);
            if (parsed.GetValue(json)) context.Out.WriteLine(RunView.Describe(run, Taken(local, run)).ToJsonString(FairwayJson.Options));
            else
            {
                context.Out.Write(RunView.Of(context, run, context.Time.GetUtcNow(), steps: true));
                context.Out.Write(await RunView.FailuresAsync(context, run, local.Logs, cancellation));
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Logs(CliContext context)
    {
        var id = new Argument<string>("RUN") { Description = "A run's id, its beginning, or latest." };
        var job = new Argument<string?>("JOB") { Description = "A job's id; by default each that ran.", DefaultValueFactory = _ => null };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the run is over." };
        var attempt = new Option<int?>("--attempt") { Description = "Number of the attempt; by default the last." };
        var (target, remote) = (new Target(context), PipelineVerbs.Remote);
        var command = new Command("logs", "What a run's jobs wrote, without secrets.\n\nExample: fairway pipeline logs latest test") { id, job, follow, attempt, remote, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(remote))
                return await PipelineVerbs.LogsAsync(context, target, parsed, parsed.GetValue(id)!, parsed.GetValue(job), parsed.GetValue(attempt), parsed.GetValue(follow), cancellation);
            var local = LocalPipelines.Find(context);
            var run = await local.FindAsync(parsed.GetValue(id)!, cancellation);
            var key = new Ports.RunKey(run.Pipeline.Name, run.Id);
            var wanted = parsed.GetValue(job) is { } name ? [InstanceOf(run, name)] : run.Instances.Select(found => found.State).Where(state => state.Attempt > 0).ToArray();
            foreach (var state in wanted)
            {
                if (wanted.Length > 1) context.Out.WriteLine($"== {state.Instance.Label}");
                Func<bool>? over = parsed.GetValue(follow) ? () => !local.Runs.IsTaken(key) : null;
                await foreach (var line in local.Logs.ReadAsync(run.Pipeline.Name, run.Id, state.Instance.Id, parsed.GetValue(attempt) ?? Math.Max(1, state.Attempt), over, cancellation))
                    context.Out.WriteLine(RunView.Line(line.Text));
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command WhyRan(CliContext context)
    {
        var (target, remote) = (new Target(context), PipelineVerbs.Remote);
        var (json, id) = (target.Json, new Argument<string>("RUN") { Description = "A run's id, its beginning, or latest." });
        var job = new Argument<string>("JOB") { Description = "A job's id." };
        var command = new Command("why-ran", "Why a job was run, or was not: what differs from the time before.\n\nExample: fairway pipeline why-ran latest test") { id, job, remote, target.Data, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(remote)) return await PipelineVerbs.WhyRanAsync(context, target, parsed, parsed.GetValue(id)!, parsed.GetValue(job)!, cancellation);
            var local = LocalPipelines.Find(context);
            var run = await local.FindAsync(parsed.GetValue(id)!, cancellation);
            var reasons = await RunExplanation.OfAsync(local.Blobs(context), run, InstanceOf(run, parsed.GetValue(job)!), cancellation);
            if (parsed.GetValue(json))
                context.Out.WriteLine(new JsonArray([.. reasons.Select(why => new JsonObject { ["code"] = why.Code, ["sentence"] = why.Sentence })]).ToJsonString(FairwayJson.Options));
            else
                foreach (var why in reasons) context.Out.WriteLine(RunView.Line(why.Sentence));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Cancel(CliContext context)
    {
        var (id, target, remote) = (Run, new Target(context), PipelineVerbs.Remote);
        var command = new Command("cancel", "End a run that goes on in another terminal, or on the control plane.") { id, remote, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(remote)) return await PipelineVerbs.CancelAsync(context, target, parsed, parsed.GetValue(id)!, cancellation);
            var local = LocalPipelines.Find(context);
            var run = await local.FindAsync(parsed.GetValue(id)!, cancellation);
            if (!Taken(local, run)) throw new FairwayException("not-running", $"run {run.Id} does not go on", "see `fairway pipeline list`", 409);
            local.Runs.AskToCancel(new(run.Pipeline.Name, run.Id));
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(RunView.Describe(run, goesOn: true).ToJsonString(FairwayJson.Options));
            else context.Error.WriteLine($"run {run.Id} is told to end");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Validate(CliContext context)
    {
        var (json, file) = (Json, new Argument<string?>("FILE") { Description = "The file; by default this checkout's.", DefaultValueFactory = _ => null });
        var command = new Command("validate", "Check the pipelines of this checkout, and show all mistakes with their places. Exit code 2 when there are any.") { file, json };
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(file) is { } path ? Path.GetFullPath(path, context.Folder) : null;
            var (pipelines, diagnostics) = LocalPipelines.Find(context).Read(given);
            var valid = !diagnostics.Any(one => one.Severity == DiagnosticSeverity.Error);
            if (parsed.GetValue(json))
            {
                context.Out.WriteLine(new JsonObject
                {
                    ["valid"] = valid,
                    ["pipelines"] = new JsonArray([.. pipelines.Select(one => new JsonObject { ["name"] = one.Name, ["jobs"] = new JsonArray([.. one.Jobs.Select(job => (JsonNode)job.Id)]) })]),
                    ["mistakes"] = new JsonArray([.. diagnostics.Select(one => new JsonObject { ["at"] = one.At.ToString(), ["code"] = one.Code.Id, ["message"] = one.Sentence })]),
                }.ToJsonString(FairwayJson.Options));
                return valid ? ExitCodes.Done : ExitCodes.Usage;
            }
            context.Out.Write(DiagnosticText.Write(diagnostics, context.Colour));
            if (!diagnostics.IsEmpty) context.Out.WriteLine(DiagnosticText.Summary(diagnostics));
            foreach (var one in valid ? pipelines : []) context.Out.WriteLine($"pipeline {one.Name} is valid: {string.Join(", ", one.Jobs.Select(job => job.Id))}");
            if (valid && pipelines.IsEmpty) context.Out.WriteLine($"there is no pipeline: write {LocalPipelines.OwnFile}, or `pipelines:` in fairway.yaml");
            return valid ? ExitCodes.Done : ExitCodes.Usage;
        });
        return command;
    }

    private static bool Taken(LocalPipelines local, PipelineRun run) => run.Outcome is null && local.Runs.IsTaken(new(run.Pipeline.Name, run.Id));

    private static InstanceState InstanceOf(PipelineRun run, string name)
        => run.Instances.Select(found => found.State).FirstOrDefault(state => state.Instance.Id == name || state.Instance.Label == name)
            ?? run.Instances.FirstOrDefault(found => found.Job.Job.Id == name).State
            ?? throw new FairwayException("no-job", run.FindJob(name) is { Why: { } why } ? $"{name} did not run: {why.Sentence}" : $"run {run.Id} has no job {name}",
                run.FindJob(name) is null && NearestName.Of(name, run.Jobs.Select(job => job.Job.Id)) is { } near ? $"did you mean {near}?" : $"see `fairway pipeline show {run.Id}`", 404);
}
