using System.Globalization;
using System.Text.Json;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>A hook's run as it is stored.</summary>
/// <param name="StartedAt">When it was started, for its time limit.</param>
/// <param name="Process">Its wrapper; null from when the start is intended until the process is known.</param>
internal sealed record HookRecord(Instant StartedAt, ProcessIdentity? Process);

/// <summary>What is kept of one hook effect: its record while it runs, its outcome afterwards.</summary>
internal sealed class HookFolder(string root, ServiceKey service, long effect)
{
    private const int Kept = 50;
    private readonly string _service = Path.Combine(root, Uri.EscapeDataString(service.Environment), Uri.EscapeDataString(service.Service));

    private string Folder => Path.Combine(_service, effect.ToString(CultureInfo.InvariantCulture));

    /// <summary>The command's folder.</summary>
    public RunFolder Run => new(Path.Combine(Folder, "run"));

    /// <summary>The outcome; null while there is none.</summary>
    public EffectOutcome? Outcome() => Read<EffectOutcome>("outcome.json");

    /// <summary>The record; null when it was never started.</summary>
    public HookRecord? Record() => Read<HookRecord>("record.json");

    /// <summary>Stores the record, durably.</summary>
    public Fault? Save(HookRecord record) => DurableFile.Replace(Path.Combine(Folder, "record.json"), FairwayJson.Write(record));

    /// <summary>Stores the outcome, durably, and drops what is not needed any more.</summary>
    public Fault? Save(EffectOutcome outcome)
    {
        if (DurableFile.Replace(Path.Combine(Folder, "outcome.json"), FairwayJson.Write(outcome)) is { } fault) return fault;
        try
        {
            Run.Delete();
            var old = Directory.EnumerateDirectories(_service).OrderByDescending(folder => long.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0).Skip(Kept);
            foreach (var folder in old.ToList()) Directory.Delete(folder, recursive: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            return null; // The outcome is what counts; the next hook sweeps again.
        }

        return null;
    }

    // A damaged file counts as none: the hook is then run again, as after a crash.
    private T? Read<T>(string name)
        where T : class
    {
        try
        {
            var path = Path.Combine(Folder, name);
            return File.Exists(path) ? FairwayJson.Read<T>(File.ReadAllText(path)) : null;
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
