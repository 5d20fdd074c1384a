using System.CommandLine;
using System.Formats.Tar;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Cli.Verbs;

/// <summary><c>fairway artifact export</c>: an artifact's files as an archive, or an image as a layout.</summary>
internal static class ArtifactExport
{
    private const string LayoutMark = "oci-layout";

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var target = new Target(context);
        var digest = ArtifactVerbs.Digest();
        var output = new Option<string?>("--output", "-o") { Description = "The archive to write.", HelpName = "FILE" };
        var layout = new Option<string?>("--layout") { Description = "For an image: the folder to make, an OCI image layout.", HelpName = "DIR" };
        var command = new Command("export", "Write an artifact's files as a tar archive, or an image as an OCI layout; the same files give the same bytes.\n\n"
            + "The archive of an image is an OCI archive, which podman load reads.") { digest, output, layout, target.Data };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (file, folder) = (parsed.GetValue(output), parsed.GetValue(layout));
            if (file is null == folder is null) throw new FairwayException("export-target", "it is not said where to write to", "write -o FILE, or --layout DIR for an image", 400);
            using var client = target.Connect(parsed);
            var one = await ArtifactVerbs.FindAsync(client, parsed.GetValue(digest)!, cancellation);
            if (folder is null) await ToFileAsync(context, client, one, Path.GetFullPath(Path.Combine(context.Folder, file!)), cancellation);
            else await ToLayoutAsync(context, client, one, Path.GetFullPath(Path.Combine(context.Folder, folder)).TrimEnd('/'), cancellation);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task ToFileAsync(CliContext context, FairwayClient client, ArtifactInfo one, string file, CancellationToken cancellation)
    {
        var temporary = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write)) await client.CopyArtifactAsync(one.Digest, "files", stream, cancellation);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new FairwayException("export-unwritten", $"{file} cannot be written: {failure.Message}", "name a file in a folder that exists and may be written", 400, inner: failure);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
        context.Error.WriteLine($"{one.Digest} is in {file} ({ArtifactView.Size(new FileInfo(file).Length)})");
    }

    private static async Task ToLayoutAsync(CliContext context, FairwayClient client, ArtifactInfo one, string folder, CancellationToken cancellation)
    {
        if (!one.IsImage) throw new FairwayException("not-an-image", $"{one.Digest} is no container image", "write -o FILE for an archive of its files", 400);
        if (Path.Exists(folder)) throw new FairwayException("export-exists", $"{folder} is there already", "name a folder that is not there yet", 400);
        var (archive, unpacked) = ($"{folder}.{Environment.ProcessId}.tar", $"{folder}.{Environment.ProcessId}.tmp");
        try
        {
            await using (var stream = new FileStream(archive, FileMode.CreateNew, FileAccess.Write)) await client.CopyArtifactAsync(one.Digest, "files", stream, cancellation);
            Directory.CreateDirectory(unpacked);
            await TarFile.ExtractToDirectoryAsync(archive, unpacked, overwriteFiles: false, cancellation);
            if (!File.Exists(Path.Combine(unpacked, LayoutMark))) throw new FairwayException("not-an-image", $"{one.Digest} came without {LayoutMark}", "export it again", 502);
            // As a whole or not at all.
            Directory.Move(unpacked, folder);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            throw new FairwayException("export-unwritten", $"{folder} cannot be written: {failure.Message}", "name a folder in one that exists and may be written", 400, inner: failure);
        }
        finally
        {
            if (File.Exists(archive)) File.Delete(archive);
            if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
        }
        context.Error.WriteLine($"{one.Digest} is in {folder} ({ArtifactView.Size(one.Bytes)})");
    }
}
