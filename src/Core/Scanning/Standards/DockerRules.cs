namespace Fairway.Scanning;

/// <summary>Rules for Dockerfiles, as data.</summary>
internal static class DockerRules
{
    public static readonly ScanRule Syntax = new("docker-syntax", "The Dockerfile can be read", Severity.High, "Write it as the Dockerfile reference says.");
    public static readonly ScanRule LatestTag = new("docker-latest-tag", "Base images have a tag that does not move", Severity.High, "Name a version, such as debian:12.11-slim.");
    public static readonly ScanRule DigestPin = new("docker-digest-pin", "Base images are named by digest", Severity.Low, "Write the digest behind the tag: image:tag@sha256:…");
    public static readonly ScanRule RootUser = new("docker-root-user", "The image does not run as root", Severity.High, "End the last stage with USER and a number above 0.");
    public static readonly ScanRule Sudo = new("docker-sudo", "No sudo in RUN", Severity.Medium, "Do what needs root before USER; nothing needs sudo then.");
    public static readonly ScanRule MultiStage = new("docker-multi-stage", "What builds is not in the image that ships", Severity.Medium, "Build in a stage of its own and COPY --from it into a small image.");
    public static readonly ScanRule HealthCheck = new("docker-healthcheck", "The image says how to ask for its health", Severity.Low, "Add HEALTHCHECK, or HEALTHCHECK NONE where something else asks.");
    public static readonly ScanRule SecretEnv = new("docker-secret-env", "No secrets in ARG or ENV", Severity.High, "Mount it: RUN --mount=type=secret; everybody who has the image can read ARG and ENV.");
    public static readonly ScanRule SecretFile = new("docker-secret-file", "No keys or .env files in the image", Severity.High, "Leave the file out (.dockerignore) and mount it when it is needed.");
    public static readonly ScanRule AptAlone = new("docker-apt-update", "apt-get update and install are one RUN", Severity.Medium, "Write apt-get update && apt-get install -y … in one RUN: a cached list installs old versions.");
    public static readonly ScanRule AptUpgrade = new("docker-apt-upgrade", "No apt-get upgrade in a build", Severity.Low, "Take a newer base image: then what is inside is known.");
    public static readonly ScanRule AptYes = new("docker-apt-yes", "apt-get install asks nobody", Severity.Medium, "Add -y.");
    public static readonly ScanRule AptLists = new("docker-apt-lists", "Package lists are not kept in the image", Severity.Low, "Add && rm -rf /var/lib/apt/lists/* to the same RUN, or mount a cache there.");
    public static readonly ScanRule AptRecommends = new("docker-apt-recommends", "apt-get installs only what is asked for", Severity.Info, "Add --no-install-recommends.");
    public static readonly ScanRule Unpinned = new("docker-unpinned-package", "Installed packages have a version", Severity.Low, "Write the version (name==1.2.3, name@1.2.3), or install from a lock file.");
    public static readonly ScanRule Add = new("docker-add", "COPY for files, ADD only for archives", Severity.Low, "Write COPY.");
    public static readonly ScanRule AddRemote = new("docker-add-remote", "What is fetched is checked", Severity.Medium, "Add --checksum=sha256:…");
    public static readonly ScanRule PipeToShell = new("docker-pipe-to-shell", "Nothing fetched is run unseen", Severity.High, "Fetch a version, check its digest, then run it.");
    public static readonly ScanRule Workdir = new("docker-workdir", "WORKDIR is absolute", Severity.Low, "Begin it with /.");
    public static readonly ScanRule ShellForm = new("docker-shell-form", "The program gets its signals", Severity.Medium, "Write a JSON list, [\"program\", \"argument\"]: a shell in between takes TERM and passes nothing on.");
    public static readonly ScanRule Repeated = new("docker-repeated", "One CMD, ENTRYPOINT and HEALTHCHECK a stage", Severity.Medium, "Take the earlier one out: only the last counts.");
    public static readonly ScanRule Port = new("docker-port", "Ports exist", Severity.High, "Write a number from 1 to 65535.");
    public static readonly ScanRule Ssh = new("docker-ssh", "No SSH server in an image", Severity.Medium, "Take it out; look inside by the runtime's own means.");
    public static readonly ScanRule Maintainer = new("docker-maintainer", "MAINTAINER is gone", Severity.Info, "Write LABEL org.opencontainers.image.authors=…");
    public static readonly ScanRule StageName = new("docker-stage-name", "Stages have names of their own", Severity.Medium, "Give each stage another name.");
    public static readonly ScanRule CopyFrom = new("docker-copy-from", "COPY --from names a stage before it, or a pinned image", Severity.High, "Name a stage that stands before, or an image with its digest.");
    public static readonly ScanRule OpenFiles = new("docker-chmod-777", "No file that everybody may write", Severity.Medium, "Give the right to the user who needs it.");

    /// <summary>All of them.</summary>
    public static readonly ImmutableArray<ScanRule> All =
    [
        Syntax, LatestTag, DigestPin, RootUser, Sudo, MultiStage, HealthCheck, SecretEnv, SecretFile, AptAlone, AptUpgrade, AptYes, AptLists, AptRecommends, Unpinned, Add,
        AddRemote, PipeToShell, Workdir, ShellForm, Repeated, Port, Ssh, Maintainer, StageName, CopyFrom, OpenFiles,
    ];
}
