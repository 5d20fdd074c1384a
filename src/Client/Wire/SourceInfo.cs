namespace Fairway.Client.Wire;

/// <summary>A repository in a line.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Trunk">The branch that is shipped.</param>
/// <param name="Commit">The trunk's newest commit; null before the first.</param>
/// <param name="Fetch">Where it is fetched from; null is nowhere.</param>
/// <param name="Url">Where git finds it; null without a console's address.</param>
public sealed record RepositoryInfo(string Name, string Trunk, string? Commit = null, string? Fetch = null, string? Url = null);

/// <summary>A branch or tag.</summary>
/// <param name="Name">Full name, such as <c>refs/heads/main</c>.</param>
/// <param name="Commit">Full hash.</param>
public sealed record RefInfo(string Name, string Commit);

/// <summary>A repository with its branches and what happened last.</summary>
/// <param name="Repository">In a line.</param>
/// <param name="Refs">Branches and tags, by name; at most 1,000.</param>
/// <param name="Recent">Its newest records, the newest first.</param>
/// <param name="WaitingStatuses">Commit statuses that no host has taken yet.</param>
public sealed record RepositoryDetailInfo(RepositoryInfo Repository, IReadOnlyList<RefInfo> Refs, IReadOnlyList<EventInfo> Recent, int WaitingStatuses);

/// <summary>Answer of <c>GET /api/source</c>.</summary>
/// <param name="Repositories">In the order of the file.</param>
public sealed record SourceInfo(IReadOnlyList<RepositoryInfo> Repositories);

/// <summary>Answer of <c>POST /api/source/{repository}/fetch</c>.</summary>
/// <param name="Lines">What happened.</param>
public sealed record FetchInfo(IReadOnlyList<string> Lines);

/// <summary>What git is to sign in with.</summary>
/// <param name="Username">The name.</param>
/// <param name="Password">Lasts some minutes.</param>
/// <param name="Until">When it ends.</param>
public sealed record GitCredentialInfo(string Username, string Password, DateTimeOffset Until);

/// <summary>What git's hooks ask.</summary>
/// <param name="Updates">What the push does, each as git writes it: old hash, new hash and name.</param>
/// <param name="Quarantine">Where the objects are that are not taken yet; null when they are.</param>
public sealed record PushHookRequest(IReadOnlyList<RefChangeInfo> Updates, string? Quarantine = null);

/// <summary>What a push does to one ref.</summary>
/// <param name="Old">Hash before.</param>
/// <param name="New">Hash after.</param>
/// <param name="Name">Full name.</param>
public sealed record RefChangeInfo(string Old, string New, string Name);

/// <summary>A line that whoever pushes reads, or the end.</summary>
/// <param name="Text">The line; null at the end.</param>
/// <param name="Accepted">At the end: whether it is taken.</param>
public sealed record PushLineInfo(string? Text = null, bool? Accepted = null);
