using System.Text;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>Replaces parts of every expression of a job or a step: how files that are used by others are put in their place.</summary>
/// <param name="replace">What a part becomes; null leaves it, and its own parts are asked.</param>
internal sealed class ModelRewrite(Func<ExpressionNode, ExpressionNode?> replace)
{
    /// <summary>An expression's tree.</summary>
    public ExpressionNode Node(ExpressionNode node)
        => replace(node) ?? node switch
        {
            IndexNode index => index with { Target = Node(index.Target), Index = Node(index.Index) },
            FilterNode filter => filter with { Target = Node(filter.Target) },
            CallNode call => call with { Arguments = [.. call.Arguments.Select(Node)] },
            NotNode not => not with { Operand = Node(not.Operand) },
            ComparisonNode comparison => comparison with { Left = Node(comparison.Left), Right = Node(comparison.Right) },
            LogicalNode logical => logical with { Operands = [.. logical.Operands.Select(Node)] },
            _ => node,
        };

    /// <summary>A template; a text without expressions or with a mistake stays.</summary>
    public string Template(string text)
    {
        if (!text.Contains("${{", StringComparison.Ordinal) || ExpressionTemplate.Parse(text,
            ExpressionScope.Any).Template is not { } template) return text;
        var result = new StringBuilder();
        foreach (var part in template.Parts)
        {
            if (part.Expression is null) result.Append(part.Text);
            else if (Node(part.Expression.Root) is var node && node.ToString() == part.Expression.Root.ToString()) result.Append(text,
                part.Offset, part.Length);
            else result.Append("${{ ").Append(node).Append(" }}");
        }
        return result.ToString();
    }

    /// <summary>A condition, as a single expression.</summary>
    public string? Condition(string? text)
        => string.IsNullOrWhiteSpace(text) || IfCondition.Parse(text, ExpressionScope.Any).Condition is not { } condition ? text
            : Node(condition.Expression.Root).ToString() is var changed && changed == condition.Expression.Root.ToString() ? text : changed;

    /// <summary>Variables and the like.</summary>
    public ImmutableSortedDictionary<string, string> Templates(ImmutableSortedDictionary<string, string> texts)
        => texts.ToImmutableSortedDictionary(pair => pair.Key, pair => Template(pair.Value), StringComparer.Ordinal);

    /// <summary>A step.</summary>
    public PipelineStep Step(PipelineStep step) => step with
    {
        Name = Maybe(step.Name), If = Condition(step.If), Env = Templates(step.Env), ContinueOnError = Maybe(step.ContinueOnError),
        Action = step.Action switch
        {
            StepAction.Run run => run with { Script = Template(run.Script), WorkingDirectory = Maybe(run.WorkingDirectory) },
            StepAction.Cache cache => new StepAction.Cache(Template(cache.Key), Each(cache.RestoreKeys), Each(cache.Paths)),
            StepAction.UploadArtifact upload => upload with { Name = Template(upload.Name), Paths = Each(upload.Paths) },
            StepAction.DownloadArtifact download => new StepAction.DownloadArtifact(Maybe(download.Name), Maybe(download.Path)),
            StepAction.Container container => new StepAction.Container(Template(container.Image), Maybe(container.Entrypoint), Maybe(container.Arguments)),
            var other => other,
        },
    };

    /// <summary>A job with its steps.</summary>
    public PipelineJob Job(PipelineJob job) => job with
    {
        Name = Maybe(job.Name), If = Condition(job.If), Env = Templates(job.Env), Outputs = Templates(job.Outputs),
        ContinueOnError = Maybe(job.ContinueOnError), Steps = [.. job.Steps.Select(Step)],
        Defaults = job.Defaults with { WorkingDirectory = Maybe(job.Defaults.WorkingDirectory) },
        Concurrency = job.Concurrency is { } group ? group with { Group = Template(group.Group) } : null,
        Sandbox = job.Sandbox with { Image = Maybe(job.Sandbox.Image) },
        Services = [.. job.Services.Select(service => service with { Image = Maybe(service.Image), Env = Templates(service.Env) })],
        Matrix = job.Matrix is { } matrix ? Matrix(matrix) : null,
    };

    private JobMatrix Matrix(JobMatrix matrix) => matrix with
    {
        Axes = [.. matrix.Axes.Select(axis => axis with { Expression = Plain(axis.Expression) })],
        Expression = Plain(matrix.Expression), IncludeExpression = Plain(matrix.IncludeExpression),
            ExcludeExpression = Plain(matrix.ExcludeExpression),
    };

    /// <summary>An expression without <c>${{ }}</c>.</summary>
    private string? Plain(string? text)
        => text is null || Expression.Parse(text, ExpressionScope.Any).Expression is not { } expression ? text
            : Node(expression.Root).ToString();

    private string? Maybe(string? text) => text is null ? null : Template(text);

    private ImmutableArray<string> Each(ImmutableArray<string> texts) => [.. texts.Select(Template)];
}
