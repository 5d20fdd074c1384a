using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>One step of a job.</summary>
public sealed record PipelineStep
{
    /// <summary>Names it in <c>steps.ID.outputs</c>; null is none.</summary>
    public string? Id { get; init; }

    /// <summary>Name for people; null is what it does. A template.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it runs. An expression, with or without <c>${{ }}</c>; null is <c>success()</c>.</summary>
    public string? If { get; init; }

    /// <summary>What it does.</summary>
    public required StepAction Action { get; init; }

    /// <summary>Variables of this step. Templates.</summary>
    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether its failure leaves the job a success. An expression or a template; null is false.</summary>
    public string? ContinueOnError { get; init; }

    /// <summary>Longest time; null is the job's.</summary>
    public Duration? Timeout { get; init; }
}

/// <summary>What a step does.</summary>
[JsonDerivedType(typeof(Run), "run")]
[JsonDerivedType(typeof(Cache), "cache")]
[JsonDerivedType(typeof(UploadArtifact), "uploadArtifact")]
[JsonDerivedType(typeof(DownloadArtifact), "downloadArtifact")]
[JsonDerivedType(typeof(Checkout), "checkout")]
[JsonDerivedType(typeof(Container), "container")]
public abstract record StepAction
{
    private StepAction()
    {
    }

    /// <summary>Runs a script.</summary>
    /// <param name="Script">The script. A template.</param>
    public sealed record Run(string Script) : StepAction
    {
        /// <summary><c>sh</c>, <c>bash</c>, <c>python</c>, <c>pwsh</c>, or a command line with <c>{0}</c> for the script's file; null is the job's.</summary>
        public string? Shell { get; init; }

        /// <summary>Relative to the checkout; null is the job's. A template.</summary>
        public string? WorkingDirectory { get; init; }
    }

    /// <summary>Brings folders back that an earlier run saved under a key, and saves them when the job succeeded and the key was not there.</summary>
    /// <param name="Key">The key. A template.</param>
    /// <param name="RestoreKeys">Beginnings of keys that will do as well, the best first. Templates.</param>
    /// <param name="Paths">Files and folders relative to the checkout. Templates.</param>
    public sealed record Cache(string Key, ImmutableArray<string> RestoreKeys, ImmutableArray<string> Paths) : StepAction;

    /// <summary>Keeps files of the checkout for later jobs and for people.</summary>
    /// <param name="Name">The artifact's name. A template.</param>
    /// <param name="Paths">Patterns relative to the checkout. Templates.</param>
    /// <param name="Optional">Whether it is no failure when there are none.</param>
    public sealed record UploadArtifact(string Name, ImmutableArray<string> Paths, bool Optional) : StepAction;

    /// <summary>Puts an earlier job's files into the checkout.</summary>
    /// <param name="Name">The artifact's name; null is every one, each in a folder of its name. A template.</param>
    /// <param name="Path">Where, relative to the checkout; null is its root. A template.</param>
    public sealed record DownloadArtifact(string? Name, string? Path) : StepAction;

    /// <summary>Runs a container on the workspace: its image's own program, or another one.</summary>
    /// <param name="Image">The image. A template.</param>
    /// <param name="Entrypoint">What runs in it; null is the image's own. A template.</param>
    /// <param name="Arguments">Its arguments, as a shell writes them; null is the image's own. A template.</param>
    public sealed record Container(string Image, string? Entrypoint, string? Arguments) : StepAction;

    /// <summary>
    /// The checkout is there already: the step does nothing and succeeds. For formats that ask for it.
    /// </summary>
    public sealed record Checkout : StepAction;
}
