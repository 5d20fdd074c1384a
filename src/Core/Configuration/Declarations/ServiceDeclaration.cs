using Fairway.Catalog;
using Fairway.Rollouts;
using Fairway.Traffic;

namespace Fairway.Configuration;

/// <summary>A service: what runs, when it is well, which requests are its own.</summary>
internal static class ServiceDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<ServiceSpec> Declare()
    {
        var check = new DeferredShape<HealthCheck>(HealthDeclaration.Declare);
        return new RecordShape<ServiceSpec>("Service",
            "A service: its artifact, how an instance runs, which requests are its own, and how a new release takes over.",
            new() { Key = new("", ""), Workload = new() { Command = [] }, Rollout = RolloutDeclaration.Usual })
            .Field("path", Scalars.Path("the path of a folder"), "Folder whose files are the artifact, relative to this file.",
                service => service.Path,
                (service, value) => service with { Path = value }).Like("out", "dist", "bin/publish").Not("folder", "dir", "directory",
                    "context", "artifact")
            .Optional("build", Scalars.Command, "Run in this file's folder by `fairway deploy` before the artifact is packed.",
                "nothing is built",
                (service, value) => service with { Build = value }).Like("dotnet publish -c Release -o out", "npm ci")
            .Required("run", Scalars.Command,
                "Starts one instance, in the artifact's folder. `$PORT` is the port it must listen on. Split into words like a "
                    + "shell does, but no shell runs.",
                (service, value) => service with { Workload = service.Workload with { Command = value } }).Like("./shop --port $PORT")
                    .Not("command", "cmd", "start", "exec", "entrypoint")
            .Optional("workingDirectory", Scalars.Word("a folder inside the artifact", "path").Where("a folder inside the artifact",
                OutsideArtifact),
                "Folder inside the artifact where it runs.", "the artifact's root",
                (service, value) => service with { Workload = service.Workload with { WorkingDirectory = value == "." ? ""
                    : value.StartsWith("./", StringComparison.Ordinal) ? value[2..] : value } })
                .Not("workdir", "cwd")
            .Optional("env", new MapShape<string>("variables by name", NameRules.Variables, Scalars.Text("a single value")),
                "Variables for the instances' environment. Values stay as they are written: `yes`, `08` and `1e3` are text.", "none",
                (service, value) => service with { Workload = service.Workload with { Environment = Sorted(value) } })
                    .Not("environment", "variables", "vars")
            .Optional("secrets", new MapShape<string>("references by variable", NameRules.Variables, SecretReference),
                "Variables whose values are secret, as where to find them: `env:NAME` (the control plane's environment) or "
                    + "`file:/path`. Read when an instance starts, never stored.", "none",
                (service, value) => service with { Workload = service.Workload with { Secrets = Sorted(value) } })
                    .Like("env:DB_PASSWORD", "file:/run/secrets/key").Not("secret")
            .Field("instances", Scalars.Whole(1, 1_000), "Instances that serve when no rollout is under way.",
                service => service.Rollout.Instances,
                (service, value) => service with { Rollout = service.Rollout with { Instances = value } }).Not("replicas", "scale", "count")
            .Optional("memory", Scalars.Size.Where(SizeText.Expected, bytes => bytes >= 1 << 20 ? null : ("is less than 1Mi",
                bytes is > 0 and < 1 << 20 ? $"{bytes}Mi" : null)),
                "Memory limit of one instance.", "no limit",
                    (service, value) => service with { Workload = service.Workload with { MemoryBytes = value } }).Like("256Mi")
                    .Not("memoryLimit", "mem")
            .Optional("cpus", Scalars.Number("a number of cores such as 0.5", 1024), "CPU limit of one instance, in cores.", "no limit",
                (service, value) => service with { Workload = service.Workload with { Cpus = value } }).Like("0.5", "2")
                    .Not("cpu", "cpuLimit")
            .Optional("ready", check, "When an instance may receive requests. A path alone is `{ http: path }`.",
                "a TCP connect to its port",
                (service, value) => service with { Workload = service.Workload with { Ready = value } }).Like("/healthz")
                    .Not("readiness", "readinessProbe", "health", "healthcheck")
            .Optional("live", check, "When a running instance must be restarted.", "only when its process ends",
                (service, value) => service with { Workload = service.Workload with { Live = value } }).Like("/livez")
                    .Not("liveness", "livenessProbe")
            .Optional("metrics", new DeferredShape<MetricsEndpoint>(ScrapeDeclaration.Declare), "Where instances show metrics of their own. A path alone is `{ path: path }`.", "nowhere",
                (service, value) => service with { Metrics = value }).Like("/metrics").Not("scrape", "prometheus", "monitoring")
            .Field("stopGrace", Scalars.Time(), "From the polite signal (TERM) to the final one (KILL).",
                service => service.Workload.StopGrace,
                (service, value) => service with { Workload = service.Workload with { StopGrace = value } })
                    .Not("stopTimeout", "gracePeriod", "terminationGracePeriod")
            .Optional("routes", new ListShape<RouteMatch>(new DeferredShape<RouteMatch>(RouteDeclaration.Declare)),
                "Requests that are this service's; any of the routes suffices, and the most specific of all services wins. `[]` is none.",
                "every request, when it is the only service; otherwise none", (service, value) => service with { Routes = value })
                    .Not("route", "hosts", "ingress")
            .Optional("traffic", new DeferredShape<TrafficPolicy>(TrafficDeclaration.Declare), "How the edge treats its requests.", null,
                (service, value) => service with { Traffic = value })
            .Optional("provenance", Scalars.OneOf(("required", true), ("off", false)),
                "`required` ships a release only when it has signed provenance that a key of this control plane made.", "off",
                (service, value) => service with { RequiresProvenance = value }).Not("slsa", "attestation", "signature")
            .Optional("database", new DeferredShape<DatabaseSpec>(DatabaseDeclaration.Declare), "Its database, whose schema changes with its releases.", "none",
                (service, value) => service with { Database = value }).Not("db", "migrations", "postgres")
            .Optional("runbook", Scalars.Word("an address or the path of a file", "path"),
                "What to do when it is ill: an address, or a file relative to this one. The gate's `checklist.runbook` looks that it is there.", "none",
                (service, value) => service with { Runbook = value }).Like("runbooks/shop.md", "https://wiki.example.com/shop").Not("playbook", "docs")
            .Optional("backup", PromiseDeclaration.Backup(), "What it promises of its backups. The gate's `checklist.backup` looks that it is kept.", "nothing",
                (service, value) => service with { Backup = value }).Not("backups")
            .Optional("objectives", PromiseDeclaration.Objectives(), "How many of its events must be good, by the objective's name. Read by the gate's `checklist.objectives` and by policies "
                + "as `budget`.", "none", (service, value) => service with { Objectives = [.. value.Select(pair => pair.Value with { Name = pair.Key })] }).Not("slo", "slos", "objective")
            .Optional("rollout", new DeferredShape<RolloutPolicy>(RolloutDeclaration.Declare), "How a new release takes over.", null,
                (service, value) => service with { Rollout = value with { Instances = service.Rollout.Instances } })
                    .Not("deploy", "strategy", "deployment", "canary")
            .Inspect(VariableChecks.Inspect)
            .Inspect(VerifyDeclaration.InspectRoutes);
    }

    /// <summary>Where a secret is found.</summary>
    public static ScalarShape<string> SecretReference
        => new("`env:NAME` or `file:/path`", "env:NAME or file:/path, never the secret itself",
        text => text.StartsWith("env:", StringComparison.Ordinal) ? NameRules.IsVariableName(text[4..]) ? Parsed.Value(text)
            : Parsed.Malformed<string>(problem: "does not name a variable after env:")
            : text.StartsWith("file:", StringComparison.Ordinal) ? text.Length > 6 && text[5] == '/' ? Parsed.Value(text)
                : Parsed.Malformed<string>(problem: "has no absolute path after file:")
            : Parsed.Malformed<string>(problem: "is not a reference to a secret"),
        value => value,
            () => new() { ["type"] = "string", ["pattern"] = @"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$|\$\{" }) { Secret = true };

    /// <summary>What is wrong with a path that leads out of the artifact.</summary>
    public static (string Problem, string? Suggestion)? OutsideArtifact(string path)
        => path.StartsWith('/') ? ("is not inside the artifact", path.TrimStart('/') is { Length: > 0 } inside ? inside : ".")
            : path.Split('/').Contains("..") ? ("leads out of the artifact", null) : null;

    private static ImmutableSortedDictionary<string, string> Sorted(ImmutableArray<KeyValuePair<string, string>> values)
        => values.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
