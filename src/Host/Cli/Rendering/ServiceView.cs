using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary>The live view of a service: weights, instances, counts per arm, the step in force, why it waits, what was decided.</summary>
internal static class ServiceView
{
    private const string Stable = "blue";
    private const string Candidate = "green";

    /// <summary>A frame.</summary>
    /// <param name="service">The view.</param>
    /// <param name="decisions">Newest last; as many of them as fit are shown.</param>
    /// <param name="context">Size, colour and clock.</param>
    public static string Of(ServiceInfo service, IReadOnlyList<DecisionInfo> decisions, CliContext context)
    {
        var page = For(context);
        Head(page, service, context);
        page.Line();
        Weights(page, service);
        page.Line();
        Arms(page, service);
        Troubles(page, service);
        if (service.Rollout is { } rollout)
        {
            Now(page, rollout, context);
            Checks(page, rollout);
            if (rollout is { Evidence: { } evidence, Step: >= 0 }) EvidenceView.Add(page, evidence, rollout.Summary, decisions);
        }

        var room = context.Size().Height - 2 - page.ToString().Count(c => c == '\n');
        Decisions(page, decisions, room, context);
        return page.ToString();
    }

    /// <summary>One line when there is no terminal to draw on.</summary>
    public static string Line(ServiceInfo service, CliContext context)
    {
        var at = Words.Clock(service.At, context.Time.LocalTimeZone);
        var name = $"{service.Environment}/{service.Service}";
        if (service.Rollout is not { } rollout) return $"{at}  {name}  {Words.Apart(service.State)}\n";
        var arms = string.Join(", ", service.Arms.Select(a => $"{a.Version} {Words.Percent(a.Weight)}"));
        return $"{at}  {rollout.Summary.Id}  {Words.Apart(rollout.Summary.Phase)}  [{arms}]  {rollout.Summary.Why.Sentence}\n";
    }

    private static void Head(Page page, ServiceInfo service, CliContext context)
    {
        var title = $"[bold]{Text(service.Service)}[/] in {Text(service.Environment)}";
        if (service.Rollout is not { } rollout)
        {
            page.Line($"{title}  [grey]{Words.Apart(service.State)}[/]  {Text(service.Urls.Count > 0 ? service.Urls[0] : "")}");
            return;
        }

        var summary = rollout.Summary;
        var took = (summary.EndedAt ?? context.Time.GetUtcNow()) - summary.StartedAt;
        page.Line($"{title}  [grey]rollout {summary.Number}[/]  {RolloutWords.Change(summary)}  [grey]{Words.Apart(summary.Strategy, '-')}[/]  {RolloutWords.Phase(summary.Phase)} [grey]{Words.Whole(took)}[/]");
        page.Line(Steps(rollout));
    }

    /// <summary><c>✓ start  ✓ 1 %  ● 10 %  · 50 %  · 100 %  · guard</c></summary>
    private static string Steps(RolloutInfo rollout)
    {
        var phase = rollout.Summary.Phase;
        var reached = phase switch
        {
            RolloutPhases.Preparing or RolloutPhases.Expanding or RolloutPhases.Starting => 0,
            RolloutPhases.Verifying => 1,
            RolloutPhases.Guarding => rollout.Steps.Count + 2,
            RolloutPhases.Completed => int.MaxValue,
            _ => 2 + Math.Max(0, rollout.Step),
        };
        var names = rollout.Steps.Select(s => Words.Percent(s.Weight)).Prepend("verify").Prepend("start").Append("guard");
        var backwards = phase is RolloutPhases.RollingBack or RolloutPhases.RolledBack or RolloutPhases.Aborted;
        return string.Join("  ", names.Select((name, i) =>
            i < reached ? $"[green]✓[/] {name}" : i > reached ? $"[grey]· {name}[/]" : backwards ? $"[red]✗ {name}[/]" : $"[yellow]● {name}[/]"));
    }

    private static void Weights(Page page, ServiceInfo service)
    {
        var bar = page.Width - 32;
        foreach (var arm in service.Arms.Where(a => a.Slot is not null))
            page.Line($"  {Text(Words.Fit(arm.Version, 10).PadRight(10))} {Role(arm.Role).PadRight(9)} {Bar(arm.Weight, bar, arm.Role)} {Words.Percent(arm.Weight),8}");
        if (service.Arms.Count == 0) page.Line("  [grey]no traffic yet[/]");
    }

    private static string Bar(double percent, int width, string role)
    {
        const string Eighths = " ▏▎▍▌▋▊▉";
        var eighths = (int)Math.Round(percent / 100 * width * 8);
        if (percent > 0) eighths = Math.Max(1, eighths);
        var full = new string('█', eighths / 8);
        var rest = eighths % 8 == 0 ? "" : Eighths[eighths % 8].ToString();
        return $"[{(role == "candidate" ? Candidate : Stable)}]{full}{rest}[/]{new string(' ', width - full.Length - rest.Length)}";
    }

    private static void Arms(Page page, ServiceInfo service)
    {
        var arms = service.Arms.Where(a => a.Slot is not null).ToArray();
        if (arms.Length == 0) return;
        page.Columns(["", ">ready", ">requests", ">errors", ">req/s", ">p50", ">p99", ">open"], arms.Select(arm => new[]
        {
            $"{Text(Words.Fit(arm.Version, 10).PadRight(10))} [grey]{Role(arm.Role)}[/]", Ready(service, arm.Slot), Words.Count(arm.Requests),
            Style(Words.Count(arm.Errors), arm.Errors > 0 ? "red" : ""), Words.Rate(arm.RequestsPerSecond), Words.Latency(arm.P50Ms), Words.Latency(arm.P99Ms), Words.Count(arm.InFlight),
        }), indent: 2);
    }

    private static string Role(string role) => role;

    private static string Ready(ServiceInfo service, string? slot) =>
        service.Slots.FirstOrDefault(s => s.Name == slot) is { } found ? Style($"{found.InstancesReady}/{found.InstancesWanted}", found.InstancesReady < found.InstancesWanted ? "yellow" : "") : "–";

    private static void Troubles(Page page, ServiceInfo service)
    {
        if (service.Quarantine is { } quarantine) page.Sentence($"Fairway stopped acting here: {quarantine}", 2, "red");
        if (service.Problem is { } problem) page.Sentence(problem, 2, "red");
        foreach (var notice in service.Notices) page.Sentence(notice.Sentence, 2, "yellow");
        if (!service.EdgeAlive && service.Notices.All(n => n.Code != "edge-unreachable")) page.Sentence("The edge does not answer; traffic goes by its last table.", 2, "red");
        foreach (var instance in service.Instances.Where(i => i.Problem is not null || i.Phase is "backingOff" or "failed"))
            page.Sentence($"{instance.Id} {Words.Apart(instance.Phase)}: {instance.Problem ?? instance.LastExit ?? "no reason known"}", 2, "red");
        foreach (var effect in service.Pending.Where(e => e.Problem is not null)) page.Sentence($"{effect.Text}: {effect.Problem}", 2, "red");
        if (service.Queued is { Gate: { } gate } held) page.Sentence($"Held: {gate.Why.Sentence}; asked for by {held.By}.", 2, "yellow");
        else if (service.Queued is { } queued) page.Sentence($"Next: {queued.Version}, asked for by {queued.By}.", 2, "grey");
    }

    private static void Now(Page page, RolloutInfo rollout, CliContext context)
    {
        page.Line();
        var summary = rollout.Summary;
        if (RolloutWords.Outcome(summary) is { } outcome)
        {
            page.Line(Style(outcome, RolloutWords.Colour(summary.Phase)));
            page.Sentence(summary.Why.Sentence, 2);
            return;
        }

        var at = (summary.Phase, rollout.Paused) switch
        {
            (_, true) => "[yellow]paused[/]",
            (RolloutPhases.Shifting, _) when rollout.Step >= 0 && rollout.Step < rollout.Steps.Count => StepNow(rollout, context),
            _ => $"{RolloutWords.Phase(summary.Phase)} for {Words.Whole(context.Time.GetUtcNow() - rollout.Since)}",
        };
        page.Line(at);
        page.Sentence(summary.Why.Sentence, 2);
    }

    /// <summary><c>✓ checkout  preview  status 200 in 35 ms</c></summary>
    private static void Checks(Page page, RolloutInfo rollout)
    {
        if (rollout.Checks.Count == 0) return;
        var width = rollout.Checks.Max(check => check.Name.Length);
        foreach (var check in rollout.Checks)
        {
            var (mark, colour) = check.State switch
            {
                CheckStates.Passed => ("✓", "green"),
                CheckStates.Failed => ("✗", "red"),
                CheckStates.Retrying => ("↻", "yellow"),
                CheckStates.Running => ("●", "yellow"),
                _ => ("·", "grey"),
            };
            var tries = check.Attempt > 1 ? $", attempt {check.Attempt} of {check.Attempts}" : "";
            var said = check.State switch
            {
                CheckStates.Passed => $"{check.Got} in {check.Milliseconds} ms{tries}",
                CheckStates.Failed or CheckStates.Retrying => check.Found + tries,
                _ => check.State + tries,
            };
            page.Line($"  [{colour}]{mark}[/] {Text(check.Name.PadRight(width))}  {check.Moment,-7}  {Text(Words.Fit(said, Math.Max(20, page.Width - width - 15)))}");
        }
    }

    private static string StepNow(RolloutInfo rollout, CliContext context)
    {
        var step = rollout.Steps[rollout.Step];
        var spent = context.Time.GetUtcNow() - rollout.Since;
        if (step.PauseMs == 0) return $"[yellow]step {rollout.Step + 1} of {rollout.Steps.Count}[/], {Words.Percent(step.Weight)}";
        var left = step.PauseMs is { } ms ? $"{Words.Whole(spent)} of {Words.Whole(TimeSpan.FromMilliseconds(ms))}" : "until `fairway promote`";
        return $"[yellow]step {rollout.Step + 1} of {rollout.Steps.Count}[/], {Words.Percent(step.Weight)}, {left}";
    }

    private static void Decisions(Page page, IReadOnlyList<DecisionInfo> decisions, int room, CliContext context)
    {
        var told = DecisionFold.Fold(decisions).Where(t => !t.IsWait).ToArray();
        if (told.Length == 0 || room < 3) return;
        page.Line();
        foreach (var one in told.TakeLast(room - 1))
            page.Line($"[grey]{Words.Clock(one.Decision.At, context.Time.LocalTimeZone)}[/]  {Text(Words.Fit(one.Sentence, page.Width - 10))}");
    }
}
