using System.Security.Cryptography;
using System.Text;
using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>
/// Everything a job's result depends on, as named parts: what is declared of it, its values, its files, what it gets from other jobs, its tools. Equal
/// parts are an equal result, so it is not run again.
/// </summary>
/// <param name="Parts">Values by name, such as <c>input src/a.c</c> with a digest, or <c>step 2: npm test</c> with the script's digest.</param>
public sealed record JobFingerprint(ImmutableSortedDictionary<string, string> Parts)
{
    private const int LongestShown = 60;

    /// <summary>SHA-256 over all parts; the key of the result.</summary>
    public string Key => Digest(FairwayJson.Write(Parts));

    /// <summary>Of an instance of a job.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="job">The job.</param>
    /// <param name="combination">Its values of the matrix.</param>
    /// <param name="inputs">The files it reads.</param>
    /// <param name="secrets">A keyed digest for each secret, by variable.</param>
    /// <param name="tools">What each declared tool said of itself, by command.</param>
    /// <param name="images">The images it and its services run in.</param>
    /// <param name="machine">Kind of machine and sandbox.</param>
    public static JobFingerprint Of(
        PipelineRun run, PipelineJob job, Combination combination, FileTree inputs, IEnumerable<KeyValuePair<string, string>> secrets,
        IEnumerable<KeyValuePair<string, string>> tools, ImmutableArray<PinnedImage> images,
        string machine)
    {
        var parts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        parts["machine"] = machine;
        parts["job"] = Digest(FairwayJson.Write(job with
        {
            // What does not change the result, or is a part by itself.
            Name = null, Stage = null, Needs = null, If = null, Matrix = null, Env = ImmutableSortedDictionary<string, string>.Empty, Steps = [], Inputs = [],
            Retry = new(), Concurrency = null, ContinueOnError = null, Ship = null, Timeout = NodaTime.Duration.Zero, OnInterrupt = default,
        }));
        parts["defaults"] = FairwayJson.Write(run.Pipeline.Defaults);
        foreach (var (name, value) in combination.Values) parts[$"matrix {name}"] = value.Json;
        foreach (var (name, value) in run.Pipeline.Env.SetItems(job.Env)) parts[$"env {name}"] = value;
        for (var i = 0; i < job.Steps.Length; i++) parts[$"step {i + 1}"] = Digest(FairwayJson.Write(job.Steps[i]));
        foreach (var entry in inputs.Entries) parts[$"input {entry.Path}"] = $"{entry.Kind} {entry.Content}";
        foreach (var (name, value) in secrets) parts[$"secret {name}"] = value;
        foreach (var (command, said) in tools) parts[$"tool {command}"] = said;
        foreach (var (name, value) in run.Trigger.Deployment?.Variables() ?? []) parts[$"env {name}"] = value;
        foreach (var image in images) parts[$"image {image.Reference}"] = image.Digest;
        AddNeeds(run, job, parts);
        AddContexts(run, job, combination, parts);
        return new(parts.ToImmutable());
    }

    /// <summary>What differs from an earlier one, one sentence each; empty when nothing does.</summary>
    public ImmutableArray<Why> DifferencesFrom(JobFingerprint earlier)
    {
        var found = ImmutableArray.CreateBuilder<Why>();
        foreach (var (name, value) in Parts)
        {
            if (!earlier.Parts.TryGetValue(name, out var before)) found.Add(Why.Because("part-new", "{part} is new", ("part", name)));
            else if (before != value && IsShown(name, before) && IsShown(name, value))
                found.Add(Why.Because("part-changed", "{part} was {before} and is {now}", ("part", name), ("before", before), ("now", value)));
            else if (before != value) found.Add(Why.Because("part-changed", "{part} changed", ("part", name)));
        }
        found.AddRange(earlier.Parts.Keys.Where(name => !Parts.ContainsKey(name)).Select(name => Why.Because("part-gone", "{part} is gone", ("part", name))));
        return found.ToImmutable();
    }

    private static bool IsShown(string name, string value) => value.Length <= LongestShown
        && (name.StartsWith("env ", StringComparison.Ordinal) || name.StartsWith("matrix ", StringComparison.Ordinal) || name.StartsWith("tool ", StringComparison.Ordinal)
            || name.StartsWith("github.", StringComparison.Ordinal) || name.StartsWith("inputs.", StringComparison.Ordinal));

    private static void AddNeeds(PipelineRun run, PipelineJob job, ImmutableSortedDictionary<string, string>.Builder parts)
    {
        foreach (var need in PipelineGraph.NeedsOf(run.Pipeline, job).Select(run.FindJob).OfType<JobState>())
        {
            foreach (var instance in need.Instances ?? [])
            {
                foreach (var (name, value) in instance.Result?.Outputs ?? ImmutableSortedDictionary<string, string>.Empty)
                    parts[$"output {name} of {instance.Instance.Id}"] = Digest(value);
                if (!job.TakesArtifacts && !job.Steps.Any(step => step.Action is StepAction.DownloadArtifact)) continue;
                foreach (var artifact in instance.Result?.Artifacts ?? []) parts[$"artifact {artifact.Name} of {instance.Instance.Id}"] = artifact.Digest;
            }
            // A job that runs whatever its needs did may ask how they went.
            if (job.If is not null) parts[$"result of {need.Job.Id}"] = RunContexts.WordOf(RunContexts.Conclusion(run, need));
        }
    }

    // Whichever values of the trigger its texts name; all when they take the context as a whole.
    private static void AddContexts(PipelineRun run, PipelineJob job, Combination combination, ImmutableSortedDictionary<string, string>.Builder parts)
    {
        var text = FairwayJson.Write(job with { If = null }) + FairwayJson.Write(run.Pipeline.Env) + FairwayJson.Write(run.Pipeline.Defaults);
        if (!text.Contains("${{", StringComparison.Ordinal) && !job.Steps.Any(step => step.If is not null)) return;
        var context = RunContexts.OfJob(run, job, combination);
        foreach (var root in (string[])["github", "inputs", "strategy"])
        {
            if (context.Values[root] is not Expressions.ObjectValue values) continue;
            var whole = Mentions(text, root) && !text.Contains(root + ".", StringComparison.OrdinalIgnoreCase);
            foreach (var (name, value) in values.Members)
                if (whole || Names(text, $"{root}.{name}") || text.Contains($"{root}[", StringComparison.OrdinalIgnoreCase)
                    || text.Contains($"({root})", StringComparison.OrdinalIgnoreCase) || text.Contains($"{root}.*", StringComparison.Ordinal))
                    parts[$"{root}.{name}"] = value.IsPrimitive ? value.ToText() : Digest(value.ToString());
        }
    }

    // github.event is not named where github.event_name is.
    private static bool Names(string text, string name)
    {
        for (var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.OrdinalIgnoreCase))
            if (at + name.Length == text.Length || !(char.IsLetterOrDigit(text[at + name.Length]) || text[at + name.Length] is '_' or '-')) return true;
        return false;
    }

    private static bool Mentions(string text, string root) => text.Contains(root, StringComparison.OrdinalIgnoreCase);

    private static string Digest(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
