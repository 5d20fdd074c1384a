using Fairway.Configuration;

namespace Fairway.Scanning;

/// <summary>Looks at the pods that a manifest makes.</summary>
internal sealed class PodScan(Manifest owner, MappingNode pod, Action<ScanRule, Manifest, ConfigurationNode?, string, string?> report)
{
    private static readonly ImmutableHashSet<string> SafeSysctls =
    [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ];

    private static readonly ImmutableHashSet<string> SafeCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    private static readonly ImmutableArray<string> SensitivePaths = ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/run", "/sys", "/usr", "/var/lib/kubelet", "/var/run"];

    public void All()
    {
        Host();
        foreach (var volume in pod.At("volumes").Items()) Volume(volume);
        foreach (var sysctl in pod.At("securityContext", "sysctls").Items())
            if (sysctl.At("name").AsText() is { } name && !SafeSysctls.Contains(name)) Report(KubernetesRules.Sysctls, sysctl, $"{name} is no safe sysctl.", name);
        if (pod.At("automountServiceAccountToken").AsTruth() != false && (pod.Text("serviceAccountName") ?? pod.Text("serviceAccount") ?? "default") == "default")
            Report(KubernetesRules.Token, pod, "The default service account's token is mounted.", null);
        foreach (var container in pod.At("initContainers").Items()) Container(container, isMain: false);
        foreach (var container in pod.At("containers").Items()) Container(container, isMain: true);
    }

    private void Host()
    {
        foreach (var name in (ReadOnlySpan<string>)["hostNetwork", "hostPID", "hostIPC"])
            if (pod.At(name) is { } shared && shared.AsTruth() == true) Report(KubernetesRules.HostNamespace, shared, $"{name} is on.", name);
    }

    private void Volume(ConfigurationNode volume)
    {
        if (volume.At("hostPath", "path") is not { } node || node.AsText() is not { } path) return;
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (path.EndsWith("docker.sock", StringComparison.Ordinal) || path.EndsWith("containerd.sock", StringComparison.Ordinal) || path.EndsWith("crio.sock", StringComparison.Ordinal))
            Report(KubernetesRules.DockerSock, node, $"{path} is mounted.", path);
        else if (SensitivePaths.Any(known => path == known || (known.Length > 1 && path.StartsWith(known + "/", StringComparison.Ordinal)))) Report(KubernetesRules.HostPath, node, $"{path} of the node is mounted, which others depend on.", path);
        else Report(KubernetesRules.HostPath with { Severity = Severity.Medium }, node, $"{path} of the node is mounted.", path);
    }

    private void Container(ConfigurationNode container, bool isMain)
    {
        var name = container.At("name").AsText() ?? "?";
        Image(container, name);
        Security(container, name);
        Resources(container, name);
        foreach (var port in container.At("ports").Items())
            if (port.At("hostPort") is { } host) Report(KubernetesRules.HostPort, host, $"Container {name} takes port {host.AsText()} of the node.", name);
        foreach (var variable in container.At("env").Items()) Variable(variable, name);
        if (!isMain || !owner.IsLongRunning) return;
        if (container.At("livenessProbe") is null) Report(KubernetesRules.Liveness, container, $"Container {name} has no livenessProbe.", name);
        if (container.At("readinessProbe") is null) Report(KubernetesRules.Readiness, container, $"Container {name} has no readinessProbe.", name);
        foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"]) ProbePort(container, name, probe);
    }

    private void Image(ConfigurationNode container, string name)
    {
        if (container.At("image") is not { } node || node.AsText() is not { Length: > 0 } image) return;
        if (ImageName.Moves(image)) Report(KubernetesRules.LatestTag, node, $"Container {name}: the image {image} may be another one tomorrow.", name);
        else if (!ImageName.HasDigest(image)) Report(KubernetesRules.DigestPin, node, $"Container {name}: the image {image} is named by a tag, which can be moved.", name);
    }

    private void Security(ConfigurationNode container, string name)
    {
        var own = container.At("securityContext");
        var user = (own.At("runAsUser") ?? pod.At("securityContext", "runAsUser")).AsNumber();
        var nonRoot = (own.At("runAsNonRoot") ?? pod.At("securityContext", "runAsNonRoot")).AsTruth();
        if (user == 0) Report(KubernetesRules.RunAsRoot, own ?? container, $"Container {name} runs as root.", name);
        else if (nonRoot != true && user is null) Report(KubernetesRules.RunAsRoot, own ?? container, $"Container {name} may run as root.", name);
        if (own.At("privileged") is { } privileged && privileged.AsTruth() == true) Report(KubernetesRules.Privileged, privileged, $"Container {name} is privileged.", name);
        if (own.At("allowPrivilegeEscalation").AsTruth() != false) Report(KubernetesRules.Escalation, own ?? container, $"Container {name} may gain privileges.", name);
        if (own.At("readOnlyRootFilesystem").AsTruth() != true) Report(KubernetesRules.WritableRoot, own ?? container, $"Container {name} may write to its root file system.", name);
        if ((own.At("seccompProfile", "type") ?? pod.At("securityContext", "seccompProfile", "type")).AsText() is null or "Unconfined")
            Report(KubernetesRules.Seccomp, own ?? container, $"Container {name} may make every system call.", name);
        if (own.At("procMount") is { } mount && mount.AsText() == "Unmasked") Report(KubernetesRules.ProcMount, mount, $"Container {name} sees /proc unmasked.", name);
        var dropped = own.At("capabilities", "drop").Texts();
        if (!dropped.Any(one => one.ToUpperInvariant() is "ALL" or "NET_RAW")) Report(KubernetesRules.Capabilities, own ?? container, $"Container {name} keeps NET_RAW and others.", name);
        foreach (var added in own.At("capabilities", "add").Items())
            if (added.AsText()?.ToUpperInvariant() is { } capability && !SafeCapabilities.Contains(capability.StartsWith("CAP_", StringComparison.Ordinal) ? capability[4..] : capability))
                Report(KubernetesRules.Capabilities with { Severity = Severity.High }, added, $"Container {name} has {capability}.", name);
    }

    private void Resources(ConfigurationNode container, string name)
    {
        var resources = container.At("resources");
        // A limit without a request is also the request.
        foreach (var what in (ReadOnlySpan<string>)["cpu", "memory"])
            if (resources.At("requests", what) is null && resources.At("limits", what) is null) Report(KubernetesRules.Requests, resources ?? container, $"Container {name} asks for no {what}.", $"{name} {what}");
        if (resources.At("limits", "memory") is null) Report(KubernetesRules.Limits, resources ?? container, $"Container {name} has no memory limit.", name);
    }

    private void Variable(ConfigurationNode variable, string name)
    {
        if (variable.At("name").AsText() is not { } called) return;
        if (variable.At("valueFrom", "secretKeyRef") is { } reference) Report(KubernetesRules.SecretFromEnv, reference, $"Container {name}: the secret {called} comes as a variable.", $"{name} {called}");
        else if (variable.At("value").AsText() is { Length: > 0 } value && ImageName.SoundsSecret(called) && !value.StartsWith("$(", StringComparison.Ordinal))
            Report(KubernetesRules.SecretEnv, variable, $"Container {name}: {called} sounds like a secret, and its value stands here.", $"{name} {called}");
    }

    private void ProbePort(ConfigurationNode container, string name, string probe)
    {
        foreach (var way in (ReadOnlySpan<string>)["httpGet", "tcpSocket", "grpc"])
        {
            if (container.At(probe, way, "port") is not { } port || port.AsText() is not { } wanted) continue;
            var ports = container.At("ports").Items();
            if (!ports.Any(one => one.At("containerPort").AsText() == wanted || one.At("name").AsText() == wanted))
                Report(KubernetesRules.ProbePort, port, $"Container {name}: {probe} asks port {wanted}, which it does not name.", $"{name} {probe}");
        }
    }

    private void Report(ScanRule rule, ConfigurationNode? at, string message, string? detail) => report(rule, owner, at, message, detail);
}
