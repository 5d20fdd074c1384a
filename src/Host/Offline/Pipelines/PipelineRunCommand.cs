using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Offline;

/// <summary><c>fairway pipeline run</c>: runs a pipeline of this checkout here.</summary>
internal static class PipelineRunCommand
{
    private const int KeptRuns = 50;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var name = new Argument<string?>("PIPELINE") { Description = "Its name, when there are several.", DefaultValueFactory = _ => null };
        var jobs = new Option<string[]>("--job", "-j") { Description = "Only this job and what it needs; may be repeated." };
        var file = new Option<string?>("--file", "-f") { Description = "The pipeline's file; by default .fairway/pipeline.yaml, else fairway.yaml, else those of .github/workflows." };
        var fresh = new Option<bool>("--no-cache") { Description = "Run every job, whatever ran before." };
        var resume = new Option<string?>("--resume") { Description = "Go on with a run whose runner was killed." };
        var inputs = new Option<string[]>("--input", "-i") { Description = "NAME=VALUE, read as inputs.NAME; may be repeated." };
        var json = new Option<bool>("--json") { Description = "Write the result as JSON." };
        var command = new Command("run", "Run a pipeline of this checkout here, on the files as they are now. Exit code 1 when it fails.\n\nExample: fairway pipeline run --job test")
        {
            name, jobs, file, fresh, resume, inputs, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var local = LocalPipelines.Find(context);
            var given = parsed.GetValue(file) is { } path ? Path.GetFullPath(path, context.Folder) : null;
            var pipeline = parsed.GetValue(resume) is null ? local.Choose(given, parsed.GetValue(name)) : null;
            var ports = local.Open(context);
            foreach (var sandbox in ports.Sandboxes) await sandbox.SweepAsync(cancellation);
            var run = pipeline is null ? await local.FindAsync(parsed.GetValue(resume)!, cancellation)
                : await BeginAsync(local, ports, pipeline, parsed.GetValue(jobs) ?? [], Inputs(pipeline, parsed.GetValue(inputs) ?? []), !parsed.GetValue(fresh), cancellation);
            var key = new RunKey(run.Pipeline.Name, run.Id);
            using var taken = local.Runs.Take(key) ?? throw new FairwayException("running", $"run {run.Id} goes on already", "see `fairway pipeline list`", 409);
            // Stored only now: nobody sees a run without its runner. One that was left is read again now that nobody else goes on with it.
            if (pipeline is null) run = await ports.Journal.FindAsync(key, cancellation) ?? run;
            else await ports.Journal.AppendAsync(key, 0, [Queued(run)], cancellation);
            run = await RunAsync(context, local, ports, run, parsed.GetValue(json), cancellation);
            if (parsed.GetValue(json)) context.Out.WriteLine(RunView.Describe(run, false).ToJsonString(FairwayJson.Options));
            else context.Out.Write(await RunView.FailuresAsync(context, run, local.Logs, CancellationToken.None) + RunView.Verdict(context, run));
            local.Runs.Prune(KeptRuns);
            if (local.IsTimeToTidy(context.Time)) await ports.Blobs.PruneAsync(new PipelineRetention().Age, new PipelineRetention().CacheBytes, [], CancellationToken.None);
            return run.Outcome == Outcome.Success ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<PipelineRun> RunAsync(CliContext context, LocalPipelines local, PipelinePorts ports, PipelineRun run, bool json, CancellationToken cancellation)
    {
        var key = new RunKey(run.Pipeline.Name, run.Id);
        var shown = run;
        var runner = new PipelineRunner(ports, new(), (next, events) =>
        {
            Volatile.Write(ref shown, next);
            if (json || context.OutIsTerminal) return;
            foreach (var line in events.Select(happened => RunView.Event(next, happened)).OfType<string>()) context.Out.WriteLine(line);
        });
        await using var interrupt = cancellation.Register(() => runner.Cancel(Environment.UserName, Why.Because("interrupted", "{who} ended it", ("who", Environment.UserName))));
        var work = runner.RunAsync(run, CancellationToken.None);
        using var live = context.OutIsTerminal && !json ? new LiveRegion(context) : null;
        var asked = false;
        while (await Task.WhenAny(work, Task.Delay(Look, context.Time, CancellationToken.None)) != work)
        {
            live?.Show(RunView.Of(context, Volatile.Read(ref shown), context.Time.GetUtcNow(), steps: false));
            if (asked || !local.Runs.IsCancelAsked(key)) continue;
            asked = true;
            runner.Cancel(Environment.UserName, Why.Because("cancelled", "{who} cancelled it", ("who", Environment.UserName)));
        }
        var done = await work;
        live?.Show(RunView.Of(context, done, context.Time.GetUtcNow(), steps: false));
        return done;
    }

    private static async Task<PipelineRun> BeginAsync(
        LocalPipelines local, PipelinePorts ports, Pipeline pipeline, string[] jobs, ImmutableSortedDictionary<string, string> inputs, bool useCache, CancellationToken cancellation)
    {
        foreach (var job in jobs)
            if (pipeline.Find(job) is null)
                throw new FairwayException("no-job", $"pipeline {pipeline.Name} has no job {job}", NearestName.Of(job, pipeline.Jobs.Select(known => known.Id)) is { } near ? $"did you mean {near}?" : null, 404);
        var (source, fault) = await ports.Blobs.SnapshotAsync(local.Checkout, cancellation);
        if (source is null) throw new FairwayException("no-files", fault!.Message);
        var (head, commit) = GitHead.Of(local.Checkout);
        var now = ports.Clock.Now;
        var id = now.ToDateTimeUtc().ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetHexString(6, lowercase: true);
        var trigger = new PipelineTrigger { Kind = TriggerKind.Local, Repository = Path.GetFileName(local.Checkout), Ref = head, Commit = commit, Actor = Environment.UserName, Inputs = inputs };
        var wanted = jobs.Length == 0 ? [.. pipeline.Jobs.Select(job => job.Id)] : PipelineGraph.Closure(pipeline, jobs);
        return RunEvolver.Apply(null, new RunEvent.Queued(
            id, pipeline, trigger, source.Digest, wanted, pipeline.MaxParallel ?? Environment.ProcessorCount, useCache, Environment.UserName, now));
    }

    private static RunEvent.Queued Queued(PipelineRun run) => new(
        run.Id, run.Pipeline, run.Trigger, run.Source, [.. run.Jobs.Select(job => job.Job.Id)], run.Slots, run.UseCache, run.Trigger.Actor, run.QueuedAt);

    private static ImmutableSortedDictionary<string, string> Inputs(Pipeline pipeline, string[] given)
    {
        var (values, problem, mend) = RunInputs.Read(pipeline, Cli.Verbs.PipelineVerbs.Pairs(given));
        return values ?? throw new FairwayException("bad-input", problem!, mend, 400);
    }
}
