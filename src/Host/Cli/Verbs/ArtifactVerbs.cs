using System.CommandLine;
using System.Text.Json;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary>The parts of <c>fairway artifact</c> that ask a control plane.</summary>
internal static class ArtifactVerbs
{
    /// <summary>All of them.</summary>
    public static Command[] Create(CliContext context) => [CreateList(context), CreateShow(context), CreateProvenance(context), ArtifactExport.Create(context), CreatePin(context), CreateGc(context), CreateKeys(context)];

    /// <summary>The argument that names an artifact.</summary>
    public static Argument<string> Digest() => new("DIGEST") { Description = "An artifact's digest, or the first 8 or more of its hex digits." };

    /// <summary>The one artifact whose digest begins as somebody wrote.</summary>
    /// <exception cref="FairwayException">None, or more than one.</exception>
    public static async Task<ArtifactInfo> FindAsync(FairwayClient client, string text, CancellationToken cancellation)
    {
        var digest = ReleaseChoice.Digest(text) ?? throw new FairwayException(
            "digest-invalid", $"\"{text}\" is no artifact's digest", $"write at least {ReleaseChoice.ShortestDigest} of its hex digits, in lower case; see `fairway artifact list`", 400);
        var found = await client.GetArtifactsAsync(digest, cancellation);
        return found.Count switch
        {
            1 => found[0],
            0 => throw new FairwayException("unknown-artifact", $"there is no artifact {text}", "see which there are with `fairway artifact list`", 404),
            _ => throw new FairwayException("digest-ambiguous", $"{found.Count} artifacts begin with {text}", "write more of its digits", 400),
        };
    }

    private static Command CreateList(CliContext context)
    {
        var target = new Target(context);
        var command = new Command("list", "Stored artifacts, the newest first.") { target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var all = await client.GetArtifactsAsync(null, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(all, WireJson.Indented.IReadOnlyListArtifactInfo));
            else context.Out.Write(ArtifactView.Of(all, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateShow(CliContext context)
    {
        var target = new Target(context);
        var digest = Digest();
        var command = new Command("show", "An artifact: its releases, what was found out about it, and why it is kept.") { digest, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var one = await FindAsync(client, parsed.GetValue(digest)!, cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(one, WireJson.Indented.ArtifactInfo));
            else context.Out.Write(ArtifactView.Of(one, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateProvenance(CliContext context)
    {
        var target = new Target(context);
        var digest = Digest();
        var command = new Command("provenance", "Print an artifact's signed provenance: an in-toto statement in a DSSE envelope.") { digest, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var one = await FindAsync(client, parsed.GetValue(digest)!, cancellation);
            context.Out.WriteLine(await TextAsync(client, one.Digest, "provenance", cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>A document of an artifact.</summary>
    public static async Task<string> TextAsync(FairwayClient client, string digest, string part, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        await client.CopyArtifactAsync(digest, part, content, cancellation);
        return System.Text.Encoding.UTF8.GetString(content.GetBuffer().AsSpan(0, (int)content.Length)).TrimEnd('\n');
    }

    private static Command CreatePin(CliContext context)
    {
        var target = new Target(context);
        var digest = Digest();
        var reason = new Option<string>("--reason") { Description = "Why.", HelpName = "TEXT", Required = true };
        var release = new Option<bool>("--release") { Description = "Keep it no longer." };
        var command = new Command("pin", "Keep an artifact from garbage collection.") { digest, reason, release, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var one = await FindAsync(client, parsed.GetValue(digest)!, cancellation);
            await client.PinArtifactAsync(one.Digest, new(!parsed.GetValue(release), parsed.GetValue(reason)!), cancellation);
            context.Out.WriteLine($"{Words.Short(one.Digest)} is {(parsed.GetValue(release) ? "no longer kept for anybody's sake" : "kept until somebody lets it go")}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateGc(CliContext context)
    {
        var target = new Target(context);
        var dry = new Option<bool>("--dry-run") { Description = "Remove nothing; say what would be." };
        var age = DurationOption.Create("--min-age", "Keep younger ones, such as 7d. By default 7d.");
        var keep = new Option<int?>("--keep") { Description = "Newest releases of each service to keep. By default 10.", HelpName = "N" };
        var command = new Command("gc", "Remove artifacts that no environment runs or can go back to, and nobody pinned.") { dry, age, keep, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var done = await client.CollectArtifactsAsync(new(parsed.GetValue(dry), (long?)parsed.GetValue(age)?.TotalSeconds, parsed.GetValue(keep)), cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(done, WireJson.Indented.CollectInfo));
            else
            {
                context.Out.Write(ArtifactView.Of(done, context));
                foreach (var problem in done.Problems) context.Error.WriteLine($"problem: {problem}");
            }
            return done.Problems.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command CreateKeys(CliContext context)
    {
        var target = new Target(context);
        var rotate = new Option<bool>("--rotate") { Description = "Make a new key that signs from now on; what the one before signed stays trusted." };
        var command = new Command("keys", "Print the public keys that provenance is verified with; the first one signs.") { rotate, target.Data, target.Json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = target.Connect(parsed);
            var keys = parsed.GetValue(rotate) ? await client.RotateProvenanceKeyAsync(cancellation) : await client.GetProvenanceKeysAsync(cancellation);
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(keys, WireJson.Indented.IReadOnlyListProvenanceKeyInfo));
            else
                foreach (var key in keys)
                {
                    context.Error.WriteLine($"{key.Id}{(key.Signs ? " (signs)" : "")}");
                    context.Out.Write(key.Pem);
                }
            return ExitCodes.Done;
        });
        return command;
    }
}
