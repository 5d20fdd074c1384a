using System.Globalization;
using Fairway.Configuration;

namespace Fairway.Scanning;

/// <summary>Looks at manifests, one by one and together: what one refers to may stand in another file.</summary>
internal sealed class KubernetesScan
{
    private readonly ImmutableArray<Manifest> _all;
    private readonly List<Finding> _found = [];

    private KubernetesScan(ImmutableArray<Manifest> all) => _all = all;

    public static List<Finding> Scan(ImmutableArray<Manifest> all)
    {
        var scan = new KubernetesScan(all);
        foreach (var one in all) scan.One(one);
        return scan._found;
    }

    private void One(Manifest one)
    {
        if (one.Namespace == "default") Report(KubernetesRules.DefaultNamespace, one, one.Root, $"{one.Subject} is in the namespace default.", null);
        if (one.PodSpec is { } pod)
        {
            new PodScan(one, pod, Report).All();
            Workload(one, pod);
        }
        switch (one.Kind)
        {
            case "Secret": Secret(one); break;
            case "ClusterRoleBinding" or "RoleBinding":
                if (one.Root.At("roleRef", "name") is { } role && role.AsText() == "cluster-admin") Report(KubernetesRules.ClusterAdmin, one, role, $"{one.Subject} gives everything.", null);
                break;
            case "ClusterRole" or "Role": Role(one); break;
            case "Service": Service(one); break;
            case "Ingress": Ingress(one); break;
            case "HorizontalPodAutoscaler": Autoscaler(one); break;
            case "PodDisruptionBudget": Budget(one); break;
            case "NetworkPolicy":
                if (one.Root.At("spec", "podSelector") is MappingNode { Entries.IsEmpty: false } chosen && !Workloads(one).Any(other => chosen.Selects(other.PodLabels)))
                    Report(KubernetesRules.Dangling, one, chosen, $"{one.Subject} selects no pods of these manifests.", null);
                break;
            default: break;
        }
    }

    private void Workload(Manifest one, MappingNode pod)
    {
        var labels = one.PodLabels;
        if (one.Root.At("spec", "selector") is { } selector && one.Kind is "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" && !selector.Selects(labels))
            Report(KubernetesRules.Selector, one, selector, $"{one.Subject} selects other pods than it makes.", null);
        if (!Peers(one, "NetworkPolicy").Any(policy => (policy.Root.At("spec", "podSelector") ?? policy.Root).Selects(labels)))
            Report(KubernetesRules.NetworkPolicy, one, one.Root, $"No network policy selects the pods of {one.Subject}.", null);
        if ((pod.Text("serviceAccountName") ?? "default") is not "default" and var account && !Peers(one, "ServiceAccount").Any(other => other.Name == account))
            Report(KubernetesRules.Dangling, one, pod.At("serviceAccountName"), $"{one.Subject} runs as the service account {account}, which is not in these manifests.", account);
        if (one.IsLongRunning && !one.Root.At("metadata", "labels").AsLabels().Keys.Any(name => name is "owner" or "team" or "app.kubernetes.io/part-of" or "app.kubernetes.io/managed-by"))
            Report(KubernetesRules.Owner, one, one.Root, $"{one.Subject} names no owner.", null);
        if (one.Kind is not ("Deployment" or "StatefulSet")) return;
        var scaled = Peers(one, "HorizontalPodAutoscaler").FirstOrDefault(scaler => Targets(scaler, one));
        var replicas = scaled is null ? one.Root.At("spec", "replicas").AsNumber() ?? 1 : scaled.Root.At("spec", "minReplicas").AsNumber() ?? 1;
        if (replicas == 1) Report(KubernetesRules.Replicas, one, one.Root.At("spec", "replicas") ?? one.Root, $"{one.Subject} has one replica: every restart is an outage.", null);
        if (replicas > 1 && pod.At("affinity", "podAntiAffinity") is null && pod.At("topologySpreadConstraints") is null)
            Report(KubernetesRules.Spread, one, one.Root, $"All replicas of {one.Subject} may be on one node.", null);
        if (replicas > 1 && !Peers(one, "PodDisruptionBudget").Any(budget => budget.Root.At("spec", "selector").Selects(labels)))
            Report(KubernetesRules.NoBudget, one, one.Root, $"No disruption budget guards {one.Subject}.", null);
        if (one.Root.At("spec", "strategy", "type") is { } strategy && strategy.AsText() == "Recreate") Report(KubernetesRules.Strategy, one, strategy, $"{one.Subject} stops everything before it starts anything.", null);
    }

    private void Secret(Manifest one)
    {
        foreach (var name in (ReadOnlySpan<string>)["data", "stringData"])
            if (one.Root.At(name) is MappingNode { Entries.IsEmpty: false } values && values.Entries.Any(entry => entry.Value.AsText() is { Length: > 0 } text && !text.Contains("{{", StringComparison.Ordinal) && !text.StartsWith('$')))
                Report(KubernetesRules.SecretManifest, one, values, $"{one.Subject} holds its values.", name);
    }

    private void Role(Manifest one)
    {
        foreach (var rule in one.Root.At("rules").Items())
        {
            var (verbs, resources) = (rule.At("verbs").Texts(), rule.At("resources").Texts());
            if (verbs.Contains("*", StringComparer.Ordinal) || resources.Contains("*", StringComparer.Ordinal) || rule.At("apiGroups").Texts().Contains("*", StringComparer.Ordinal)) Report(KubernetesRules.Wildcard, one, rule, $"{one.Subject} allows what nobody has named.", null);
            if (resources.Contains("secrets", StringComparer.Ordinal) && rule.At("resourceNames").Texts().IsEmpty && verbs.Any(verb => verb is "get" or "list" or "watch" or "*"))
                Report(KubernetesRules.ReadsSecrets, one, rule, $"{one.Subject} reads every secret.", null);
            if (resources.Contains("pods", StringComparer.Ordinal) && verbs.Contains("create", StringComparer.Ordinal)) Report(KubernetesRules.CreatesPods, one, rule, $"{one.Subject} creates pods.", null);
        }
    }

    private void Service(Manifest one)
    {
        if (one.Root.At("spec", "selector") is not MappingNode { Entries.IsEmpty: false } selector) return;
        var chosen = Workloads(one).Where(other => selector.SelectsPlainly(other.PodLabels)).ToArray();
        if (chosen.Length == 0)
        {
            Report(KubernetesRules.Dangling, one, selector, $"{one.Subject} selects no pods of these manifests.", null);
            return;
        }
        var ports = chosen.SelectMany(other => other.PodSpec.At("containers").Items()).SelectMany(container => container.At("ports").Items()).ToArray();
        foreach (var port in one.Root.At("spec", "ports").Items())
            if ((port.At("targetPort") ?? port.At("port")) is { } target && target.AsText() is { } wanted && ports.Length > 0
                && !ports.Any(open => open.At("containerPort").AsText() == wanted || open.At("name").AsText() == wanted))
                Report(KubernetesRules.TargetPort, one, target, $"{one.Subject} leads to port {wanted}, which its pods do not name.", wanted);
    }

    private void Ingress(Manifest one)
    {
        var rules = one.Root.At("spec", "rules").Items().SelectMany(rule => rule.At("http", "paths").Items()).Select(path => path.At("backend"));
        foreach (var backend in rules.Append(one.Root.At("spec", "defaultBackend")))
            if (backend.At("service", "name") is { } node && node.AsText() is { } name && !Peers(one, "Service").Any(service => service.Name == name))
                Report(KubernetesRules.Dangling, one, node, $"{one.Subject} leads to the service {name}, which is not in these manifests.", name);
    }

    private void Autoscaler(Manifest one)
    {
        if (!Workloads(one).Any(other => Targets(one, other)))
            Report(KubernetesRules.Dangling, one, one.Root.At("spec", "scaleTargetRef") ?? one.Root, $"{one.Subject} scales nothing of these manifests.", null);
    }

    private void Budget(Manifest one)
    {
        var chosen = Workloads(one).Where(other => one.Root.At("spec", "selector").Selects(other.PodLabels)).ToArray();
        if (chosen.Length == 0) Report(KubernetesRules.Dangling, one, one.Root.At("spec", "selector") ?? one.Root, $"{one.Subject} selects no pods of these manifests.", null);
        var replicas = chosen.Select(other => other.Root.At("spec", "replicas").AsNumber() ?? 1).DefaultIfEmpty(long.MaxValue).Max();
        if (one.Root.At("spec", "minAvailable") is { } least && (least.AsText() == "100%" || least.AsNumber() >= replicas)) Report(KubernetesRules.BadBudget, one, least, $"{one.Subject} lets no pod go.", null);
        if (one.Root.At("spec", "maxUnavailable") is { } most && most.AsText() is "0" or "0%") Report(KubernetesRules.BadBudget, one, one.Root.At("spec", "maxUnavailable"), $"{one.Subject} lets no pod go.", null);
    }

    private static bool Targets(Manifest scaler, Manifest workload)
        => scaler.Root.At("spec", "scaleTargetRef", "kind").AsText() == workload.Kind && scaler.Root.At("spec", "scaleTargetRef", "name").AsText() == workload.Name;

    private IEnumerable<Manifest> Workloads(Manifest near) => _all.Where(other => other.PodSpec is not null && SameNamespace(near, other));

    private IEnumerable<Manifest> Peers(Manifest near, string kind) => _all.Where(other => other.Kind == kind && SameNamespace(near, other));

    // One that names none goes wherever it is applied.
    private static bool SameNamespace(Manifest one, Manifest other) => one.Namespace is null || other.Namespace is null || one.Namespace == other.Namespace;

    private void Report(ScanRule rule, Manifest owner, ConfigurationNode? at, string message, string? detail)
    {
        var place = (at ?? owner.Root).At;
        _found.Add(new(rule.Id, rule.Severity, message, owner.Path, Math.Max(1, place.Line))
        {
            Column = place.Column, Subject = owner.Subject, Mend = rule.Mend,
            Fingerprint = string.Create(CultureInfo.InvariantCulture, $"{owner.Path}:{rule.Id}:{owner.Subject}:{detail}"),
        });
    }
}
