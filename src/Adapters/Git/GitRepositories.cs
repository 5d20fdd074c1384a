using System.Collections.Concurrent;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>Bare repositories in a folder, by the git program (2.30 or later).</summary>
/// <param name="folder">Where they are.</param>
/// <param name="time">The clock.</param>
public sealed partial class GitRepositories(string folder, TimeProvider time) : IRepositories
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private const string Fetched = "refs/fairway/fetched/";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly GitProgram _git = new(time);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _writers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _ready = new(StringComparer.Ordinal);

    /// <summary>Where they are.</summary>
    public string Root => folder;

    /// <inheritdoc/>
    public string FolderOf(string repository) => Path.Combine(folder, repository + ".git");

    /// <inheritdoc/>
    public async Task<Fault?> EnsureAsync(RepositorySettings repository, CancellationToken cancellation)
    {
        if (_ready.TryGetValue(repository.Name, out var trunk) && trunk == repository.Trunk) return null;
        using var alone = await WriteAsync(repository.Name, cancellation);
        var bare = FolderOf(repository.Name);
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            if (!File.Exists(Path.Combine(bare, "HEAD")))
            {
                // A template would bring hooks; half a repository of a killed start is made anew.
                var (made, fault) = await _git.RunAsync(null, ["init", "-q", "--bare", "--template=", "--initial-branch=" + repository.Trunk, bare], Short, cancellation);
                if (made is not { Code: 0 }) return fault ?? Failed($"the repository {repository.Name} cannot be made", made!);
            }
            var (head, unread) = await _git.RunAsync(bare, ["symbolic-ref", "HEAD", "refs/heads/" + repository.Trunk], Short, cancellation);
            if (head is not { Code: 0 }) return unread ?? Failed($"the trunk of {repository.Name} cannot be set", head!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(FaultKind.Exhausted, Blame.Platform, Retryable: true, $"the repository {repository.Name} cannot be made: {error.Message}");
        }
        _ready[repository.Name] = repository.Trunk;
        return null;
    }

    /// <inheritdoc/>
    public async Task<IDisposable> WriteAsync(string repository, CancellationToken cancellation)
    {
        var writer = _writers.GetOrAdd(repository, _ => new(1, 1));
        await writer.WaitAsync(cancellation);
        FreeLocks(FolderOf(repository));
        return new Turn(writer);
    }

    /// <inheritdoc/>
    public async Task<(ImmutableSortedDictionary<string, string> Refs, Fault? Fault)> ListAsync(string repository, CancellationToken cancellation)
    {
        var refs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (!Directory.Exists(FolderOf(repository))) return (refs.ToImmutable(), null);
        string[] arguments = ["for-each-ref", "--format=%(refname) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)", RefUpdate.Branches, RefUpdate.Tags];
        var (answer, fault) = await _git.ReadAsync(FolderOf(repository), arguments, Short, '\n', line =>
        {
            if (line.Split(' ') is [var name, var hash]) refs[name] = hash;
            return refs.Count < 100_000;
        }, cancellation);
        return answer is { Code: 0 } ? (refs.ToImmutable(), null) : (refs.ToImmutable(), fault ?? Failed($"the branches of {repository} cannot be read", answer!));
    }

    /// <inheritdoc/>
    public async Task<Fault?> MoveAsync(string repository, ImmutableArray<RefUpdate> updates, CancellationToken cancellation)
    {
        if (updates.IsEmpty) return null;
        // NUL keeps names that nobody should have from being read as more commands.
        var commands = string.Concat(updates.Select(update => update.IsDeleted ? $"delete {update.Ref}\0{update.Old}\0" : $"update {update.Ref}\0{update.New}\0{update.Old}\0"));
        var (answer, fault) = await _git.RunAsync(FolderOf(repository), ["update-ref", "-z", "--stdin"], Short, cancellation, commands);
        return answer is { Code: 0 } ? null : fault ?? Failed($"the branches of {repository} cannot be moved", answer!);
    }

    /// <inheritdoc/>
    public async Task<Fault?> TidyAsync(string repository, CancellationToken cancellation)
    {
        using var alone = await WriteAsync(repository, cancellation);
        string[] arguments = ["-c", "gc.auto=2000", "-c", "gc.autoPackLimit=20", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"];
        var (answer, fault) = await _git.RunAsync(FolderOf(repository), arguments, Long, cancellation);
        return answer is { Code: 0 } ? null : fault ?? Failed($"{repository} cannot be tidied", answer!);
    }

    private static Fault Failed(string what, GitAnswer answer) => new(FaultKind.Failed, Blame.Platform, Retryable: true, $"{what}: {answer.Complaint}");

    /// <summary>Removes what a git left that was killed in the middle; for who has its turn.</summary>
    internal void Free(string repository) => FreeLocks(FolderOf(repository));

    // Whoever is alone here may: a lock or half a push that still lies there is of a git that was killed.
    private static void FreeLocks(string bare)
    {
        try
        {
            if (!Directory.Exists(bare)) return;
            foreach (var name in (ReadOnlySpan<string>)["HEAD.lock", "packed-refs.lock", "shallow.lock", "config.lock"]) File.Delete(Path.Combine(bare, name));
            foreach (var left in Directory.EnumerateFiles(Path.Combine(bare, "refs"), "*.lock", SearchOption.AllDirectories)) File.Delete(left);
            foreach (var left in Directory.EnumerateDirectories(Path.Combine(bare, "objects"), "tmp_objdir-*")) Directory.Delete(left, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Git says so itself, and names the file.
        }
    }

    private sealed class Turn(SemaphoreSlim writer) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0) writer.Release();
        }
    }
}
