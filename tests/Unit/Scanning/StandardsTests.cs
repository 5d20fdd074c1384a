using Fairway.Adapters.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Scanning;

public sealed class StandardsTests
{
    [Fact]
    public void A_Dockerfile_is_read_with_directives_continuations_heredocs_and_stages()
    {
        var file = DockerfileReader.Read("""
            # syntax=docker/dockerfile:1
            # escape=`
            ARG TAG=12
            FROM debian:${TAG} AS Build
            RUN apt-get update `
              # why
              && true
            COPY <<EOF <<-"END" /dst/
            RUN not an instruction
            EOF
            	x
            	END
            COPY --from=0 --chown=1:1 ["a b", "/c"]
            FROM build
            CMD ["x"]
            """);

        Assert.Empty(file.Problems);
        Assert.Equal(["debian:12", "build"], file.Stages.Select(stage => stage.Image));
        var build = file.Stages[0];
        Assert.Equal(("build", "apt-get update    && true", 5, 7), (build.Name, build.Instructions[0].Arguments, build.Instructions[0].Line, build.Instructions[0].EndLine));
        Assert.Equal(["RUN not an instruction\n", "x\n"], build.Instructions[1].Heredocs.Select(heredoc => heredoc.Text));
        Assert.Equal(("0", "a b"), (build.Instructions[2].Flags["from"], build.Instructions[2].Exec!.Value[0]));
    }

    [Theory]
    [InlineData("FROM a\nUSER 1\nHEALTHCHECK NONE", "docker-latest-tag")]
    [InlineData("FROM a:latest\nUSER 1\nHEALTHCHECK NONE", "docker-latest-tag")]
    [InlineData("FROM r:5000/a\nUSER 1\nHEALTHCHECK NONE", "docker-latest-tag")]
    [InlineData("FROM a:1\nUSER 1\nHEALTHCHECK NONE", "docker-digest-pin")]
    [InlineData("FROM a@sha256:1\nHEALTHCHECK NONE", "docker-root-user")]
    [InlineData("FROM a@sha256:1\nUSER 1\nUSER root:root\nHEALTHCHECK NONE", "docker-root-user")]
    [InlineData("FROM a@sha256:1\nUSER 1", "docker-healthcheck")]
    [InlineData("FROM a@sha256:1\nRUN sudo x\nUSER 1\nHEALTHCHECK NONE", "docker-sudo")]
    [InlineData("FROM a@sha256:1\nRUN curl https://x | bash\nUSER 1\nHEALTHCHECK NONE", "docker-pipe-to-shell")]
    [InlineData("FROM a@sha256:1\nRUN go build ./...\nUSER 1\nHEALTHCHECK NONE", "docker-multi-stage")]
    [InlineData("FROM a@sha256:1\nENV A=1 DB_PASSWORD=x\nUSER 1\nHEALTHCHECK NONE", "docker-secret-env")]
    [InlineData("FROM a@sha256:1\nARG NPM_TOKEN\nUSER 1\nHEALTHCHECK NONE", "docker-secret-env")]
    [InlineData("FROM a@sha256:1\nCOPY .env /app/\nUSER 1\nHEALTHCHECK NONE", "docker-secret-file")]
    [InlineData("FROM a@sha256:1\nRUN apt-get update\nUSER 1\nHEALTHCHECK NONE", "docker-apt-update")]
    [InlineData("FROM a@sha256:1\nRUN apt-get install --no-install-recommends b && rm -rf /var/lib/apt/lists/*\nUSER 1\nHEALTHCHECK NONE", "docker-apt-yes")]
    [InlineData("FROM a@sha256:1\nRUN pip install flask\nUSER 1\nHEALTHCHECK NONE", "docker-unpinned-package")]
    [InlineData("FROM a@sha256:1\nADD src /src\nUSER 1\nHEALTHCHECK NONE", "docker-add")]
    [InlineData("FROM a@sha256:1\nADD https://x/y /y\nUSER 1\nHEALTHCHECK NONE", "docker-add-remote")]
    [InlineData("FROM a@sha256:1\nWORKDIR app\nUSER 1\nHEALTHCHECK NONE", "docker-workdir")]
    [InlineData("FROM a@sha256:1\nUSER 1\nHEALTHCHECK NONE\nCMD run it", "docker-shell-form")]
    [InlineData("FROM a@sha256:1\nUSER 1\nHEALTHCHECK NONE\nCMD [\"a\"]\nCMD [\"b\"]", "docker-repeated")]
    [InlineData("FROM a@sha256:1\nUSER 1\nHEALTHCHECK NONE\nEXPOSE 70000", "docker-port")]
    [InlineData("FROM a@sha256:1\nUSER 1\nHEALTHCHECK NONE\nCOPY --from=nope a b", "docker-copy-from")]
    [InlineData("FROM a@sha256:1\nRUN chmod -R 777 /x\nUSER 1\nHEALTHCHECK NONE", "docker-chmod-777")]
    [InlineData("USE a", "docker-syntax")]
    public void Each_mistake_in_a_Dockerfile_is_found(string text, string rule)
        => Assert.Contains(rule, StandardsScan.ScanDockerfile("Dockerfile", text).Select(finding => finding.Rule));

    [Fact]
    public void A_good_Dockerfile_has_no_findings()
        => Assert.Empty(StandardsScan.ScanDockerfile("Dockerfile", """
            FROM golang:1.22@sha256:1 AS build
            WORKDIR /src
            RUN --mount=type=secret,id=npm go build ./...
            FROM scratch
            COPY --from=build /src/app /app
            USER 65532:65532
            EXPOSE 8080
            HEALTHCHECK CMD ["/app", "check"]
            ENTRYPOINT ["/app"]
            """));

    [Fact]
    public void A_comment_allows_a_finding()
    {
        var found = StandardsScan.ScanDockerfile("Dockerfile", "# fairway:allow docker-latest-tag, docker-root-user\nFROM a\nHEALTHCHECK NONE");

        Assert.Equal([true, true], found.Where(finding => finding.Rule is "docker-latest-tag" or "docker-root-user").Select(finding => finding.Suppressed is not null));
    }

    private const string Good = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: shop, namespace: shop, labels: { owner: anna } }
        spec:
          replicas: 3
          selector: { matchLabels: { app: shop } }
          template:
            metadata: { labels: { app: shop } }
            spec:
              automountServiceAccountToken: false
              topologySpreadConstraints: [{ maxSkew: 1 }]
              securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
              containers:
                - name: web
                  image: r.example/shop:1@sha256:1
                  ports: [{ name: http, containerPort: 8080 }]
                  resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { memory: 64Mi } }
                  livenessProbe: { httpGet: { path: /, port: http } }
                  readinessProbe: { tcpSocket: { port: 8080 } }
                  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: { name: shop, namespace: shop }
        spec: { minAvailable: 2, selector: { matchLabels: { app: shop } } }
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: { name: shop, namespace: shop }
        spec: { podSelector: {} }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: shop, namespace: shop }
        spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: http }] }
        """;

    [Fact]
    public void Good_manifests_have_no_findings() => Assert.Empty(Manifests(Good));

    [Theory]
    [InlineData("shop:1@sha256:1", "shop:latest", "k8s-latest-tag")]
    [InlineData("shop:1@sha256:1", "shop:1", "k8s-digest-pin")]
    [InlineData("runAsNonRoot: true, ", "", "k8s-run-as-root")]
    [InlineData("runAsNonRoot: true", "runAsUser: 0", "k8s-run-as-root")]
    [InlineData("allowPrivilegeEscalation: false", "privileged: true", "k8s-privileged")]
    [InlineData("allowPrivilegeEscalation: false, ", "", "k8s-privilege-escalation")]
    [InlineData("drop: [ALL]", "add: [SYS_ADMIN]", "k8s-capabilities")]
    [InlineData("readOnlyRootFilesystem: true, ", "", "k8s-writable-root")]
    [InlineData(", seccompProfile: { type: RuntimeDefault }", "", "k8s-seccomp")]
    [InlineData("automountServiceAccountToken: false", "hostNetwork: true", "k8s-host-namespace")]
    [InlineData("automountServiceAccountToken: false", "volumes: [{ name: d, hostPath: { path: /var/run/docker.sock } }]", "k8s-docker-sock")]
    [InlineData("automountServiceAccountToken: false", "volumes: [{ name: d, hostPath: { path: /etc } }]", "k8s-host-path")]
    [InlineData("automountServiceAccountToken: false", "serviceAccountName: nobody", "k8s-dangling-reference")]
    [InlineData("automountServiceAccountToken: false", "dnsPolicy: None", "k8s-service-account-token")]
    [InlineData("requests: { cpu: 100m, memory: 64Mi }, ", "", "k8s-requests")]
    [InlineData(", limits: { memory: 64Mi }", "", "k8s-limits")]
    [InlineData("livenessProbe:", "startupProbe:", "k8s-liveness-probe")]
    [InlineData("readinessProbe:", "startupProbe:", "k8s-readiness-probe")]
    [InlineData("tcpSocket: { port: 8080 }", "tcpSocket: { port: 8081 }", "k8s-probe-port")]
    [InlineData("containerPort: 8080", "containerPort: 8080, hostPort: 80", "k8s-host-port")]
    [InlineData("replicas: 3", "replicas: 1", "k8s-replicas")]
    [InlineData("topologySpreadConstraints", "nodeSelectorTerms", "k8s-spread")]
    [InlineData("minAvailable: 2", "minAvailable: 3", "k8s-disruption-budget-stuck")]
    [InlineData("minAvailable: 2", "maxUnavailable: 0", "k8s-disruption-budget-stuck")]
    [InlineData("kind: PodDisruptionBudget", "kind: Other", "k8s-disruption-budget")]
    [InlineData("podSelector: {}", "podSelector: { matchLabels: { app: other } }", "k8s-network-policy")]
    [InlineData("resources:", "env: [{ name: DB_PASSWORD, value: x }]\n          resources:", "k8s-secret-env")]
    [InlineData("targetPort: http", "targetPort: web", "k8s-target-port")]
    [InlineData("selector: { app: shop }, ports", "selector: { app: other }, ports", "k8s-dangling-reference")]
    [InlineData("template:\n    metadata: { labels: { app: shop } }", "template:\n    metadata: { labels: { app: other } }", "k8s-selector-mismatch")]
    [InlineData(", labels: { owner: anna }", "", "k8s-owner")]
    [InlineData("namespace: shop, labels", "namespace: default, labels", "k8s-default-namespace")]
    [InlineData("kind: NetworkPolicy", "kind: [", "k8s-syntax")]
    public void Each_mistake_in_a_manifest_is_found(string good, string bad, string rule)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        Assert.Contains(rule, Manifests(Good.Replace(good, bad, StringComparison.Ordinal)).Select(finding => finding.Rule));
    }

    [Theory]
    [InlineData("kind: ClusterRoleBinding\nroleRef: { name: cluster-admin }", "k8s-cluster-admin")]
    [InlineData("kind: Role\nrules: [{ apiGroups: [''], resources: ['*'], verbs: [get] }]", "k8s-wildcard-rbac")]
    [InlineData("kind: Role\nrules: [{ apiGroups: [''], resources: [secrets], verbs: [list] }]", "k8s-access-to-secrets")]
    [InlineData("kind: Role\nrules: [{ apiGroups: [''], resources: [pods], verbs: [create] }]", "k8s-create-pods")]
    [InlineData("kind: Secret\nstringData: { a: b }", "k8s-secret-manifest")]
    [InlineData("kind: Ingress\nspec: { rules: [{ http: { paths: [{ backend: { service: { name: gone } } }] } }] }", "k8s-dangling-reference")]
    [InlineData("kind: HorizontalPodAutoscaler\nspec: { scaleTargetRef: { kind: Deployment, name: gone } }", "k8s-dangling-reference")]
    public void Other_objects_are_looked_at_too(string rest, string rule)
        => Assert.Contains(rule, Manifests("apiVersion: v1\nmetadata: { name: x }\n" + rest).Select(finding => finding.Rule));

    [Fact]
    public void A_list_is_looked_into_and_a_comment_allows_a_finding()
    {
        var found = Manifests("apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata: { name: x }\n    # fairway:allow k8s-secret-manifest\n    stringData: { a: b }\n");

        Assert.NotNull(Assert.Single(found).Suppressed);
    }

    [Fact]
    public void Any_text_is_a_Dockerfile_or_told()
    {
        string[] parts = ["FROM ", "RUN ", "COPY ", "<<EOF", "\n", "\\\n", "EOF", "[\"a\"]", "--from=", "a", ":", "#", "ARG ", "$A", "${", "}", "ENV ", "EXPOSE ", "22", "=", " AS ", "USER "];
        Prop.ForAll<int[]>(picks => StandardsScan.ScanDockerfile("Dockerfile", string.Concat(picks.Select(pick => parts[(pick & int.MaxValue) % parts.Length]))).Length >= 0).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_manifest_is_looked_at_without_harm()
    {
        string[] parts = ["apiVersion: v1\n", "kind: Deployment\n", "kind: Service\n", "spec:\n", "  template: 1\n", "  template: { spec: { containers: [1, {}, null, { ports: x, env: [{}], image: [] }] } }\n", "  selector: []\n", "  ports: [{}]\n", "---\n", "metadata: []\n", "rules: [{}, 1]\n", "kind: Role\n", "data: { a: [] }\n", "kind: Secret\n"];
        Prop.ForAll<int[]>(picks => Manifests(string.Concat(picks.Select(pick => parts[(pick & int.MaxValue) % parts.Length]))).Length >= 0).QuickCheckThrowOnFailure();
    }

    private static System.Collections.Immutable.ImmutableArray<Finding> Manifests(string text) => StandardsScan.ScanManifests([ManifestYaml.Read("k8s.yaml", text)]);
}
