using System.Text.Json;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;

namespace Fairway.Adapters.Processes;

/// <summary>The present or last run of an instance.</summary>
/// <param name="Attempt">Its number.</param>
/// <param name="Port">Port it was given.</param>
/// <param name="Process">Its wrapper; null from when the start is intended until the process is known.</param>
/// <param name="Cgroup">Its control group; null when there is none.</param>
/// <param name="Notice">See <see cref="InstanceView.Notice"/>.</param>
internal sealed record RunRecord(int Attempt, int Port, ProcessIdentity? Process, Cgroup? Cgroup, string? Notice);

/// <summary>An instance as it is stored.</summary>
internal sealed record InstanceRecord(InstanceState State, Release Release, RunRecord? Run);

/// <summary>A slot as it is stored: what it shall run, by which effect, and what it has.</summary>
internal sealed record SlotRecord(ServiceKey Service, SlotName Slot, long Effect, Release Release, int Count, ImmutableArray<InstanceRecord> Instances);

/// <summary>Keeps slots in small files, one each, replaced as a whole.</summary>
internal sealed class SlotStore(string folder)
{
    /// <summary>Folder of a service: slot files and, below <c>instances</c>, a folder per instance.</summary>
    public string ServiceFolder(ServiceKey service) => Path.Combine(folder, "services", FileName(service.Environment), FileName(service.Service));

    /// <summary>Folders of the service's instances, also of those that are gone.</summary>
    public string InstancesFolder(ServiceKey service) => Path.Combine(ServiceFolder(service), "instances");

    /// <summary>Folder of an instance: its log and its run.</summary>
    public string InstanceFolder(ServiceKey service, string instance) => Path.Combine(InstancesFolder(service), FileName(instance));

    /// <summary>Folder of a run.</summary>
    public RunFolder RunFolder(ServiceKey service, string instance, int attempt) => new(Path.Combine(InstanceFolder(service, instance), $"run-{attempt}"));

    /// <summary>Stores a slot, durably.</summary>
    public Fault? Save(SlotRecord slot)
        => DurableFile.Replace(Path.Combine(ServiceFolder(slot.Service), slot.Slot == SlotName.A ? "slot-a.json" : "slot-b.json"), FairwayJson.Write(slot));

    /// <summary>All slots, or why one cannot be read: starting without it would end its instances.</summary>
    public (List<SlotRecord> Slots, Fault? Fault) Load()
    {
        var slots = new List<SlotRecord>();
        var services = Path.Combine(folder, "services");
        if (!Directory.Exists(services)) return (slots, null);
        foreach (var file in Directory.EnumerateFiles(services, "slot-?.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }).Order(StringComparer.Ordinal))
        {
            try
            {
                slots.Add(FairwayJson.Read<SlotRecord>(File.ReadAllText(file)));
            }
            catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
            {
                return (slots, new(FaultKind.Invalid, Blame.Platform, false,
                    $"{file} cannot be read ({damaged.Message}); restore it, or delete it, which ends the slot's instances when Fairway starts"));
            }
        }

        return (slots, null);
    }

    private static string FileName(string name)
    {
        var escaped = Uri.EscapeDataString(name);
        return escaped.Trim('.').Length == 0 ? escaped.Replace(".", "%2E", StringComparison.Ordinal) : escaped;
    }
}
