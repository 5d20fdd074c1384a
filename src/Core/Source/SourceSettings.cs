using NodaTime;

namespace Fairway.Source;

/// <summary>Who hosts a repository elsewhere.</summary>
public enum SourceHost
{
    /// <summary>GitHub, or a server that speaks its API.</summary>
    GitHub,

    /// <summary>GitLab, or a server that speaks its API.</summary>
    GitLab,
}

/// <summary>Which branches a push's commit messages are checked on.</summary>
public enum CommitChecking
{
    /// <summary>On none.</summary>
    Off,

    /// <summary>On the trunk.</summary>
    Trunk,

    /// <summary>On all.</summary>
    All,
}

/// <summary>A host that tells of pushes, and what it signs with.</summary>
/// <param name="Host">Which.</param>
/// <param name="Secret">Where the secret is: <c>env:NAME</c> or <c>file:/path</c>.</param>
public sealed record HookSettings(SourceHost Host, string Secret);

/// <summary>Where a commit's status is told.</summary>
public sealed record StatusSettings
{
    /// <summary>Which API.</summary>
    public SourceHost Host { get; init; }

    /// <summary>The repository there: <c>owner/name</c>, or a GitLab project's path or number.</summary>
    public string Project { get; init; } = "";

    /// <summary>Where the token is: <c>env:NAME</c> or <c>file:/path</c>.</summary>
    public string Token { get; init; } = "";

    /// <summary>The API's address; null is the host's own.</summary>
    public Uri? Api { get; init; }

    /// <summary>What the status is called there.</summary>
    public string Context { get; init; } = "fairway";
}

/// <summary>How large what is pushed may be.</summary>
public sealed record PushLimits
{
    /// <summary>Largest file, in bytes.</summary>
    public long LargestFile { get; init; } = 100L << 20;

    /// <summary>All bytes of one push, packed.</summary>
    public long LargestPush { get; init; } = 1L << 30;

    /// <summary>Most objects in one push.</summary>
    public int MostObjects { get; init; } = 1_000_000;

    /// <summary>Longest path of a file, in bytes.</summary>
    public int LongestPath { get; init; } = 1_024;

    /// <summary>Longest time of one push.</summary>
    public Duration Time { get; init; } = Duration.FromMinutes(15);
}

/// <summary>A repository that can be pushed to, or is fetched.</summary>
public sealed record RepositorySettings
{
    /// <summary>Its name, as services' names are.</summary>
    public string Name { get; init; } = "";

    /// <summary>The branch that is shipped. It can neither be rewritten nor deleted.</summary>
    public string Trunk { get; init; } = "main";

    /// <summary>Branches that may be pushed, as patterns. The trunk always may.</summary>
    public ImmutableArray<string> Branches { get; init; } = ["**"];

    /// <summary>Tags that may be pushed, as patterns. None can be moved or deleted.</summary>
    public ImmutableArray<string> Tags { get; init; } = ["**"];

    /// <summary>Branches whose history may be rewritten, as patterns; the trunk's never.</summary>
    public ImmutableArray<string> Rewritable { get; init; } = ["**"];

    /// <summary>Where commit messages are checked.</summary>
    public CommitChecking CheckCommits { get; init; }

    /// <summary>Whether submodules may be committed; they are never fetched.</summary>
    public bool Submodules { get; init; }

    /// <summary>How large.</summary>
    public PushLimits Limits { get; init; } = new();

    /// <summary>Where it is fetched from; null is nowhere.</summary>
    public string? Fetch { get; init; }

    /// <summary>How often it is fetched by itself; null is only when a control plane starts.</summary>
    public Duration? Poll { get; init; }

    /// <summary>Where the password or token for fetching is: <c>env:NAME</c> or <c>file:/path</c>; null is none.</summary>
    public string? Credential { get; init; }

    /// <summary>Who the credential belongs to.</summary>
    public string CredentialUser { get; init; } = "x-access-token";

    /// <summary>Who tells of pushes elsewhere; null is nobody.</summary>
    public HookSettings? Hook { get; init; }

    /// <summary>Where statuses are told; null is nowhere.</summary>
    public StatusSettings? Status { get; init; }
}

/// <summary>The section <c>source</c>.</summary>
public sealed record SourceSettings
{
    /// <summary>What commit messages must look like.</summary>
    public CommitRules Commits { get; init; } = new();

    /// <summary>How versions are counted.</summary>
    public VersionRules Versions { get; init; } = new();

    /// <summary>Where release notes link to.</summary>
    public NoteLinks Links { get; init; } = new();

    /// <summary>The repositories, in the order of the file.</summary>
    public ImmutableArray<RepositorySettings> Repositories { get; init; } = [];

    /// <summary>A repository by its name; null when there is none.</summary>
    public RepositorySettings? Find(string name) => Repositories.FirstOrDefault(repository => repository.Name == name);
}
