using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Declarations;

/// <summary>A job.</summary>
internal static class JobDeclaration
{
    private static readonly RetryPolicy Once = new();

    /// <summary>The declaration.</summary>
    public static RecordShape<PipelineJob> Declare()
    {
        var files = new ListShape<string>(PipelineScalars.Files, orOne: true);
        return new RecordShape<PipelineJob>("Job", "Steps that run one after the other in a sandbox of their own, on a copy of the checkout.", new() { Id = "" })
            .Optional("name", PipelineScalars.Template("a name", ExpressionScopes.JobName), "Name for people.", "its id", (job, value) => job with { Name = value })
            .Optional("stage", Scalars.Word("a stage"), "Its stage.", "none", (job, value) => job with { Stage = value })
            .Optional("needs", new ListShape<string>(Scalars.Word("a job's id", "job"), orOne: true), "Jobs that must end before it. `[]` is none, whatever its stage.",
                "every job of earlier stages", (job, value) => job with { Needs = value }).Like("build").Not("depends_on", "dependsOn", "after", "dependencies")
            .Optional("if", PipelineScalars.Condition(ExpressionScopes.JobIf), "Whether it runs.", "`success()`", (job, value) => job with { If = value }).Not("when", "rules", "only")
            .Optional("matrix", new MatrixShape(), "A job for each combination of values; `include` adds, `exclude` takes out. `failFast: false` lets the others go on when one has failed; "
                + "`maxParallel` limits how many run at once.", "once", (job, value) => job with { Matrix = value }).Not("strategy")
            .Optional("env", PipelineScalars.Variables(ExpressionScopes.JobEnv), "Variables of every step.", "none", (job, value) => job with { Env = value }).Not("environment", "variables")
            .Optional("secrets", PipelineScalars.Dictionary(new MapShape<string>("references to secrets by variable", NameRules.Variables, PipelineScalars.SecretReference)),
                "Variables whose values are secret, as where to find them.", "none", (job, value) => job with { Secrets = value })
            .Optional("run", PipelineScalars.Template("a script", ExpressionScopes.StepText, "script"), "The script, for a job of one step.", null,
                (job, value) => job with { Steps = [new() { Action = new StepAction.Run(value) }] }).Like("make test").Not("script", "command")
            .Optional("steps", new ListShape<PipelineStep>(StepDeclaration.Declare()) { AtLeast = 1 }, "What it does, in this order.", null, (job, value) => job with { Steps = value })
            .Optional("shell", PipelineScalars.Shell, "What reads scripts.", "`sh`", (job, value) => job with { Defaults = job.Defaults with { Shell = value } }).Like("bash")
            .Optional("workingDirectory", PipelineScalars.Template("a folder", ExpressionScopes.StepText, "path"), "Where scripts run, relative to the checkout.", "its root",
                (job, value) => job with { Defaults = job.Defaults with { WorkingDirectory = value } }).Not("working-directory", "dir")
            .Optional("outputs", PipelineScalars.Dictionary(new MapShape<string>("values by name", PipelineScalars.Ids, PipelineScalars.Template("a value", ExpressionScopes.JobOutputs))),
                "Values for later jobs, read there as `needs.JOB.outputs.NAME`.", "none", (job, value) => job with { Outputs = value })
            .Optional("inputs", files, "Files it reads. It gets only these, and runs again only when one of them changed.", "every file", (job, value) => job with { Inputs = value })
                .Like("src/**").Not("sources", "paths", "changes")
            .Optional("artifacts", new MapShape<JobArtifact>("patterns of files by name", PipelineScalars.Ids, Artifact).To(
                    pairs => (ImmutableArray<JobArtifact>)[.. pairs.Select(pair => pair.Value with { Name = pair.Key })], _ => []),
                "Files it makes, for later jobs and for people. Jobs that need it find them at the same paths.", "none", (job, value) => job with { Artifacts = value })
            .Optional("reports", new ListShape<JobReport>(Report, orOne: true), "Test results (JUnit, TRX), coverage (Cobertura, lcov) and findings (SARIF) to read. A failed test fails the job.",
                "none", (job, value) => job with { Reports = value }).Like("results/*.xml")
            .Optional("image", ImageDeclaration.Declare(), "Image that its steps run in, by Podman. A name alone is `{ name: … }`.", "none: the programs of this machine",
                (job, value) => job with { Sandbox = job.Sandbox with { Image = value.Name, Container = value.Settings } }).Like("docker.io/library/node:22").Not("container")
            .Optional("services", new MapShape<JobService>("services by name", NameRules.Services, Service).To(
                    pairs => (ImmutableArray<JobService>)[.. pairs.Select(pair => pair.Value with { Name = pair.Key })], _ => []),
                "Programs it talks to on localhost.", "none", (job, value) => job with { Services = value })
            .Optional("sandbox", Sandbox, "What it may reach and use.", "the network, 1024 processes", (job, value) => job with { Sandbox = value with { Image = job.Sandbox.Image, Container = job.Sandbox.Container } })
            .Optional("cache", Cache, "Whether the result of an earlier run with the same inputs is taken. Say `false` when it needs the network, the time or luck.", "`true`",
                (job, value) => job with { Cache = value })
            .Field("timeout", Scalars.Time(zero: false), "Longest time of one attempt.", job => job.Timeout, (job, value) => job with { Timeout = value }).Not("timeout-minutes")
            .Optional("retry", Retry, "How often a failed attempt is repeated.", "never", (job, value) => job with { Retry = value }).Like("2").Not("retries", "attempts")
            .Field("onInterrupt", Scalars.OneOf(("restart", InterruptedPolicy.Restart), ("fail", InterruptedPolicy.Fail)),
                "What becomes of it when the runner was killed meanwhile: `fail` for what must not happen twice.", job => job.OnInterrupt, (job, value) => job with { OnInterrupt = value })
            .Optional("continueOnError", PipelineScalars.Condition(ExpressionScopes.JobContinueOnError, "true, false or an expression"), "Whether its failure leaves the run a success.",
                "`false`", (job, value) => job with { ContinueOnError = value }).Not("continue-on-error", "allowFailure", "allow_failure")
            .Optional("concurrency", PipelineDeclaration.Concurrency(ExpressionScopes.JobConcurrency), "Jobs of one group do not overlap, in this run and in others.", "any number at once",
                (job, value) => job with { Concurrency = value })
            .Optional("scan", Scalars.OneOf(("secrets", ScanKind.Secrets), ("standards", ScanKind.Standards), ("dependencies", ScanKind.Dependencies)),
                "A scan of Fairway's own instead of steps.", null, (job, value) => job with { Scan = value })
            .Optional("release", Release, "Makes a release of its files when it succeeded, on a control plane.", "none", (job, value) => job with { Ship = value }).Not("deploy", "publish")
            .OneOf("run", "steps", "scan")
            .Inspect(Inspect);
    }

    private static void Inspect(MappingNode node, Binder binder)
    {
        if (node.Find("run") is null && node.Find("steps") is null && node.Find("scan") is null)
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, binder.Owner ?? node.At, $"job {binder.Name} does nothing", "run, steps or scan");
        if (node.Find("scan") is not null && node.Find("image") is { } image)
            binder.Diagnostics.Error(DiagnosticCodes.ChooseOne, image.Key.At, "a scan runs in no image", "no image, or steps");
        if (node.Find("release") is { } release && node.Find("artifacts") is null)
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, release.Key.At, "nothing is there to be released", "artifacts beside release");
    }

    private static Shape<JobArtifact> Artifact
    {
        get
        {
            var paths = new ListShape<string>(PipelineScalars.Files, orOne: true);
            return new ShorthandShape<JobArtifact>(new RecordShape<JobArtifact>("Job artifact", "Files that a job makes. Patterns alone are `{ paths: patterns }`.", new("", []))
                .Optional("paths", paths, "Patterns; `!` before one takes files out.", null, (artifact, value) => artifact with { Paths = value }).Like("dist/**").Not("path", "files")
                .Optional("image", PipelineScalars.Files, "Folder of a container image's OCI layout, instead of patterns.", null,
                    (artifact, value) => artifact with { Image = value.TrimEnd('/'), Paths = [value.TrimEnd('/')] }).Like("build/image").Not("layout")
                .Field("optional", Scalars.Switch, "Whether it is no failure when there are none.", artifact => artifact.Optional, (artifact, value) => artifact with { Optional = value })
                .OneOf("paths", "image")
                .Inspect((node, binder) =>
                {
                    if (node.Find("paths") is null && node.Find("image") is null)
                        binder.Diagnostics.Error(DiagnosticCodes.MissingField, binder.Owner ?? node.At, $"artifact {binder.Name} has no files", "paths or image");
                }), "paths", paths);
        }
    }

    private static Shape<JobReport> Report => new ShorthandShape<JobReport>(new RecordShape<JobReport>("Report", "Reports that a job writes. A pattern alone is `{ paths: pattern }`.", new([]))
        .Required("paths", new ListShape<string>(PipelineScalars.Files, orOne: true), "Patterns.", (report, value) => report with { Paths = value }).Like("results/*.xml").Not("path", "files")
        .Field("format", Scalars.OneOf(("auto", ReportFormat.Auto), ("junit", ReportFormat.JUnit), ("trx", ReportFormat.Trx), ("cobertura", ReportFormat.Cobertura), ("lcov", ReportFormat.Lcov),
            ("sarif", ReportFormat.Sarif)), "What they hold.", report => report.Format, (report, value) => report with { Format = value })
        .Field("required", Scalars.Switch, "Whether it is a failure when there are none.", report => report.Required, (report, value) => report with { Required = value }), "paths", PipelineScalars.Files);

    private static RecordShape<JobService> Service => new RecordShape<JobService>("Job service", "A program that runs beside a job, in its sandbox or in a container of its own.", new() { Name = "" })
        .Optional("image", ImageDeclaration.Declare(), "Image of its container; without one, its command runs in the job's sandbox.", "none",
            (service, value) => service with { Image = value.Name, Container = value.Settings }).Like("postgres:17")
        .Optional("command", Scalars.Command, "Program and arguments; with an image, instead of the image's own.", "the image's own", (service, value) => service with { Command = value })
            .Like("redis-server --port 6379").Not("run")
        .Optional("env", PipelineScalars.Variables(ExpressionScopes.JobContainerEnv), "Variables.", "none", (service, value) => service with { Env = value })
        .Optional("ports", new ListShape<int>(Scalars.Whole(1, 65535), orOne: true), "Ports it listens on.", "none", (service, value) => service with { Ports = value }).Like("5432").Not("port")
        .Optional("memory", Scalars.Size, "Memory limit of its container.", "none", (service, value) => service with { MemoryBytes = value }).Like("512Mi")
        .Optional("ready", Scalars.Command, "Must exit 0 before the steps begin; with an image, it runs in the service's container.", "its ports listen, or the image's health check", (service, value) => service with { Ready = value }).Like("pg_isready").Not("healthcheck")
        .Field("startTimeout", Scalars.Time(zero: false), "Longest time until it is ready.", service => service.StartTimeout, (service, value) => service with { StartTimeout = value })
        .Inspect((node, binder) =>
        {
            if (node.Find("image") is null && node.Find("command") is null)
                binder.Diagnostics.Error(DiagnosticCodes.MissingField, binder.Owner ?? node.At, $"service {binder.Name} runs nothing", "image or command");
            if (node.Find("image") is null && node.Find("memory") is { } memory)
                binder.Diagnostics.Error(DiagnosticCodes.ChooseOne, memory.Key.At, "a service without an image shares the job's memory", "memory under the job's sandbox");
        });

    private static RecordShape<SandboxPolicy> Sandbox => new RecordShape<SandboxPolicy>("Sandbox", "What a job may reach and use.", new())
        .Field("network", Scalars.OneOf(("full", NetworkPolicy.Full), ("none", NetworkPolicy.None)), "`full`: what this machine reaches. `none`: only itself and its services.",
            policy => policy.Network, (policy, value) => policy with { Network = value })
        .Optional("memory", Scalars.Size, "Memory limit.", "none", (policy, value) => policy with { MemoryBytes = value }).Like("2Gi")
        .Optional("cpus", Scalars.Number("a number of cores such as 1.5", 1024), "CPU limit in cores.", "none", (policy, value) => policy with { Cpus = value }).Like("1.5").Not("cpu")
        .Field("processes", Scalars.Whole(16, 1_000_000), "Most processes and threads at once.", policy => policy.Processes, (policy, value) => policy with { Processes = value }).Not("pids")
        .Field("disk", Scalars.Size, "Most disk space that the workspace, the home folder and temporary files use together.", policy => policy.DiskBytes, (policy, value) => policy with { DiskBytes = value }).Not("storage");

    private static Shape<CachePolicy> Cache => new ShorthandShape<CachePolicy>(new RecordShape<CachePolicy>("Job cache", "When an earlier result is taken. `true` or `false` alone is `{ enabled: … }`.", new())
        .Field("enabled", Scalars.Switch, "Whether at all.", cache => cache.Enabled, (cache, value) => cache with { Enabled = value })
        .Optional("tools", new ListShape<ImmutableArray<string>>(Scalars.Command), "Commands whose output says which tools it uses: another answer makes it run again.", "none",
            (cache, value) => cache with { Tools = value }).Like("node --version"), "enabled", Scalars.Switch);

    private static Shape<RetryPolicy> Retry => new ShorthandShape<RetryPolicy>(new RecordShape<RetryPolicy>("Retry", "What happens after an attempt that failed. A number alone is `{ times: number }`.", Once)
        .Field("times", Scalars.Whole(0, 20), "Most attempts after the first.", retry => retry.Times, (retry, value) => retry with { Times = value })
        .Field("wait", Scalars.Time(), "Pause before the second attempt; it doubles each time.", retry => retry.Wait, (retry, value) => retry with { Wait = value }), "times", Scalars.Whole(0, 20));

    private static RecordShape<ShipTarget> Release => new RecordShape<ShipTarget>("Job release", "A release of a job's files.", new(""))
        .Required("service", Scalars.Word("a service's name"), "The service they are a release of.", (target, value) => target with { Service = value }).Like("shop")
        .Optional("artifact", Scalars.Word("an artifact's name"), "Which of its artifacts.", "its only one", (target, value) => target with { Artifact = value })
        .Optional("version", PipelineScalars.Template("a version", ExpressionScopes.JobName), "The release's version.", "the commit's first 12 digits", (target, value) => target with { Version = value })
            .Like("${{ github.ref_name }}")
        .Optional("deploy", Scalars.Word("an environment's name"), "Where it is deployed at once.", "nowhere", (target, value) => target with { Environment = value }).Like("staging").Not("environment");
}
