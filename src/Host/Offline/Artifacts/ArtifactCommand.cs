using System.CommandLine;
using System.Text;
using System.Text.Json;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Cli.Verbs;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Serve;
using NodaTime;

namespace Fairway.Offline;

/// <summary><c>fairway artifact</c>: its own verbs ask the control plane; <c>verify</c> and <c>sbom</c> also work without one.</summary>
internal static class ArtifactCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("artifact", "What was built: where it came from, what it is made of, whether it is as it was built.") { CreateVerify(context), CreateSbom(context) };
        foreach (var verb in ArtifactVerbs.Create(context)) command.Add(verb);
        return command;
    }

    private static Command CreateVerify(CliContext context)
    {
        var target = new Target(context);
        var digest = ArtifactVerbs.Digest();
        var envelope = new Option<string?>("--envelope") { Description = "Without a control plane: the file with the signed provenance.", HelpName = "FILE" };
        var keys = new Option<string[]>("--key") { Description = "Without a control plane: a file with a public key that is trusted; several are allowed.", HelpName = "FILE" };
        var command = new Command("verify", "Compare an artifact's bytes with its digest, and its provenance with the keys. Exits with 3 when it cannot be trusted.\n\n"
            + "Without a control plane: fairway artifact verify sha256:… --envelope provenance.json --key key.pem")
        {
            digest, envelope, keys, target.Data, target.Json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            ArtifactVerification answer;
            if (parsed.GetValue(envelope) is { } file) answer = Verify(parsed.GetValue(digest)!, Read(context, file), [.. (parsed.GetValue(keys) ?? []).Select(key => Key(context, key))]);
            else
            {
                using var client = target.Connect(parsed);
                var one = await ArtifactVerbs.FindAsync(client, parsed.GetValue(digest)!, cancellation);
                answer = await client.VerifyArtifactAsync(one.Digest, cancellation);
            }
            if (parsed.GetValue(target.Json)) context.Out.WriteLine(JsonSerializer.Serialize(answer, WireJson.Indented.ArtifactVerification));
            else context.Out.Write(ArtifactView.Of(answer, parsed.GetValue(envelope) is null, context));
            return answer is { Intact: true, Trusted: true } ? ExitCodes.Done : ExitCodes.Refused;
        });
        return command;
    }

    private static ArtifactVerification Verify(string digest, byte[] envelope, ImmutableArray<ProvenanceKey> keys)
    {
        if (!ContentDigest.IsDigest(digest)) throw new FairwayException("digest-invalid", $"\"{digest}\" is no whole digest", "write sha256: and 64 hex digits", 400);
        if (keys.IsEmpty) throw new FairwayException("key-missing", "no key is trusted", "write --key FILE; `fairway artifact keys` prints them", 400);
        var verdict = ProvenanceDecider.Decide(digest, envelope, keys);
        var why = new WhyInfo(verdict.Why.Code, verdict.Why.Sentence, [.. verdict.Why.Facts.Select(fact => new FactInfo(fact.Name, fact.Value))]);
        return new(digest, Intact: true, null, verdict.Trusted, why, verdict.KeyId);
    }

    private static Command CreateSbom(CliContext context)
    {
        var target = new Target(context);
        var digest = new Argument<string?>("DIGEST") { Description = "An artifact's digest, or the first 8 or more of its hex digits.", Arity = ArgumentArity.ZeroOrOne };
        var path = new Option<string?>("--path") { Description = "Without a control plane: make one of the lock files below this folder.", HelpName = "DIR" };
        var name = new Option<string?>("--name") { Description = "With --path: what it is of. By default the folder's name.", HelpName = "NAME" };
        var command = new Command("sbom", "Print a bill of materials in CycloneDX 1.6: an artifact's, or one of a folder's lock files.") { digest, path, name, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(path) is { } folder)
            {
                var root = Path.GetFullPath(Path.Combine(context.Folder, folder));
                if (!Directory.Exists(root)) throw new FairwayException("path-missing", $"{root} does not exist", "name a folder", 400);
                var unread = new List<string>();
                var (packages, _) = LockedPackages.Read(root, unread, cancellation);
                foreach (var problem in unread) context.Error.WriteLine($"not looked at: {problem}");
                context.Out.Write(CycloneDx.Write(parsed.GetValue(name) ?? Path.GetFileName(root), parsed.GetValue(digest) ?? "0", packages, ControlPlane.Version, Instant.FromDateTimeOffset(context.Time.GetUtcNow())));
                return ExitCodes.Done;
            }
            using var client = target.Connect(parsed);
            var wanted = parsed.GetValue(digest) ?? throw new FairwayException("digest-missing", "neither an artifact nor a folder is named", "write a digest, or --path DIR", 400);
            context.Out.WriteLine(await ArtifactVerbs.TextAsync(client, (await ArtifactVerbs.FindAsync(client, wanted, cancellation)).Digest, "sbom", cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    private static ProvenanceKey Key(CliContext context, string file)
    {
        try
        {
            return ProvenanceKey.Parse(Encoding.UTF8.GetString(Read(context, file)));
        }
        catch (FormatException malformed)
        {
            throw new FairwayException("key-invalid", $"{file}: {malformed.Message}", "name a file as `fairway artifact keys` prints it", 400, inner: malformed);
        }
    }

    private static byte[] Read(CliContext context, string file)
    {
        var path = Path.GetFullPath(Path.Combine(context.Folder, file));
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > DsseEnvelope.MaxBytes }) throw new FairwayException("file-too-large", $"{file} is larger than {DsseEnvelope.MaxBytes >> 20} MiB", "check its path", 400);
            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FairwayException("file-unreadable", $"{file} cannot be read: {failure.Message}", "check its path", 400, inner: failure);
        }
    }
}
