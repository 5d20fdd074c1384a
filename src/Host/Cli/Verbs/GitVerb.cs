using System.CommandLine;
using System.Diagnostics;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway git</c>: what makes <c>git push fairway main</c> work, and what git itself calls.</summary>
internal static class GitVerb
{
    public static Command Create(CliContext context) => new("git", "Push to the control plane with git.") { Setup(context), Credential(context), Hook(context) };

    private static Command Setup(CliContext context)
    {
        var target = new Target(context);
        var repository = new Argument<string?>("REPOSITORY") { Description = "As in source.repositories of fairway.yaml. By default the only one.", Arity = ArgumentArity.ZeroOrOne };
        var remote = new Option<string>("--remote") { Description = "What the remote is called.", HelpName = "NAME", DefaultValueFactory = _ => "fairway" };
        var command = new Command("setup", "Add the control plane as a remote of the repository here, and let git sign in by itself.") { repository, remote, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var known = (await client.GetSourceAsync(cancellation)).Repositories;
            var named = parsed.GetValue(repository);
            var fitting = known.Where(one => named is null || one.Name == named).ToArray();
            if (fitting is not [var chosen])
                throw new FairwayException(
                    "which-repository", known.Count == 0 ? "no repository is configured" : named is null ? "which repository?" : $"there is no repository {named}",
                    known.Count == 0 ? "name one under source.repositories in fairway.yaml, such as `source: { repositories: { shop: {} } }`" : $"one of {string.Join(", ", known.Select(one => one.Name))}", 404);
            if (chosen.Url is not { } url) throw new FairwayException("no-address", "the control plane listens on no TCP address", "start it with --listen 127.0.0.1:7070", 422);
            var name = parsed.GetValue(remote)!;
            var exists = await RunAsync(context, cancellation, "remote", "get-url", name) == 0;
            await MustAsync(context, cancellation, exists ? ["remote", "set-url", name, url] : ["remote", "add", name, url]);
            var origin = new Uri(url).GetLeftPart(UriPartial.Authority);
            var data = DataFolder.Resolve(parsed.GetValue(target.Data), context.Folder);
            var program = Environment.ProcessPath ?? "fairway";
            // An empty helper first: others must neither be asked nor told.
            await MustAsync(context, cancellation, "config", "--replace-all", $"credential.{origin}.helper", "");
            await MustAsync(context, cancellation, "config", "--add", $"credential.{origin}.helper", $"!{Quote(program)} git credential --data {Quote(data.Path)}");
            context.Out.WriteLine($"remote {name} is {url}; push with `git push {name} {chosen.Trunk}`");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Credential(CliContext context)
    {
        var target = new Target(context);
        var action = new Argument<string>("ACTION") { Description = "get; store and erase do nothing." };
        var command = new Command("credential", "Git's credential helper (gitcredentials(7)): signs in whoever the control plane's socket knows, for some minutes.") { action, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            // What git says of the place is read, so that it does not write into nothing.
            while (await Console.In.ReadLineAsync(cancellation) is { Length: > 0 })
            {
            }
            if (parsed.GetValue(action) != "get") return ExitCodes.Done;
            using var client = target.Connect(parsed);
            var credential = await client.GetGitCredentialAsync(cancellation);
            context.Out.Write($"username={credential.Username}\npassword={credential.Password}\n");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Hook(CliContext context)
    {
        var stage = new Argument<string>("STAGE") { Description = "pre-receive or post-receive." };
        stage.AcceptOnlyFromAmong("pre-receive", "post-receive");
        var command = new Command("hook", "What git runs while a push is received.") { stage };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellation) =>
        {
            if (Environment.GetEnvironmentVariable("FAIRWAY_PUSH") is not { Length: > 0 } push || Environment.GetEnvironmentVariable("FAIRWAY_DATA") is not { Length: > 0 } data)
                throw new FairwayException("no-push", "no push is being received", "this is for git alone", 400);
            var updates = new List<RefChangeInfo>();
            while (await Console.In.ReadLineAsync(cancellation) is { } line)
                if (line.Split(' ', 3) is [var old, var next, var name]) updates.Add(new(old, next, name));
            using var client = FairwayClient.For(new DataFolder(data));
            var accepted = false;
            await foreach (var line in client.PushHookAsync(push, parsed.GetValue(stage)!, new(updates, Environment.GetEnvironmentVariable("GIT_QUARANTINE_PATH")), cancellation))
            {
                if (line.Text is { } text) context.Error.WriteLine(text);
                accepted = line.Accepted ?? accepted;
            }
            return accepted ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task MustAsync(CliContext context, CancellationToken cancellation, params string[] arguments)
    {
        if (await RunAsync(context, cancellation, arguments) != 0) throw new FairwayException("git-failed", $"`git {string.Join(' ', arguments)}` failed in {context.Folder}", "run it in a git repository", 422);
    }

    private static async Task<int> RunAsync(CliContext context, CancellationToken cancellation, params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = context.Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var texts = Task.WhenAll(git.StandardOutput.ReadToEndAsync(cancellation), git.StandardError.ReadToEndAsync(cancellation));
            await git.WaitForExitAsync(cancellation);
            await texts;
            return git.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new FairwayException("no-git", "git cannot be started", "install git", 422, inner: missing);
        }
    }

    private static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
