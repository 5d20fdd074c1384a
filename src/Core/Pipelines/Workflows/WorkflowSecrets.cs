using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>Secrets that a job's expressions name: each is taken from the environment variable of that name where the pipeline
/// runs.</summary>
internal static class WorkflowSecrets
{
    /// <summary>The job with its secrets listed.</summary>
    public static PipelineJob Named(PipelineJob job)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        _ = new ModelRewrite(part =>
        {
            // GitHub's own token does not exist here; it is the empty text, as a secret that is not set.
            if (part is IndexNode { Name: { } name, Target: NameNode context } && CompositeUse.IsNamed(context, "secrets")
                && !name.Equals("GITHUB_TOKEN", StringComparison.OrdinalIgnoreCase)) names.Add(name.ToUpperInvariant());
            return null;
        }).Job(job);
        return names.Count == 0 ? job : job with { Secrets = job.Secrets.SetItems(names.Select(name
            => KeyValuePair.Create(name, $"env:{name}"))) };
    }
}
