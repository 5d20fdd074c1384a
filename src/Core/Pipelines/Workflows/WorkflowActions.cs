using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>Actions of others that have an equivalent here, and what to do instead of some that have none.</summary>
internal sealed class WorkflowActions(WorkflowForm form)
{
    private static readonly string[] CheckoutRead = ["fetch-depth", "fetch-tags", "persist-credentials", "clean", "show-progress",
        "set-safe-directory", "filter"];
    private static readonly string[] UploadRead = ["name", "path", "if-no-files-found", "retention-days", "compression-level", "overwrite",
        "include-hidden-files"];

    private static readonly ImmutableDictionary<string, string> Instead = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["actions/cache/restore"] = "actions/cache, which restores and saves",
        ["actions/cache/save"] = "actions/cache, which restores and saves",
        ["actions/github-script"] = "run with curl, or a script of the repository",
        ["actions/upload-pages-artifact"] = "actions/upload-artifact, and fairway deploy",
        ["actions/deploy-pages"] = "fairway deploy",
        ["docker/build-push-action"] = "run: podman build",
        ["docker/setup-buildx-action"] = "run: podman build, which needs no set-up",
        ["docker/setup-qemu-action"] = "a build for this machine's own architecture",
        ["docker/login-action"] = "run: podman login --password-stdin",
        ["github/codeql-action/init"] = "a scan of Fairway's own (scan: secrets, standards or dependencies), or the tool in run with a SARIF report",
        ["codecov/codecov-action"] = "a coverage report, which Fairway reads itself",
        ["dorny/test-reporter"] = "a test report, which Fairway reads itself",
        ["dorny/paths-filter"] = "on.push.paths, or git diff in run",
        ["softprops/action-gh-release"] = "fairway's releases",
        ["ncipollo/release-action"] = "fairway's releases",
        ["peaceiris/actions-gh-pages"] = "fairway deploy",
        ["pnpm/action-setup"] = "run: corepack enable pnpm",
        ["astral-sh/setup-uv"] = "run: python3 -m pip install uv",
        ["dtolnay/rust-toolchain"] = "run: rustup toolchain install",
        ["gradle/actions/setup-gradle"] = "run: ./gradlew",
        ["golangci/golangci-lint-action"] = "run: golangci-lint run",
    }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The step that does the same; null when there is none, which is reported.</summary>
    public Func<PipelineStep, PipelineStep>? Read(string uses, SourcePosition at, Dictionary<string,
        (string Text, ConfigurationNode Node)> given)
    {
        if (uses.StartsWith("docker://", StringComparison.Ordinal)) return Container(uses["docker://".Length..], at, given);
        var version = uses.IndexOf('@', StringComparison.Ordinal);
        var name = version < 0 ? uses : uses[..version];
        if (!name.Contains('/', StringComparison.Ordinal) || version < 0)
        {
            form.Diagnostics.Error(DiagnosticCodes.BadValue, at, $"uses is \"{uses}\"",
                "owner/repository@version, or ./folder of an action in this repository",
                version < 0 && name.Contains('/', StringComparison.Ordinal) ? $"{uses}@v4, or ./{uses}" : null);
            return null;
        }
        switch (name.ToLowerInvariant())
        {
            case "actions/checkout":
                return Checkout(given) ? step => step with { Action = new StepAction.Checkout() } : null;
            case "actions/cache":
                return Cache(at, given);
            case "actions/upload-artifact":
                return Upload(at, given);
            case "actions/download-artifact":
                return Download(given);
            default:
                if (ToolSetup.Find(name) is { } tool) return Tool(tool, given);
                form.NotSupported(at, $"the action {name}",
                    Instead.GetValueOrDefault(name) ?? "its command in run, or an action of its own in this repository (uses: ./folder)");
                return null;
        }
    }

    private Func<PipelineStep, PipelineStep>? Container(string image, SourcePosition at, Dictionary<string, (string Text, ConfigurationNode Node)> given)
    {
        if (!image.Contains("${{", StringComparison.Ordinal) && ImageReference.Problem(image) is { } problem)
        {
            form.Diagnostics.Error(DiagnosticCodes.BadValue, at, $"\"{image}\" {problem}", "an image such as docker://alpine:3.20");
            return null;
        }
        var inputs = given.Where(pair => !pair.Key.Equals("args", StringComparison.OrdinalIgnoreCase) && !pair.Key.Equals("entrypoint", StringComparison.OrdinalIgnoreCase));
        // As GitHub gives them: INPUT_NAME, blanks as underscores.
        var variables = inputs.Select(pair => KeyValuePair.Create("INPUT_" + pair.Key.Replace(' ', '_').ToUpperInvariant(), pair.Value.Text))
            .Where(pair => VariableName.IsValid(pair.Key)).ToArray();
        var action = new StepAction.Container(image, given.GetValueOrDefault("entrypoint").Text, given.GetValueOrDefault("args").Text);
        return step => step with { Action = action, Env = step.Env.SetItems(variables.Where(pair => !step.Env.ContainsKey(pair.Key))) };
    }

    private bool Checkout(Dictionary<string, (string Text, ConfigurationNode Node)> given)
    {
        var fine = true;
        foreach (var (name, (text, node)) in given)
        {
            if (CheckoutRead.Contains(name, StringComparer.OrdinalIgnoreCase) || text is "" or "false"
                && name is "submodules" or "lfs") continue;
            if (name is "token" or "ssh-key" or "ssh-known-hosts" or "ssh-strict" or "ssh-user" or "github-server-url")
                form.NoEffect(node.At, $"{name} has no effect: the checkout is there already");
            else
            {
                form.NotSupported(node.At, $"{name} of actions/checkout", name == "submodules" ? "git submodule update in run"
                    : name is "path" or "repository" or "ref" ? "git clone in run: the checkout is the commit of the run, at its root"
                        : null);
                fine = false;
            }
        }
        return fine;
    }

    private Func<PipelineStep, PipelineStep>? Cache(SourcePosition at, Dictionary<string, (string Text, ConfigurationNode Node)> given)
    {
        Known("actions/cache", given, ["path", "key", "restore-keys", "enableCrossOsArchive", "upload-chunk-size", "save-always"],
            ["lookup-only", "fail-on-cache-miss"]);
        var (path, key) = (Needed("actions/cache", "path", at, given), Needed("actions/cache", "key", at, given));
        if (path is null || key is null) return null;
        var action = new StepAction.Cache(key, Lines(given.GetValueOrDefault("restore-keys").Text), Lines(path));
        return step => step with { Action = action };
    }

    private Func<PipelineStep, PipelineStep>? Upload(SourcePosition at, Dictionary<string, (string Text, ConfigurationNode Node)> given)
    {
        Known("actions/upload-artifact", given, UploadRead, ["archive"]);
        if (Needed("actions/upload-artifact", "path", at, given) is not { } path) return null;
        var missing = given.TryGetValue("if-no-files-found", out var found) ? found.Text : "warn";
        if (missing is not ("warn" or "error" or "ignore"))
            form.Diagnostics.Error(DiagnosticCodes.UnknownWord, found.Node.At, $"if-no-files-found is \"{missing}\"",
                "warn, error or ignore", NearestName.Of(missing, ["warn", "error", "ignore"]));
        if (given.TryGetValue("retention-days", out var days)) form.NoEffect(days.Node.At,
            "retention-days has no effect: Fairway's own retention decides");
        var action = new StepAction.UploadArtifact(given.TryGetValue("name", out var name) ? name.Text
            : "artifact", Lines(path), Optional: missing != "error");
        return step => step with { Action = action };
    }

    private Func<PipelineStep, PipelineStep> Download(Dictionary<string, (string Text, ConfigurationNode Node)> given)
    {
        Known("actions/download-artifact", given, ["name", "path", "skip-decompress", "digest-mismatch"],
            ["pattern", "merge-multiple", "run-id", "repository", "github-token", "artifact-ids"]);
        var action = new StepAction.DownloadArtifact(given.GetValueOrDefault("name").Text, given.GetValueOrDefault("path").Text);
        return step => step with { Action = action };
    }

    private Func<PipelineStep, PipelineStep> Tool(ToolSetup tool, Dictionary<string, (string Text, ConfigurationNode Node)> given)
    {
        foreach (var (name, (_, node)) in given)
            if (name != tool.VersionInput) form.NoEffect(node.At,
                $"{name} has no effect: {tool.Action} only checks that {tool.Tool} is on this machine");
        var wanted = given.GetValueOrDefault(tool.VersionInput).Text ?? "";
        return step => step with
        {
            Name = step.Name ?? tool.Action,
            Env = step.Env.SetItem("FAIRWAY_WANTED", wanted),
            Action = new StepAction.Run(tool.Script) { Shell = "sh" },
        };
    }

    private void Known(string action, Dictionary<string, (string Text, ConfigurationNode Node)> given, string[] read, string[] notHere)
    {
        foreach (var (name, (_, node)) in given)
        {
            if (read.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (notHere.Contains(name, StringComparer.OrdinalIgnoreCase)) form.NotSupported(node.At, $"{name} of {action}", null);
            else form.Diagnostics.Error(DiagnosticCodes.UnknownField, node.At, $"{action} has no input {name}",
                "one of " + string.Join(", ", read), NearestName.Of(name, read));
        }
    }

    private string? Needed(string action, string name, SourcePosition at, Dictionary<string, (string Text, ConfigurationNode Node)> given)
    {
        if (given.TryGetValue(name, out var value) && value.Text.Trim().Length > 0) return value.Text;
        form.Diagnostics.Error(DiagnosticCodes.MissingField, at, $"{action} needs {name} under with");
        return null;
    }

    private static ImmutableArray<string> Lines(string? text)
        => text is null ? [] : [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
