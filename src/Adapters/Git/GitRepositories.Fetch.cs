using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>The part that fetches.</summary>
public sealed partial class GitRepositories
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    // Reads its answers from the environment: a credential is in no command line, no file and no address.
    private const string AskScript = "#!/bin/sh\ncase \"$1\" in\nUsername*) printf '%s' \"$FAIRWAY_FETCH_USER\" ;;\n*) printf '%s' \"$FAIRWAY_FETCH_PASSWORD\" ;;\nesac\n";

    /// <inheritdoc/>
    public async Task<(ImmutableArray<RefUpdate> Updates, Fault? Fault)> FetchAsync(
        RepositorySettings repository, string? secret, ImmutableArray<string> refs, CancellationToken cancellation)
    {
        if (repository.Fetch is not { } address) return ([], new(FaultKind.NotFound, Blame.Configuration, Retryable: false, $"nothing says where {repository.Name} is fetched from; set source.repositories.{repository.Name}.fetch"));
        if (SchemeOf(address) is not { } scheme) return ([], new(FaultKind.Invalid, Blame.Configuration, Retryable: false, "the address to fetch from is neither https, http, ssh nor a folder"));
        if (refs.Any(name => !RefUpdate.IsName(name))) return ([], new(FaultKind.Invalid, Blame.Platform, Retryable: false, "a name to fetch is none of git's"));
        var bare = FolderOf(repository.Name);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GIT_ALLOW_PROTOCOL"] = scheme, ["GIT_ASKPASS"] = Ask(), ["FAIRWAY_FETCH_USER"] = repository.CredentialUser, ["FAIRWAY_FETCH_PASSWORD"] = secret ?? "",
            ["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes", ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? "/nonexistent",
        };
        ImmutableArray<string> wanted = refs.IsEmpty ? [RefUpdate.Branches + "*", RefUpdate.Tags + "*"] : refs;
        string[] arguments =
        [
            "-c", "protocol." + scheme + ".allow=always", "-c", "http.followRedirects=false", "-c", "credential.helper=", "-c", "fetch.unpackLimit=1", "-c", "fetch.fsckObjects=true", "fetch", "--quiet",
            "--no-tags", "--prune", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance", "--end-of-options", address, .. wanted.Select(name => $"+{name}:{Fetched}{name["refs/".Length..]}"),
        ];
        var (before, unread) = await RefsAsync(repository.Name, cancellation);
        if (before is null) return ([], unread);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = WatchSizeAsync(bare, repository.Limits.LargestPush, over);
        var outgrown = false;
        try
        {
            var (answer, fault) = await _git.RunAsync(bare, arguments, repository.Limits.Time.ToTimeSpan(), over.Token, null, variables);
            if (answer is null) return ([], fault);
            // A branch that the webhook told of and that is gone meanwhile is nothing new.
            if (answer.Code != 0) return ([], new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"{repository.Name} cannot be fetched: {Hide(answer.Complaint, secret)}"));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            outgrown = true;
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
        return outgrown ? ([], new(FaultKind.Exhausted, Blame.Release, Retryable: false, $"what is fetched of {repository.Name} is larger than {repository.Limits.LargestPush} bytes; raise source.repositories.{repository.Name}.limits.push"))
            : await CompareAsync(repository.Name, refs, before.Fetched, cancellation);
    }

    /// <summary>What differs between what was fetched and what is in force.</summary>
    /// <param name="repository">Its name.</param>
    /// <param name="asked">Full names; empty is everything that is there, or was before. What was pushed here alone stays then.</param>
    /// <param name="before">What was fetched last.</param>
    /// <param name="cancellation">Gives up.</param>
    private async Task<(ImmutableArray<RefUpdate> Updates, Fault? Fault)> CompareAsync(
        string repository, ImmutableArray<string> asked, Dictionary<string, string> before, CancellationToken cancellation)
    {
        var (refs, fault) = await RefsAsync(repository, cancellation);
        if (refs is null) return ([], fault);
        var (own, fetched) = (refs.Own, refs.Fetched);
        var all = asked.IsEmpty ? fetched.Keys.Union(before.Keys.Where(name => name.StartsWith(RefUpdate.Branches, StringComparison.Ordinal)), StringComparer.Ordinal) : asked;
        var updates = ImmutableArray.CreateBuilder<RefUpdate>();
        foreach (var name in all.Order(StringComparer.Ordinal))
        {
            var (old, next) = (own.GetValueOrDefault(name), fetched.GetValueOrDefault(name));
            if (old == next) continue;
            if (asked.IsEmpty && old is not null && (next is null ? old != before[name] : await IsWithinAsync(repository, next, old, cancellation))) continue;
            var none = new string('0', (old ?? next)!.Length);
            updates.Add(new(name, old ?? none, next ?? none));
        }
        return (updates.ToImmutable(), null);
    }

    private async Task<bool> IsWithinAsync(string repository, string commit, string later, CancellationToken cancellation)
        => (await _git.RunAsync(FolderOf(repository), ["merge-base", "--is-ancestor", commit, later], Long, cancellation)).Answer is { Code: 0 };

    private async Task<(FetchedRefs? Refs, Fault? Fault)> RefsAsync(string repository, CancellationToken cancellation)
    {
        var refs = new FetchedRefs(new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        var (answer, fault) = await _git.ReadAsync(FolderOf(repository), ["for-each-ref", "--format=%(refname) %(objectname)"], Short, '\n', line =>
        {
            if (line.Split(' ') is not [var name, var hash]) return true;
            if (name.StartsWith(Fetched, StringComparison.Ordinal)) refs.Fetched["refs/" + name[Fetched.Length..]] = hash;
            else refs.Own[name] = hash;
            return refs.Own.Count + refs.Fetched.Count < 200_000;
        }, cancellation);
        return answer is { Code: 0 } ? (refs, null) : (null, fault ?? Failed($"the branches of {repository} cannot be read", answer!));
    }

    /// <summary>Commits by full names.</summary>
    /// <param name="Own">Those in force.</param>
    /// <param name="Fetched">Those of the repository that it is fetched from.</param>
    private sealed record FetchedRefs(Dictionary<string, string> Own, Dictionary<string, string> Fetched);

    private async Task WatchSizeAsync(string bare, long most, CancellationTokenSource over)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Look, time, over.Token);
                var packs = new DirectoryInfo(Path.Combine(bare, "objects", "pack"));
                if (packs.Exists && packs.EnumerateFiles("tmp_pack_*").Sum(file => file.Exists ? file.Length : 0) > most) await over.CancelAsync();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The fetch is over, or a file went between two looks.
        }
    }

    private string Ask()
    {
        Directory.CreateDirectory(folder, OwnerOnly);
        var script = Path.Combine(folder, "ask");
        if (!File.Exists(script) || File.ReadAllText(script) != AskScript)
        {
            var made = $"{script}.{Environment.ProcessId}";
            File.WriteAllText(made, AskScript);
            File.SetUnixFileMode(made, OwnerOnly);
            File.Move(made, script, overwrite: true);
        }
        return script;
    }

    private static string? SchemeOf(string address) => address.StartsWith('/') ? "file"
        : Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" or "ssh" or "file" ? url!.Scheme : null;

    private static string Hide(string text, string? secret) => string.IsNullOrEmpty(secret) ? text : text.Replace(secret, "•••", StringComparison.Ordinal);
}
