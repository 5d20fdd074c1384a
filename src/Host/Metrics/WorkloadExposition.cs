using System.Buffers;
using System.Globalization;
using Fairway.Catalog;
using Fairway.Metrics.Exposition;
using Fairway.Metrics.Model;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;

namespace Fairway.Metrics;

/// <summary>What the control plane knows of services and their instances, as metrics: states, restarts, CPU, memory, rollouts.</summary>
/// <param name="engine">The loops.</param>
/// <param name="usage">Measures instances; null where nobody can.</param>
internal sealed class WorkloadExposition(RolloutEngine engine, IWorkloadUsage? usage)
{
    private const string InstancePrefix = "fairway_instance_", ServicePrefix = "fairway_service_", RolloutPrefix = "fairway_rollout_";

    /// <summary>Prometheus text.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellation)
    {
        var services = new List<Known>();
        foreach (var key in engine.Services)
        {
            if (engine.Find(key)?.Current is not { } now) continue;
            var used = usage is null ? [] : await usage.MeasureAsync(key, cancellation);
            services.Add(new(key, now, [.. (now.World?.Instances ?? []).Select(view => new Instance(key, now.State, view, used.FirstOrDefault(one => one.Instance == view.Id)))]));
        }

        var buffer = new ArrayBufferWriter<byte>();
        Write(new(buffer, ExpositionFormat.PrometheusText), services);
        return buffer.WrittenMemory;
    }

    private static void Write(ExpositionWriter text, List<Known> services)
    {
        var instances = services.SelectMany(service => service.Instances).ToArray();
        Each(text, ServicePrefix + "instances", "gauge", "Instances by where they are in their life.", services.SelectMany(service =>
            Enum.GetValues<InstancePhase>().Select(phase => (
                service.Labels.With("phase", Name(phase)), (double?)service.Instances.Count(one => one.View.Phase == phase)))));
        Each(text, ServicePrefix + "wanted_instances", "gauge", "Instances of the stable release that are wanted.", services.Select(service => (
            service.Labels, (double?)(service.Now.State.Stable is { } stable ? service.Now.State[stable].Instances : 0))));
        Each(text, RolloutPrefix + "active", "gauge", "1 while a release is under way.", services.Select(service => (service.Labels, (double?)(service.Now.State.Active is null ? 0 : 1))));
        Each(text, RolloutPrefix + "candidate_weight_ratio", "gauge", "Share of requests that go to the release under way.", services.Select(service => (
            service.Labels, service.Now.State.Active is { } rollout ? (double)rollout.Weight.Percent / 100 : (double?)null)));
        Each(text, RolloutPrefix + "started_total", "counter", "Rollouts begun.", services.Select(service => (service.Labels, (double?)service.Now.State.RolloutCount)));
        Each(text, InstancePrefix + "ready", "gauge", "1 while the instance is ready for traffic.", instances.Select(one => (one.Labels, (double?)(one.View.Phase == InstancePhase.Ready ? 1 : 0))));
        Each(text, InstancePrefix + "restarts_total", "counter", "Starts after the first.", instances.Select(one => (one.Labels, (double?)one.View.Restarts)));
        Each(text, InstancePrefix + "cpu_seconds_total", "counter", "CPU time of all of its processes.", instances.Select(one => (one.Labels, one.Usage?.CpuTime.TotalSeconds)));
        Each(text, InstancePrefix + "memory_bytes", "gauge", "Memory that cannot be dropped.", instances.Select(one => (one.Labels, (double?)one.Usage?.MemoryBytes)));
        Each(text, InstancePrefix + "memory_limit_bytes", "gauge", "The limit in force.", instances.Select(one => (one.Labels, (double?)one.Usage?.MemoryLimitBytes)));
        text.End();
    }

    private static void Each(ExpositionWriter text, string name, string type, string help, IEnumerable<(Labels Labels, double? Value)> samples)
    {
        text.Family(name, new(type, help, ""));
        foreach (var (labels, value) in samples)
        {
            if (value is { } number) text.Sample(labels.With(Labels.MetricName, name), number);
        }
    }

    private static string Name(InstancePhase phase) => phase switch
    {
        InstancePhase.Starting => "starting", InstancePhase.Ready => "ready", InstancePhase.Unready => "unready", InstancePhase.BackingOff => "backing_off",
        InstancePhase.Stopping => "stopping", InstancePhase.Failed => "failed", _ => ((int)phase).ToString(CultureInfo.InvariantCulture),
    };

    private static Labels LabelsOf(ServiceKey key) => Labels.Of([new("environment", key.Environment), new("service", key.Service)]);

    private sealed record Known(ServiceKey Key, ServiceSnapshot Now, ImmutableArray<Instance> Instances)
    {
        public Labels Labels { get; } = LabelsOf(Key);
    }

    private sealed record Instance(InstanceView View, InstanceUsage? Usage, Labels Labels)
    {
        public Instance(ServiceKey key, ServiceState state, InstanceView view, InstanceUsage? usage)
            : this(view, usage, LabelsOf(key).With("instance", view.Id).With("release", view.Release).With("version", state[view.Slot].Release is { } release && release.Digest == view.Release ? release.Version : ""))
        {
        }
    }
}
