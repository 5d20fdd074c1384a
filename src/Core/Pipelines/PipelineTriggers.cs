namespace Fairway.Pipelines;

/// <summary>What starts a pipeline by itself. Whoever may can start any pipeline by hand.</summary>
public sealed record PipelineTriggers
{
    /// <summary>A push to a branch or of a tag; null is none.</summary>
    public PushFilter? Push { get; init; } = new();

    /// <summary>A pull or merge request; null is none.</summary>
    public PushFilter? PullRequest { get; init; }

    /// <summary>A release that serves somewhere since now; null is none.</summary>
    public DeployedFilter? Deployed { get; init; }

    /// <summary>Values asked for when it is started by hand.</summary>
    public ImmutableArray<RunInput> Inputs { get; init; } = [];
}

/// <summary>
/// Which pushes. Patterns as GitHub has them: <c>*</c> is any letters but <c>/</c>, <c>**</c> any at all, <c>?</c> the letter before it or
/// none, <c>+</c> one or more of it, <c>[a-z]</c> one of these, and <c>!</c> before a pattern takes out what earlier ones let in.
/// </summary>
public sealed record PushFilter
{
    /// <summary>Only these branches; empty is all, unless only tags are named.</summary>
    public ImmutableArray<string> Branches { get; init; } = [];

    /// <summary>Not these branches.</summary>
    public ImmutableArray<string> BranchesIgnore { get; init; } = [];

    /// <summary>Only these tags; empty is all, unless only branches are named.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Not these tags.</summary>
    public ImmutableArray<string> TagsIgnore { get; init; } = [];

    /// <summary>Only when one of these files changed; empty is all. Not asked of tags.</summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    /// <summary>Not when only these files changed. Not asked of tags.</summary>
    public ImmutableArray<string> PathsIgnore { get; init; } = [];
}

/// <summary>Which arrivals: a rollout completed, and the release serves.</summary>
/// <param name="Environments">In one of these.</param>
public sealed record DeployedFilter(ImmutableArray<string> Environments)
{
    /// <summary>Only of these services; empty is all.</summary>
    public ImmutableArray<string> Services { get; init; } = [];
}

/// <summary>A value asked for when a pipeline is started by hand; read as <c>inputs.NAME</c>.</summary>
/// <param name="Name">Letters, digits, <c>_</c> and <c>-</c>.</param>
/// <param name="Description">What it is for; null is not said.</param>
/// <param name="Default">When it is not given; null is none.</param>
/// <param name="Required">Whether it must be given.</param>
public sealed record RunInput(string Name, string? Description = null, string? Default = null, bool Required = false)
{
    /// <summary>What it may be; empty is anything.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];
}

/// <summary>How a run came to be.</summary>
public enum TriggerKind
{
    /// <summary>On somebody's own machine, before a push.</summary>
    Local,

    /// <summary>By hand.</summary>
    Manual,

    /// <summary>A push to a branch.</summary>
    Push,

    /// <summary>A pushed tag.</summary>
    Tag,

    /// <summary>A pull or merge request.</summary>
    PullRequest,

    /// <summary>A release that serves in an environment since now.</summary>
    Deployed,
}

/// <summary>A release that serves in an environment, for what is run because of it. Steps read it as variables.</summary>
/// <param name="Environment">Where; <c>FAIRWAY_ENVIRONMENT</c>.</param>
/// <param name="Service">Of which service; <c>FAIRWAY_SERVICE</c>.</param>
/// <param name="Release">The release's digest; <c>FAIRWAY_RELEASE</c>.</param>
/// <param name="Version">The release's name; <c>FAIRWAY_VERSION</c>.</param>
/// <param name="Artifact">The artifact's digest.</param>
/// <param name="Rollout">The rollout that brought it; <c>FAIRWAY_ROLLOUT</c>.</param>
/// <param name="Url">Where it answers, such as <c>http://127.0.0.1:8080</c>; <c>FAIRWAY_URL</c>. Null when it has no route.</param>
/// <param name="Host">The <c>Host</c> that requests must name; <c>FAIRWAY_HOST</c>. Null when any will do.</param>
public sealed record Deployment(string Environment, string Service, string Release, string Version, string Artifact, string Rollout, string? Url, string? Host)
{
    /// <summary>The variables.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables()
    {
        yield return new("FAIRWAY_ENVIRONMENT", Environment);
        yield return new("FAIRWAY_SERVICE", Service);
        yield return new("FAIRWAY_RELEASE", Release);
        yield return new("FAIRWAY_VERSION", Version);
        yield return new("FAIRWAY_ROLLOUT", Rollout);
        if (Url is not null) yield return new("FAIRWAY_URL", Url);
        if (Host is not null) yield return new("FAIRWAY_HOST", Host);
    }
}

/// <summary>What a run was started for. Refs, names and messages come from outside: they are data, never part of a script.</summary>
public sealed record PipelineTrigger
{
    /// <summary>How it came to be.</summary>
    public required TriggerKind Kind { get; init; }

    /// <summary>Name of the repository, such as <c>shop</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The full ref, such as <c>refs/heads/main</c>; empty outside of git.</summary>
    public string Ref { get; init; } = "";

    /// <summary>The commit's full id; empty outside of git.</summary>
    public string Commit { get; init; } = "";

    /// <summary>The commit before a push, or the base of a pull request; empty when there is none.</summary>
    public string Before { get; init; } = "";

    /// <summary>Who.</summary>
    public required string Actor { get; init; }

    /// <summary>Id of the push that brought the commit; empty when none did.</summary>
    public string Push { get; init; } = "";

    /// <summary>The commit's message; empty when it is not known.</summary>
    public string Message { get; init; } = "";

    /// <summary>The branch that a pull request is to go to, such as <c>main</c>; empty for anything else.</summary>
    public string Base { get; init; } = "";

    /// <summary>The branch that a pull request comes from; empty for anything else.</summary>
    public string Head { get; init; } = "";

    /// <summary>The pull request's number; null for anything else.</summary>
    public long? Number { get; init; }

    /// <summary>Files that changed; null when that is not known, and then every path filter lets it in.</summary>
    public ImmutableArray<string>? Changed { get; init; }

    /// <summary>Values given by hand.</summary>
    public ImmutableSortedDictionary<string, string> Inputs { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What arrived where; null unless that started it.</summary>
    public Deployment? Deployment { get; init; }

    /// <summary><c>main</c> of <c>refs/heads/main</c>, <c>v1</c> of <c>refs/tags/v1</c>; else the ref itself.</summary>
    public string RefName => Ref.StartsWith("refs/heads/", StringComparison.Ordinal) ? Ref[11..]
        : Ref.StartsWith("refs/tags/", StringComparison.Ordinal) ? Ref[10..] : Ref;
}
