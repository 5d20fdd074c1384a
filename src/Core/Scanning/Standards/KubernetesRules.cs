namespace Fairway.Scanning;

/// <summary>Rules for Kubernetes manifests, as data.</summary>
internal static class KubernetesRules
{
    public static readonly ScanRule LatestTag = new("k8s-latest-tag", "Images have a tag that does not move", Severity.High, "Name a version or a digest.");
    public static readonly ScanRule DigestPin = new("k8s-digest-pin", "Images are named by digest", Severity.Low, "Write the digest behind the tag: image:tag@sha256:…");
    public static readonly ScanRule RunAsRoot = new("k8s-run-as-root", "Containers do not run as root", Severity.High, "Set securityContext.runAsNonRoot: true, and no runAsUser: 0.");
    public static readonly ScanRule Privileged = new("k8s-privileged", "No privileged containers", Severity.Critical, "Take securityContext.privileged out, and add the one capability that is needed.");
    public static readonly ScanRule Escalation = new("k8s-privilege-escalation", "Containers gain no privileges", Severity.Medium, "Set securityContext.allowPrivilegeEscalation: false.");
    public static readonly ScanRule Capabilities = new("k8s-capabilities", "Containers have the capabilities that they need", Severity.Medium, "Set securityContext.capabilities.drop: [ALL] and add what is needed.");
    public static readonly ScanRule WritableRoot = new("k8s-writable-root", "The root file system is read-only", Severity.Low, "Set securityContext.readOnlyRootFilesystem: true and mount an emptyDir where it writes.");
    public static readonly ScanRule HostNamespace = new("k8s-host-namespace", "Pods do not share the node's network, processes or IPC", Severity.High, "Take hostNetwork, hostPID and hostIPC out.");
    public static readonly ScanRule HostPath = new("k8s-host-path", "Pods do not mount the node's files", Severity.High, "Use a volume of the cluster.");
    public static readonly ScanRule DockerSock = new("k8s-docker-sock", "Pods do not mount the container runtime's socket", Severity.Critical, "Take it out: whoever has it is root on the node.");
    public static readonly ScanRule HostPort = new("k8s-host-port", "Containers take no port of the node", Severity.Medium, "Use a Service.");
    public static readonly ScanRule Sysctls = new("k8s-unsafe-sysctls", "No unsafe kernel settings", Severity.High, "Keep to the sysctls that Kubernetes calls safe.");
    public static readonly ScanRule ProcMount = new("k8s-proc-mount", "/proc is masked", Severity.High, "Take procMount out.");
    public static readonly ScanRule Seccomp = new("k8s-seccomp", "System calls are filtered", Severity.Low, "Set securityContext.seccompProfile.type: RuntimeDefault.");
    public static readonly ScanRule Requests = new("k8s-requests", "Containers say what they need", Severity.Medium, "Set resources.requests for cpu and memory.");
    public static readonly ScanRule Limits = new("k8s-limits", "Containers have a memory limit", Severity.Medium, "Set resources.limits.memory.");
    public static readonly ScanRule Liveness = new("k8s-liveness-probe", "Containers that hang are started again", Severity.Low, "Add a livenessProbe that asks the process only, not what it depends on.");
    public static readonly ScanRule Readiness = new("k8s-readiness-probe", "Traffic goes to containers that are ready", Severity.Medium, "Add a readinessProbe.");
    public static readonly ScanRule ProbePort = new("k8s-probe-port", "Probes ask a port that is there", Severity.Medium, "Name one of the container's ports.");
    public static readonly ScanRule Replicas = new("k8s-replicas", "More than one replica", Severity.Low, "Set replicas to 2 or more, or add a HorizontalPodAutoscaler.");
    public static readonly ScanRule Spread = new("k8s-spread", "Replicas are on several nodes", Severity.Low, "Add topologySpreadConstraints or a podAntiAffinity.");
    public static readonly ScanRule Strategy = new("k8s-update-strategy", "Updates keep capacity", Severity.Low, "Use RollingUpdate.");
    public static readonly ScanRule NoBudget = new("k8s-disruption-budget", "A disruption budget guards the replicas", Severity.Low, "Add a PodDisruptionBudget that selects its pods.");
    public static readonly ScanRule BadBudget = new("k8s-disruption-budget-stuck", "Disruption budgets let a node be drained", Severity.Medium, "Leave room for at least one pod to go.");
    public static readonly ScanRule NetworkPolicy = new("k8s-network-policy", "A network policy guards the pods", Severity.Low, "Add a NetworkPolicy that selects them.");
    public static readonly ScanRule SecretEnv = new("k8s-secret-env", "No secrets written into env", Severity.High, "Use valueFrom.secretKeyRef, or better a mounted file.");
    public static readonly ScanRule SecretFromEnv = new("k8s-secret-from-env", "Secrets come as files", Severity.Info, "Mount the secret: variables are inherited and logged.");
    public static readonly ScanRule SecretManifest = new("k8s-secret-manifest", "No secrets in manifests", Severity.High, "Keep the value in a secret store; Base64 hides nothing.");
    public static readonly ScanRule ClusterAdmin = new("k8s-cluster-admin", "Nobody is bound to cluster-admin", Severity.High, "Bind a role with what is needed.");
    public static readonly ScanRule Wildcard = new("k8s-wildcard-rbac", "Roles name what they allow", Severity.High, "Write the verbs, resources and groups instead of *.");
    public static readonly ScanRule ReadsSecrets = new("k8s-access-to-secrets", "Roles do not read all secrets", Severity.Medium, "Name the secrets by resourceNames.");
    public static readonly ScanRule CreatesPods = new("k8s-create-pods", "Roles do not create pods", Severity.Medium, "Let a controller do it: whoever creates pods can become any service account of the namespace.");
    public static readonly ScanRule Token = new("k8s-service-account-token", "Pods get a token only if they use it", Severity.Low, "Set automountServiceAccountToken: false.");
    public static readonly ScanRule DefaultNamespace = new("k8s-default-namespace", "Objects do not live in the namespace default", Severity.Low, "Give them a namespace of their own.");
    public static readonly ScanRule Owner = new("k8s-owner", "Workloads have an owner", Severity.Info, "Add the label owner, or app.kubernetes.io/part-of.");
    public static readonly ScanRule Selector = new("k8s-selector-mismatch", "A workload's selector chooses its own pods", Severity.High, "Make spec.selector.matchLabels a part of the template's labels.");
    public static readonly ScanRule Dangling = new("k8s-dangling-reference", "What is referred to is there", Severity.Medium, "Mend the name, or add what it names.");
    public static readonly ScanRule TargetPort = new("k8s-target-port", "Services lead to a port that is there", Severity.Medium, "Name one of the container's ports.");
    public static readonly ScanRule Syntax = new("k8s-syntax", "Manifests can be read", Severity.Medium, "Mend the YAML.");

    /// <summary>All of them.</summary>
    public static readonly ImmutableArray<ScanRule> All =
    [
        LatestTag, DigestPin, RunAsRoot, Privileged, Escalation, Capabilities, WritableRoot, HostNamespace, HostPath, DockerSock, HostPort, Sysctls, ProcMount, Seccomp, Requests,
        Limits, Liveness, Readiness, ProbePort, Replicas, Spread, Strategy, NoBudget, BadBudget, NetworkPolicy, SecretEnv, SecretFromEnv, SecretManifest, ClusterAdmin, Wildcard,
        ReadsSecrets, CreatesPods, Token, DefaultNamespace, Owner, Selector, Dangling, TargetPort, Syntax,
    ];
}
