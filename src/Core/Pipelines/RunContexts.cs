using System.Text.Json;
using Fairway.Kernel;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Workflows;

namespace Fairway.Pipelines;

/// <summary>What expressions of a run see, and what they give. Pure: the same run gives the same values.</summary>
public static class RunContexts
{
    /// <summary>What a job's own expressions see before it runs.</summary>
    /// <param name="run">The run.</param>
    /// <param name="job">The job.</param>
    /// <param name="combination">Its values of the matrix; null before they are known.</param>
    public static ExpressionContext OfJob(PipelineRun run, PipelineJob job, Combination? combination)
    {
        var needs = PipelineGraph.NeedsOf(run.Pipeline, job);
        var context = ExpressionContext.Empty
            .With("github", Github(run, job))
            .With("inputs", ExpressionValue.OfTexts(InputsOf(run)))
            .With("vars", ExpressionValue.Of())
            .With("needs", ExpressionValue.Of(needs.Select(need => KeyValuePair.Create(need, NeedOf(run, need)))));
        if (combination is not null)
        {
            var all = run.FindJob(job.Id)?.Instances ?? [];
            var index = all.IndexOf(all.FirstOrDefault(state => state.Instance.Combination.Equals(combination))!);
            context = context.With("matrix", ExpressionValue.Of(combination.Values.Select(pair => KeyValuePair.Create(pair.Key, Of(pair.Value)))))
                .With("strategy", ExpressionValue.Of(
                    new("fail-fast", ExpressionValue.Of(job.Matrix?.FailFast ?? true)), new("max-parallel", ExpressionValue.Of((double)(job.Matrix?.MaxParallel ?? Math.Max(1, all.Length)))),
                    new("job-index", ExpressionValue.Of((double)Math.Max(0, index))), new("job-total", ExpressionValue.Of((double)Math.Max(1, all.Length)))));
        }
        return context with { Status = StatusOf(run, needs), StatusOf = need => needs.Contains(need, StringComparer.Ordinal) ? StatusOf(run, [need]) : null };
    }

    /// <summary>A template's text, or why there is none.</summary>
    public static (string? Text, Why? Problem) Text(string template, ExpressionContext context, ExpressionScope scope, string what)
    {
        if (!template.Contains("${{", StringComparison.Ordinal)) return (template, null);
        var (parsed, issues) = ExpressionTemplate.Parse(template, scope);
        if (parsed is null) return (null, Bad(what, issues[0].ToString()));
        var (text, fault) = parsed.EvaluateText(context);
        return fault is null ? (text, null) : (null, Bad(what, fault.ToString()));
    }

    /// <summary>A script's text, or why there is none. Text from outside that means something to a shell is not put into it.</summary>
    public static (string? Text, Why? Problem) Script(string template, ExpressionContext context)
    {
        if (!template.Contains("${{", StringComparison.Ordinal)) return (template, null);
        var (parsed, issues) = ExpressionTemplate.Parse(template, ExpressionScopes.StepText);
        if (parsed is null) return (null, Bad("run", issues[0].ToString()));
        var (text, fault) = ScriptInjection.Script(parsed, context);
        return fault is null ? (text, null) : (null, Bad("run", fault.ToString()));
    }

    /// <summary>Whether something runs, or why that cannot be said.</summary>
    public static (bool Holds, Why? Problem) If(string? condition, ExpressionContext context, ExpressionScope scope, string what)
    {
        var (parsed, issues) = IfCondition.Parse(condition, scope);
        if (parsed is null) return (false, Bad(what, issues[0].ToString()));
        var (holds, fault) = parsed.Evaluate(context);
        return fault is null ? (holds, null) : (false, Bad(what, fault.ToString()));
    }

    /// <summary>Whether a failure is forgiven: an expression or a template that gives true.</summary>
    public static bool Forgives(string? expression, ExpressionContext context, ExpressionScope scope)
    {
        if (string.IsNullOrWhiteSpace(expression)) return false;
        if (!expression.Contains("${{", StringComparison.Ordinal))
            return Expression.Parse(expression, scope).Expression?.Evaluate(context).Value is { IsTruthy: true };
        return ExpressionTemplate.Parse(expression, scope).Template?.Evaluate(context).Value is { } value
            && (value is StringValue text ? text.Value == "true" : value.IsTruthy);
    }

    /// <summary>What others of a group do, by its expression where it has one.</summary>
    public static QueueMode QueueOf(Concurrency concurrency, ExpressionContext context, ExpressionScope scope)
        => Forgives(concurrency.ReplaceIf, context, scope) ? QueueMode.Replace : concurrency.Queue;

    /// <summary>How a job counts for those that need it: <c>success</c>, <c>failure</c>, <c>cancelled</c> or <c>skipped</c>; null before it is over.</summary>
    public static Outcome? Conclusion(PipelineRun run, JobState job)
    {
        if (job.Outcome is not (Outcome.Failure or Outcome.TimedOut)) return job.Outcome;
        if (job.Skipped is not null) return Outcome.Failure;
        var bad = job.Instances!.Value.Where(instance => job.OutcomeOf(instance) is Outcome.Failure or Outcome.TimedOut).ToArray();
        return bad.All(instance => Forgives(job.Job.ContinueOnError, OfJob(run, job.Job, instance.Instance.Combination), ExpressionScopes.JobContinueOnError))
            ? Outcome.Success : Outcome.Failure;
    }

    /// <summary>A matrix without expressions, or why that cannot be said.</summary>
    public static (JobMatrix? Matrix, Why? Problem) Resolve(JobMatrix matrix, ExpressionContext context)
    {
        if (matrix.Expression is { } whole)
        {
            var (value, problem) = Value(whole, context, "matrix");
            if (problem is not null) return (null, problem);
            if (value is not ObjectValue members) return (null, Bad("matrix", "it gives no object"));
            matrix = matrix with { Expression = null, Axes = [], Include = [], Exclude = [] };
            foreach (var (name, member) in members.Members)
            {
                if (member is not ArrayValue list) return (null, Bad($"matrix.{name}", "it is no list"));
                if (name is "include" or "exclude")
                {
                    if (Rows(list) is not { } rows) return (null, Bad($"matrix.{name}", "it is no list of objects"));
                    matrix = name == "include" ? matrix with { Include = rows } : matrix with { Exclude = rows };
                }
                else matrix = matrix with { Axes = matrix.Axes.Add(new(name, Values(list))) };
            }
        }
        var axes = ImmutableArray.CreateBuilder<MatrixAxis>();
        foreach (var axis in matrix.Axes)
        {
            var (list, problem) = axis.Expression is null ? (null, null) : List(axis.Expression, context, $"matrix.{axis.Name}");
            if (problem is not null) return (null, problem);
            axes.Add(list is null ? axis : new(axis.Name, Values(list)));
        }
        matrix = matrix with { Axes = axes.ToImmutable() };
        foreach (var name in (string[])["include", "exclude"])
        {
            if ((name == "include" ? matrix.IncludeExpression : matrix.ExcludeExpression) is not { } expression) continue;
            var (list, problem) = List(expression, context, $"matrix.{name}");
            if (problem is not null) return (null, problem);
            if (Rows(list!) is not { } rows) return (null, Bad($"matrix.{name}", "it is no list of objects"));
            matrix = name == "include" ? matrix with { Include = rows } : matrix with { Exclude = rows };
        }
        return (matrix, null);
    }

    private static StatusChecks StatusOf(PipelineRun run, IEnumerable<string> needs)
    {
        var before = PipelineGraph.Closure(run.Pipeline, needs).Select(run.FindJob).OfType<JobState>().Select(job => Conclusion(run, job)).ToArray();
        return new(run.Cancelled is null && before.All(outcome => outcome == Outcome.Success), before.Contains(Outcome.Failure), run.Cancelled is not null);
    }

    private static ExpressionValue NeedOf(PipelineRun run, string need)
    {
        if (run.FindJob(need) is not { } job) return ExpressionValue.Null;
        var outputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var instance in job.Instances ?? [])
            foreach (var (name, value) in instance.Result?.Outputs ?? ImmutableSortedDictionary<string, string>.Empty)
                if (value.Length > 0 || !outputs.ContainsKey(name)) outputs[name] = value;
        return ExpressionValue.Of(new("result", ExpressionValue.Of(WordOf(Conclusion(run, job)))), new("outputs", ExpressionValue.OfTexts(outputs)));
    }

    /// <summary>As GitHub's contexts call it.</summary>
    public static string WordOf(Outcome? outcome) => outcome switch
    {
        null => "",
        Outcome.Success => "success",
        Outcome.Cancelled => "cancelled",
        Outcome.Skipped => "skipped",
        _ => "failure",
    };

    private static ExpressionValue Github(PipelineRun run, PipelineJob job)
    {
        var trigger = run.Trigger;
        var texts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["event_name"] = trigger.Kind switch
            {
                TriggerKind.PullRequest => "pull_request",
                TriggerKind.Manual => "workflow_dispatch",
                TriggerKind.Deployed => "deployment",
                _ => "push",
            },
            ["ref"] = trigger.Ref, ["ref_name"] = trigger.RefName, ["ref_type"] = trigger.Ref.StartsWith("refs/tags/", StringComparison.Ordinal) ? "tag" : "branch",
            ["sha"] = trigger.Commit, ["repository"] = trigger.Repository, ["actor"] = trigger.Actor, ["triggering_actor"] = trigger.Actor,
            ["job"] = job.Id, ["run_id"] = run.Id, ["run_attempt"] = "1", ["workflow"] = run.Pipeline.Title ?? run.Pipeline.Name,
            ["workspace"] = SandboxPaths.Workspace, ["head_ref"] = trigger.Head, ["base_ref"] = trigger.Base,
        };
        return ExpressionValue.Of(texts.Select(pair => KeyValuePair.Create(pair.Key, ExpressionValue.Of(pair.Value))).Append(new("event", Event(run))));
    }

    // What of GitHub's payloads a repository here knows; the rest is null, as a member that a payload has not.
    private static ExpressionValue Event(PipelineRun run)
    {
        var trigger = run.Trigger;
        var members = new List<KeyValuePair<string, ExpressionValue>>
        {
            new("repository", ExpressionValue.OfTexts(new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = trigger.Repository, ["full_name"] = trigger.Repository })),
            new("sender", ExpressionValue.Of(new KeyValuePair<string, ExpressionValue>("login", ExpressionValue.Of(trigger.Actor)))),
        };
        var commit = ExpressionValue.OfTexts(new Dictionary<string, string>(StringComparer.Ordinal) { ["id"] = trigger.Commit, ["message"] = trigger.Message });
        switch (trigger.Kind)
        {
            case TriggerKind.PullRequest:
                members.Add(new("number", ExpressionValue.Of((double)(trigger.Number ?? 0))));
                members.Add(new("pull_request", ExpressionValue.Of(
                    new("number", ExpressionValue.Of((double)(trigger.Number ?? 0))),
                    new("head", ExpressionValue.OfTexts(new Dictionary<string, string>(StringComparer.Ordinal) { ["ref"] = trigger.Head, ["sha"] = trigger.Commit })),
                    new("base", ExpressionValue.OfTexts(new Dictionary<string, string>(StringComparer.Ordinal) { ["ref"] = trigger.Base })))));
                break;
            case TriggerKind.Manual:
                members.Add(new("ref", ExpressionValue.Of(trigger.Ref)));
                members.Add(new("inputs", ExpressionValue.OfTexts(InputsOf(run))));
                break;
            default:
                members.Add(new("ref", ExpressionValue.Of(trigger.Ref)));
                members.Add(new("before", ExpressionValue.Of(trigger.Before.Length == 0 ? new string('0', Math.Max(40, trigger.Commit.Length)) : trigger.Before)));
                members.Add(new("after", ExpressionValue.Of(trigger.Commit)));
                members.Add(new("created", ExpressionValue.Of(trigger.Before.Length == 0)));
                members.Add(new("deleted", ExpressionValue.Of(false)));
                members.Add(new("head_commit", commit));
                members.Add(new("pusher", ExpressionValue.Of(new KeyValuePair<string, ExpressionValue>("name", ExpressionValue.Of(trigger.Actor)))));
                break;
        }
        return ExpressionValue.Of(members);
    }

    private static IEnumerable<KeyValuePair<string, string>> InputsOf(PipelineRun run)
        => run.Pipeline.On.Inputs.Select(input => KeyValuePair.Create(input.Name, run.Trigger.Inputs.GetValueOrDefault(input.Name, input.Default ?? "")));

    private static ExpressionValue Of(MatrixValue value)
    {
        using var document = JsonDocument.Parse(value.Json);
        return ExpressionJson.Read(document.RootElement);
    }

    private static (ExpressionValue? Value, Why? Problem) Value(string expression, ExpressionContext context, string what)
    {
        if (expression.Contains("${{", StringComparison.Ordinal))
        {
            var (template, issues) = ExpressionTemplate.Parse(expression.Trim(), ExpressionScopes.JobStrategy);
            if (template is null) return (null, Bad(what, issues[0].ToString()));
            var (got, wrong) = template.Evaluate(context);
            return wrong is null ? (got, null) : (null, Bad(what, wrong.ToString()));
        }
        var (parsed, issue) = Expression.Parse(expression, ExpressionScopes.JobStrategy);
        if (parsed is null) return (null, Bad(what, issue!.ToString()));
        var (value, fault) = parsed.Evaluate(context);
        return fault is null ? (value, null) : (null, Bad(what, fault.ToString()));
    }

    private static (ArrayValue? List, Why? Problem) List(string expression, ExpressionContext context, string what)
    {
        var (value, problem) = Value(expression, context, what);
        return problem is not null ? (null, problem) : value is ArrayValue list ? (list, null) : (null, Bad(what, "it gives no list"));
    }

    private static ImmutableArray<MatrixValue> Values(ArrayValue list) => [.. list.Items.Select(Json)];

    private static ImmutableArray<ImmutableSortedDictionary<string, MatrixValue>>? Rows(ArrayValue list)
        => list.Items.All(item => item is ObjectValue)
            ? [.. list.Items.Cast<ObjectValue>().Select(row => row.Members.ToImmutableSortedDictionary(pair => pair.Key, pair => Json(pair.Value), StringComparer.Ordinal))] : null;

    private static MatrixValue Json(ExpressionValue value) => new(CanonicalJson.Canonicalize(value.ToString()));

    private static Why Bad(string what, string problem) => Why.Because("expression", "{what} cannot be evaluated: {problem}", ("what", what), ("problem", problem));
}
