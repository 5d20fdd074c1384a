using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Offline;

/// <summary>Runs as people and scripts read them.</summary>
internal static class RunView
{
    private const int TailLines = 20;

    /// <summary>Text from outside, of which nothing may move the cursor or change the terminal.</summary>
    public static string Line(string text) => string.Concat(text.Select(letter => letter == '\t' ? "    " : char.IsControl(letter) ? "·" : letter.ToString()));

    /// <summary>A run with its jobs.</summary>
    public static string Of(CliContext context, PipelineRun run, DateTimeOffset now, bool steps)
    {
        var page = Page.For(context);
        page.Line($"{Page.Style(run.Pipeline.Title ?? run.Pipeline.Name, "bold")} {Page.Text(run.Id)}  {Page.Text(State(run.Outcome, run.BegunAt is not null))}");
        var rows = new List<string[]>();
        foreach (var job in run.Jobs)
        {
            if (job.Instances is not { } instances) rows.Add([Mark(job.Skipped, job.Skipped is not null), Page.Text(job.Job.Id), "", Page.Text(job.Why?.Sentence ?? "waits for what it needs")]);
            else
                foreach (var state in instances)
                    rows.Add([Mark(state.IsOver ? state.Result!.Outcome : null, state.IsOver), Page.Text(state.Instance.Label), Page.Text(Took(state, now)), Page.Text(What(state))]);
        }
        page.Columns(["", "job", ">time", "what"], rows, indent: 2);
        if (steps)
            foreach (var (_, state) in run.Instances)
                foreach (var (number, step) in (state.Result?.Steps ?? []).Index())
                    page.Line($"  {Page.Text(state.Instance.Label)} {number + 1} {Mark(step.Outcome, true)} {Page.Text(step.Name)} {Page.Style(Words.Of(step.Took.ToTimeSpan()), "grey")}");
        return page.ToString();
    }

    /// <summary>Runs in a table.</summary>
    public static string List(CliContext context, ImmutableArray<PipelineRun> runs, Func<PipelineRun, bool> goesOn) => Page.For(context).Columns(
        ["run", "pipeline", "outcome", ">time", "why"],
        runs.Select(run => new[]
        {
            Page.Text(run.Id), Page.Text(run.Pipeline.Name), Page.Text(run.Outcome is null && !goesOn(run) ? "interrupted" : State(run.Outcome, run.BegunAt is not null)),
            run.FinishedAt is { } end ? Words.Of((end - run.QueuedAt).ToTimeSpan()) : "", Page.Text(run.Why?.Sentence ?? ""),
        })).ToString();

    /// <summary>What happened, in a line; null for what is of no use to a reader.</summary>
    public static string? Event(PipelineRun run, RunEvent happened)
    {
        string Label(string instance) => run.Find(instance)?.State.Instance.Label ?? instance;
        var text = happened switch
        {
            RunEvent.Skipped e => $"{e.Job}: {Word(e.Outcome)}: {e.Why.Sentence}",
            RunEvent.Started e => $"{Label(e.Instance)}: started{(e.Attempt > 1 ? $", attempt {e.Attempt}" : "")}",
            RunEvent.Ended e => $"{Label(e.Instance)}: {(e.Result.CachedFrom is null ? Word(e.Result.Outcome) : "unchanged")}: {e.Result.Why.Sentence}{(e.RetryAt is null ? "" : "; it is tried again")}",
            RunEvent.Stopping e => $"{Label(e.Instance)}: {e.Why.Sentence}",
            RunEvent.Interrupted e => $"{Label(e.Instance)}: {e.Why.Sentence}",
            RunEvent.Shipped e => $"{Label(e.Instance)}: {e.Why.Sentence}",
            RunEvent.CancelAsked e => e.Why.Sentence,
            _ => null,
        };
        return text is null ? null : Line(text);
    }

    /// <summary>The last line.</summary>
    public static string Verdict(CliContext context, PipelineRun run)
    {
        var tests = run.Instances.Select(found => found.State.Result?.Reports?.Tests).OfType<TestCounts>().ToArray();
        var counted = tests.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; tests: {tests.Sum(test => test.Total)}, {tests.Sum(test => test.Failed)} failed");
        var took = run.FinishedAt is { } end ? Words.Of((end - run.QueuedAt).ToTimeSpan()) : "";
        return Page.For(context).Line($"{Mark(run.Outcome, true)} {Page.Text($"{State(run.Outcome, true)} in {took}: {run.Why?.Sentence}{counted}")}  {Page.Style(run.Id, "grey")}").ToString();
    }

    /// <summary>What failed, with the last lines of the step that did and the tests that failed.</summary>
    public static async Task<string> FailuresAsync(CliContext context, PipelineRun run, IRunLogs logs, CancellationToken cancellation)
    {
        var page = Page.For(context);
        foreach (var (_, state) in run.Instances)
        {
            if (state.Result is not { Outcome: Outcome.Failure or Outcome.TimedOut } result) continue;
            page.Line().Line(Page.Style($"{state.Instance.Label}: {result.Why.Sentence}", "bold red"));
            foreach (var test in result.Reports?.Failures ?? [])
                page.Line($"  {Page.Text(test.Name)}{(test.File is null ? "" : Page.Text($"  {test.File}:{test.Line}"))}").Sentence(test.Message, 4, "grey");
            var step = result.Steps.Index().FirstOrDefault(pair => pair.Item.Outcome is Outcome.Failure or Outcome.TimedOut).Index + 1;
            foreach (var line in await logs.TailAsync(run.Pipeline.Name, run.Id, state.Instance.Id, Math.Max(1, state.Attempt), result.Steps.IsEmpty ? 0 : step, TailLines, cancellation))
                page.ToCopy("  | " + Line(line.Text), "grey");
        }
        return page.IsEmpty ? "" : page + "\n";
    }

    /// <summary>A run for scripts.</summary>
    public static JsonObject Describe(PipelineRun run, bool goesOn) => new()
    {
        ["run"] = run.Id, ["pipeline"] = run.Pipeline.Name, ["ref"] = run.Trigger.Ref, ["commit"] = run.Trigger.Commit,
        ["state"] = run.Outcome is null ? goesOn ? "running" : "interrupted" : Word(run.Outcome.Value), ["why"] = run.Why?.Sentence,
        ["seconds"] = run.FinishedAt is { } end ? Math.Round((end - run.QueuedAt).TotalSeconds, 3) : null,
        ["jobs"] = new JsonArray([.. run.Jobs.SelectMany(job => job.Instances is { } all ? all.Select(state => Describe(job, state)) :
            [new() { ["job"] = job.Job.Id, ["state"] = job.Skipped is { } skipped ? Word(skipped) : "waiting", ["why"] = job.Why?.Sentence }])]),
    };

    private static JsonObject Describe(JobState job, InstanceState state) => new()
    {
        ["job"] = job.Job.Id, ["instance"] = state.Instance.Id, ["label"] = state.Instance.Label,
        ["state"] = state.IsOver ? Word(state.Result!.Outcome) : state.Phase.ToString().ToLowerInvariant(), ["attempt"] = state.Attempt, ["why"] = (state.Result?.Why ?? state.Why)?.Sentence,
        ["cachedFrom"] = state.Result?.CachedFrom, ["seconds"] = state.EndedAt is { } end && state.Attempt > 0 ? Math.Round((end - state.StartedAt).TotalSeconds, 3) : null,
        ["outputs"] = new JsonObject((state.Result?.Outputs ?? ImmutableSortedDictionary<string, string>.Empty).Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value))),
        ["artifacts"] = new JsonArray([.. (state.Result?.Artifacts ?? []).Select(made => new JsonObject { ["name"] = made.Name, ["digest"] = made.Digest, ["files"] = made.Files, ["bytes"] = made.Bytes, ["image"] = made.Image })]),
        ["images"] = new JsonArray([.. (state.Result?.Images ?? []).Select(image => new JsonObject { ["name"] = image.Reference, ["digest"] = image.Digest })]),
        ["tests"] = state.Result?.Reports?.Tests is { } tests ? new JsonObject { ["total"] = tests.Total, ["failed"] = tests.Failed, ["skipped"] = tests.Skipped } : null,
        ["failures"] = new JsonArray([.. (state.Result?.Reports?.Failures ?? []).Select(test => new JsonObject { ["name"] = test.Name, ["message"] = test.Message, ["file"] = test.File, ["line"] = test.Line })]),
        ["coverage"] = state.Result?.Reports?.Coverage is { } lines ? Math.Round(lines.Percent, 2) : null,
        ["steps"] = new JsonArray([.. (state.Result?.Steps ?? []).Select(step => new JsonObject { ["name"] = step.Name, ["state"] = Word(step.Outcome), ["exitCode"] = step.ExitCode, ["seconds"] = Math.Round(step.Took.TotalSeconds, 3) })]),
    };

    private static string What(InstanceState state) => state.Phase switch
    {
        InstancePhase.Waiting => state.RetryAt is null ? "waits for a slot" : "failed; waits for another attempt",
        InstancePhase.Running => state.Attempt > 1 ? $"runs, attempt {state.Attempt}" : "runs",
        InstancePhase.Stopping => $"stops: {state.Why?.Sentence}",
        _ => state.Result!.Why.Sentence,
    };

    private static string Took(InstanceState state, DateTimeOffset now) => state.Attempt == 0 ? ""
        : state.IsOver && state.EndedAt is { } end ? Words.Of((end - state.StartedAt).ToTimeSpan()) : Words.Whole(now - state.StartedAt.ToDateTimeOffset());

    private static string State(Outcome? outcome, bool begun) => outcome is { } ended ? Word(ended) : begun ? "running" : "waiting";

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Success => "succeeded",
        Outcome.Failure => "failed",
        Outcome.TimedOut => "timed out",
        Outcome.Cancelled => "cancelled",
        _ => "skipped",
    };

    private static string Mark(Outcome? outcome, bool over) => !over ? Page.Style("•", "yellow") : outcome switch
    {
        Outcome.Success => Page.Style("✓", "green"),
        Outcome.Skipped => Page.Style("-", "grey"),
        Outcome.Cancelled => Page.Style("×", "yellow"),
        _ => Page.Style("✗", "red"),
    };
}
