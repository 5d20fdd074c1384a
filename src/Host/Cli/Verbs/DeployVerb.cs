using System.CommandLine;
using System.Text.Json;
using Fairway.Client.Artifacts;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway deploy</c>: files to a release, a release to a rollout.</summary>
internal static class DeployVerb
{
    public static Command Create(CliContext context, FindSource sources)
    {
        var target = new Target(context);
        var path = new Option<string?>("--path") { Description = "Folder to ship, as it is. By default the service's path, after its build.", HelpName = "DIR" };
        var release = new Option<string?>("--release") { Description = "Ship a release that is here already, by its digest or its beginning.", HelpName = "DIGEST" };
        var version = new Option<string?>("--version") { Description = "What to call it. By default `git describe`, or the time.", HelpName = "V" };
        var strategy = new Option<string?>("--strategy") { Description = "canary, blue-green or rolling. By default the service's own.", HelpName = "S" };
        strategy.AcceptOnlyFromAmong("canary", "blue-green", "blueGreen", "rolling");
        var wait = new Option<bool>("--wait", "-w") { Description = "Follow it to its end: exit code 0 when it is live, 4 when it was taken back." };
        var timeout = Timeout();
        var reason = new Option<string?>("--reason", "-m") { Description = "Why, for the history.", HelpName = "TEXT" };
        var skipBuild = new Option<bool>("--no-build") { Description = "Pack what is there without running the service's build." };
        var force = new Option<bool>("--force") { Description = "Ship it even if it was taken back before." };
        var command = new Command("deploy", "Ship a release of a service.")
        {
            target.Service, path, release, version, target.Environment, strategy, wait, timeout, reason, skipBuild, force, target.Data, target.Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(timeout) is not null && !result.GetValue(wait)) result.AddError("--timeout is for --wait");
            if (result.GetValue(release) is null) return;
            if (result.GetValue(path) is not null || result.GetValue(version) is not null) result.AddError("--release is a release that exists: leave out --path and --version");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var json = parsed.GetValue(target.Json);
            var service = await Target.FindAsync(client, parsed.GetValue(target.Service), parsed.GetValue(target.Environment), cancellation);
            var digest = parsed.GetValue(release);
            ReleaseInfo? made = null;
            if (digest is null)
            {
                var making = new ReleaseMaking(context, client, sources);
                made = await making.MakeAsync(service, parsed.GetValue(path), parsed.GetValue(version), !parsed.GetValue(skipBuild), cancellation);
                digest = made.Digest;
                if (!json) context.Out.WriteLine($"release {Words.Short(made.Digest)}, version {made.Version}{(made.Created ? "" : ", known already")}");
            }

            var how = parsed.GetValue(strategy) is "blue-green" ? "blueGreen" : parsed.GetValue(strategy);
            var answer = await client.DeployAsync(new(service.Service, service.Environment, digest, how, parsed.GetValue(reason), parsed.GetValue(force)), cancellation);
            if (!parsed.GetValue(wait))
            {
                if (json) Print(context, new(made, answer, null));
                else Begun(context, answer);
                return ExitCodes.Done;
            }

            if (made is null && answer.Queued) digest = answer.Gate?.Release ?? await WholeAsync(client, service, digest, cancellation);
            var ended = await new RolloutWait(context, client, quiet: json, parsed.GetValue(timeout)).RunAsync(service.Environment, service.Service, answer, digest, cancellation);
            if (json) Print(context, new(made, answer, ended.Rollout));
            return End(context, ended, json);
        });
        return command;
    }

    /// <summary>How long <c>--wait</c> waits.</summary>
    internal static Option<TimeSpan?> Timeout() => DurationOption.Create("--timeout", "With --wait: exit code 1 when it has not ended after this; it goes on. By default there is no limit.");

    /// <summary>The exit code of a rollout that was waited for; says how it ended when no live view has.</summary>
    internal static int End(CliContext context, Waited waited, bool quiet)
    {
        if (waited.Rollout is not { } ended) return NeverBegun(context, waited.Dropped, quiet);
        var outcome = $"{RolloutWords.Outcome(ended.Summary)}: {ended.Summary.Why.Sentence}";
        if (!quiet && !context.OutIsTerminal) context.Out.WriteLine(outcome);
        if (ended.Summary.Phase == RolloutPhases.Completed) return ExitCodes.Done;
        context.Error.WriteLine($"error: {outcome}");
        context.Error.WriteLine($"mend:  see `fairway explain {RolloutWords.Name(ended.Summary)}`");
        return ended.Summary.Phase == RolloutPhases.RolledBack ? ExitCodes.RolledBack : ExitCodes.Failed;
    }

    private static int NeverBegun(CliContext context, WhyInfo? why, bool quiet)
    {
        if (why?.Code == "already-serving")
        {
            if (!quiet) context.Out.WriteLine(why.Sentence);
            return ExitCodes.Done;
        }
        context.Error.WriteLine(why is null or { Code: "replaced" } ? "error: a newer deployment took this one's place before it began" : $"error: {why.Sentence}");
        if (why?.Code == "gate-denies") context.Error.WriteLine("mend:  see `fairway gate explain`");
        return why?.Code is "gate-denies" or "release-rejected" ? ExitCodes.Refused : ExitCodes.Failed;
    }

    /// <summary>What a deployment led to, in words; what holds it, rule by rule.</summary>
    internal static void Begun(CliContext context, DecisionAnswer answer)
    {
        if (answer is { Queued: true, Gate: { Answer: "hold" } gate })
        {
            context.Out.WriteLine($"held: {answer.Why.Sentence}");
            context.Out.Write(GateView.Stopping(gate, context));
            context.Out.WriteLine("it goes on by itself when the gate opens; ask with `fairway gate explain`");
            return;
        }
        context.Out.WriteLine(answer.Queued ? $"queued behind {answer.Rollout}: {answer.Why.Sentence}" : $"{answer.Rollout}: {answer.Why.Sentence}");
        context.Out.WriteLine("follow it with `fairway watch`");
    }

    // Who waits is known by the whole digest; others may wait before it.
    private static async Task<string> WholeAsync(FairwayClient client, ServiceSummary service, string digest, CancellationToken cancellation)
        => ReleaseChoice.WholeDigest(digest) ?? (await ReleaseChoice.FindAsync(client, service.Service, digest, cancellation)).Digest;

    private static void Print(CliContext context, DeployJson answer) => context.Out.WriteLine(JsonSerializer.Serialize(answer, CliJson.Default.DeployJson));
}

/// <summary>What <c>deploy --json</c> prints.</summary>
/// <param name="Release">The release that was made; null when an existing one was named.</param>
/// <param name="Decision">What the control plane said.</param>
/// <param name="Rollout">The rollout at its end, with <c>--wait</c>.</param>
internal sealed record DeployJson(ReleaseInfo? Release, DecisionAnswer Decision, RolloutInfo? Rollout);

/// <summary>From a folder to a release: built, packed, sent.</summary>
internal sealed class ReleaseMaking(CliContext context, FairwayClient client, FindSource sources)
{
    public async Task<ReleaseInfo> MakeAsync(ServiceSummary service, string? path, string? version, bool build, CancellationToken cancellation)
    {
        string folder;
        if (path is not null)
        {
            folder = Path.GetFullPath(path, context.Folder);
        }
        else
        {
            var status = await client.GetStatusAsync(cancellation);
            if (status.ControlPlane.ConfigurationFile is not { } file)
                throw new FairwayException("no-path", "the control plane has no configuration file that says where the service's files are", "name the folder with --path", 400);
            var source = sources(file, service.Service, service.Environment);
            if (build && !source.Build.IsDefaultOrEmpty) await BuildAsync(source, cancellation);
            folder = source.Folder;
        }

        await using var tar = new FileStream(
            Path.Combine(Path.GetTempPath(), $"fairway-{Guid.NewGuid():N}.tar"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var packed = await ArtifactPacker.PackAsync(folder, tar, ArtifactPacker.DefaultLimit, cancellation);
        if (packed.Problem is { } problem) throw new FairwayException("cannot-pack", problem, status: 400);
        tar.Position = 0;
        return await client.CreateReleaseAsync(service.Service, version ?? await VersionOfAsync(folder, cancellation), service.Environment, tar, cancellation);
    }

    private async Task BuildAsync(ArtifactSource source, CancellationToken cancellation)
    {
        if (context.ErrorIsTerminal) context.Error.WriteLine($"building: {string.Join(' ', source.Build)}");
        var (code, output) = await Subprocess.RunAsync(source.Build, source.BuildFolder, cancellation);
        if (code != 0)
            throw new FairwayException("build-failed", $"the build failed with exit code {code}: {string.Join(' ', source.Build)}", "see its output above, or ship what is there with --no-build", diagnostics: output);
    }

    private async Task<string> VersionOfAsync(string folder, CancellationToken cancellation)
    {
        var now = context.Time.GetUtcNow().ToString("yyyyMMdd-HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        if (!Directory.Exists(folder)) return now;
        try
        {
            var (code, output) = await Subprocess.RunAsync(["git", "describe", "--tags", "--always", "--dirty"], folder, cancellation);
            return code == 0 && output is [{ Length: > 0 } described, ..] ? described : now;
        }
        catch (FairwayException)
        {
            return now;
        }
    }
}
