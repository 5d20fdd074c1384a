using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Source;

/// <summary>What the source desk needs of the world.</summary>
/// <param name="Ledger">The ledger.</param>
/// <param name="Repositories">The repositories.</param>
/// <param name="Settings">What is configured now; null is nothing.</param>
/// <param name="Secret">The value at <c>env:NAME</c> or <c>file:/path</c>, or why there is none.</param>
/// <param name="Start">Starts what a new commit is for.</param>
/// <param name="Statuses">Tells hosts.</param>
/// <param name="Checkouts">Folder for commits' files; each in a folder of its own.</param>
public sealed record SourcePorts(
    ILedger Ledger, IRepositories Repositories, Func<SourceSettings?> Settings, Func<string, (string? Value, Fault? Fault)> Secret, StartPipeline Start,
    ICommitStatusTarget Statuses, string Checkouts);

/// <summary>A push that is being received.</summary>
/// <param name="id">Unguessable: who knows it speaks for this push.</param>
/// <param name="repository">Where.</param>
/// <param name="by">Who.</param>
/// <param name="turn">Keeps others from changing the repository meanwhile; null where nobody else does.</param>
public sealed class PushSession(string id, RepositorySettings repository, string by, IDisposable? turn)
{
    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>Where.</summary>
    public RepositorySettings Repository => repository;

    /// <summary>Who.</summary>
    public string By => by;

    /// <summary>Lets the next one change the repository: what follows only reads.</summary>
    public void Release() => turn?.Dispose();

    /// <summary>Whether the rules let it in.</summary>
    public bool Accepted { get; internal set; }

    /// <summary>Whether it was recorded as refused.</summary>
    public bool Refused { get; internal set; }
}

/// <summary>Files of a commit.</summary>
/// <param name="Ref">Full name of the branch or tag; empty for a commit by its hash.</param>
/// <param name="Commit">Full hash.</param>
/// <param name="Message">The commit's message.</param>
/// <param name="Folder">Where they are; whoever asked removes it.</param>
public sealed record CheckedOut(string Ref, string Commit, string Message, string Folder);
