using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>What a job depends on, and what came of it when it was run with just that before.</summary>
internal sealed class JobCache(PipelinePorts ports, RunMemory memory, PipelineRun run, PipelineJob job, string instance)
{
    private const string Fingerprints = "fingerprints";
    private const string Results = "results";
    private const string Latest = "latest";

    /// <summary>The key of what it depends on, stored so that it can be explained; or why it is not known.</summary>
    public async Task<(string? Key, Fault? Fault)> KeyAsync(
        Combination combination, FileTree inputs, Dictionary<string, string> secrets, ISandbox sandbox, SandboxPolicy policy, ImmutableArray<PinnedImage> images,
        CancellationToken cancellation)
    {
        var machine = $"{RuntimeInformation.OSArchitecture} {sandbox.Kind}".ToLowerInvariant();
        var (tools, fault) = await ToolsAsync(sandbox, policy, images, cancellation);
        if (fault is not null) return (null, fault);
        if (job.Scan is { } scan) tools = [.. tools, .. ScanSteps.Depends(scan, ports), .. new ScannedCommits(ports, run, job).Depends()];
        var print = JobFingerprint.Of(run, job, combination, inputs, await KeyedAsync(secrets, cancellation), tools, images, machine);
        var key = print.Key;
        if (await ports.Blobs.LoadAsync(Fingerprints, key, cancellation) is null
            && await ports.Blobs.SaveAsync(Fingerprints, key, FairwayJson.Write(print), cancellation) is { } unsaved) return (null, unsaved);
        return (key, null);
    }

    /// <summary>A stored fingerprint by its key; null when it is not here.</summary>
    public static async Task<JobFingerprint?> PrintAsync(IPipelineBlobs blobs, string key, CancellationToken cancellation)
    {
        try
        {
            return await blobs.LoadAsync(Fingerprints, key, cancellation) is { } text ? FairwayJson.Read<JobFingerprint>(text) : null;
        }
        catch (JsonException)
        {
            return null; // Written by a version that is not this one, or cut off.
        }
    }

    /// <summary>A result of the same, with all of its files; null when there is none.</summary>
    public async Task<JobResult?> FindAsync(string key, CancellationToken cancellation)
    {
        if (await ports.Blobs.LoadAsync(Results, key, cancellation) is not { } text) return null;
        try
        {
            var found = FairwayJson.Read<StoredResult>(text);
            foreach (var artifact in found.Result.Artifacts)
                if (await ports.Blobs.FindTreeAsync(artifact.Digest, cancellation) is null) return null;
            // Of this very run: its runner was killed after the job was done and before that was recorded.
            if (found.Run == run.Id) return found.Result with { CacheKey = key };
            return found.Result with
            {
                CachedFrom = found.Run, CacheKey = key, Why = Why.Because("unchanged", "nothing it depends on changed since run {run}", ("run", found.Run)),
            };
        }
        catch (JsonException)
        {
            return null; // Written by a version that is not this one.
        }
    }

    /// <summary>Keeps a result. One that cannot be kept is run again next time.</summary>
    public Task<Fault?> StoreAsync(string key, JobResult result, CancellationToken cancellation)
        => ports.Blobs.SaveAsync(Results, key, FairwayJson.Write(new StoredResult(run.Id, result)), cancellation);

    /// <summary>What the run before depended on; null when there was none.</summary>
    public Task<string?> EarlierAsync(CancellationToken cancellation) => ports.Blobs.LoadAsync(Latest, LatestKey, cancellation);

    /// <summary>This one is the newest now.</summary>
    public Task<Fault?> RememberAsync(string key, CancellationToken cancellation) => ports.Blobs.SaveAsync(Latest, LatestKey, key, cancellation);

    private string LatestKey => $"{run.Trigger.Repository}/{run.Pipeline.Name}/{instance}";

    private async Task<(ImmutableArray<KeyValuePair<string, string>> Tools, Fault? Fault)> ToolsAsync(
        ISandbox sandbox, SandboxPolicy policy, ImmutableArray<PinnedImage> images, CancellationToken cancellation)
    {
        var said = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var command in job.Cache.Tools)
        {
            var name = string.Join(' ', command);
            var known = $"{sandbox.Kind}/{policy.Image}/{name}";
            if (!memory.Tools.TryGetValue(known, out var answer))
            {
                var request = new SandboxRequest($"{run.Id}.{instance}.tool", policy, [], ImmutableSortedDictionary<string, string>.Empty) { Images = images };
                var (session, fault) = await sandbox.OpenAsync(request, cancellation);
                if (session is null) return ([], fault);
                await using (session)
                {
                    var text = new StringBuilder();
                    var script = string.Join(' ', command.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
                    var exit = await session.RunAsync(new(script, ["sh", "{0}"], "", ImmutableSortedDictionary<string, string>.Empty), piece => Hear(text, piece), cancellation);
                    if (exit.Fault is not null) return ([], exit.Fault);
                    answer = exit.Code == 0 ? text.ToString().Trim() : string.Create(CultureInfo.InvariantCulture, $"exit {exit.Code}");
                }
                memory.Tools[known] = answer;
            }
            said.Add(new(name, answer));
        }
        return (said.ToImmutable(), null);
    }

    private static void Hear(StringBuilder text, ReadOnlySpan<byte> piece)
    {
        if (text.Length < 4000) text.Append(Encoding.UTF8.GetString(piece));
    }

    // A digest with a key that stays here: it tells that a secret changed, and nothing that could be tried out.
    private async Task<IEnumerable<KeyValuePair<string, string>>> KeyedAsync(Dictionary<string, string> secrets, CancellationToken cancellation)
    {
        if (secrets.Count == 0) return [];
        var key = await ports.Blobs.LoadAsync("keys", "secrets", cancellation);
        if (key is not { Length: 64 })
        {
            key = RandomNumberGenerator.GetHexString(64, lowercase: true);
            await ports.Blobs.SaveAsync("keys", "secrets", key, cancellation);
        }
        return secrets.Select(pair => KeyValuePair.Create(
            pair.Key, Convert.ToHexStringLower(HMACSHA256.HashData(Convert.FromHexString(key), Encoding.UTF8.GetBytes($"{pair.Key}={pair.Value}")))[..32]));
    }

    private sealed record StoredResult(string Run, JobResult Result);
}
