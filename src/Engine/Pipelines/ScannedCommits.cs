using System.Text.Json;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>Writes what commits added, as <c>git log --patch</c> says it.</summary>
/// <param name="repository">Name of the repository.</param>
/// <param name="commit">Up to this commit, which is among them.</param>
/// <param name="known">Commits that were looked at with everything before them; those that are gone do not matter.</param>
/// <param name="file">The file to make.</param>
/// <param name="cancellation">Gives up.</param>
/// <returns>Whether it was written; it is not when there is no such repository here. Or why it cannot be.</returns>
public delegate Task<(bool Written, Fault? Fault)> WriteCommits(string repository, string commit, ImmutableArray<string> known, string file, CancellationToken cancellation);

/// <summary>
/// Which commits a scan for secrets looked at and did well. Each scan looks at all commits that lead to its own and that none of those reaches, so a secret that came
/// in one commit and went in the next is found, in whichever order commits come, and stays found until somebody answers for it.
/// </summary>
internal sealed class ScannedCommits(PipelinePorts ports, PipelineRun run, PipelineJob job)
{
    private const string Kind = "scanned";
    private const int MostKnown = 200;

    /// <summary>Whether the job looks at commits at all: it scans for secrets, and the run is of a commit.</summary>
    public bool Applies => job.Scan == ScanKind.Secrets && ports.Commits is not null && run.Trigger.Repository.Length > 0 && Source.RefUpdate.IsHash(run.Trigger.Commit);

    /// <summary>What the job's result depends on besides its files.</summary>
    public IEnumerable<KeyValuePair<string, string>> Depends() => Applies ? [new("commit", run.Trigger.Commit)] : [];

    /// <summary>Writes what is new into a workspace in which nothing runs yet.</summary>
    public async Task<Fault?> WriteAsync(string workspace, CancellationToken cancellation)
    {
        if (!Applies) return null;
        var known = await LoadAsync(cancellation);
        // A branch that was pushed before there were any scans: what it had is known, what was pushed is not.
        if (known.IsEmpty && Source.RefUpdate.IsHash(run.Trigger.Before)) known = [run.Trigger.Before];
        return (await ports.Commits!(run.Trigger.Repository, run.Trigger.Commit, known, Path.Combine(workspace, ScanSteps.CommitsFile), cancellation)).Fault;
    }

    /// <summary>The scan did well: what it looked at need not be looked at again.</summary>
    public async Task RememberAsync(CancellationToken cancellation)
    {
        if (!Applies) return;
        var known = await LoadAsync(cancellation);
        if (known.Contains(run.Trigger.Commit, StringComparer.Ordinal)) return;
        // One that is not kept is looked at once more.
        await ports.Blobs.SaveAsync(Kind, Key, FairwayJson.Write(known.Insert(0, run.Trigger.Commit).Take(MostKnown)), cancellation);
    }

    private string Key => $"{run.Trigger.Repository}/{run.Pipeline.Name}/{job.Id}";

    private async Task<ImmutableArray<string>> LoadAsync(CancellationToken cancellation)
    {
        try
        {
            return await ports.Blobs.LoadAsync(Kind, Key, cancellation) is { } text ? [.. FairwayJson.Read<List<string>>(text).Where(Source.RefUpdate.IsHash)] : [];
        }
        catch (JsonException)
        {
            return []; // Cut off: everything is looked at once more.
        }
    }
}
