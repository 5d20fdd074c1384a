using System.Text.Json.Nodes;
using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Declarations;

/// <summary>What is read of an image.</summary>
/// <param name="Name">Its name. A template.</param>
/// <param name="Settings">How a container is made of it.</param>
internal sealed record ImageParts(string Name, ContainerSettings Settings);

/// <summary>An image that a job or a service runs in; a name alone is <c>{ name: … }</c>.</summary>
internal static class ImageDeclaration
{
    private static readonly ContainerSettings Usual = new();

    /// <summary>The declaration.</summary>
    public static Shape<ImageParts> Declare() => new ShorthandShape<ImageParts>(
        new RecordShape<ImageParts>("Image", "An image that a job or a service runs in. A name alone is `{ name: name }`.", new("", Usual))
            .Required("name", Name, "Its name. Without a host it is one of docker.io; with a digest it is always the same.", (image, value) => image with { Name = value })
                .Like("docker.io/library/postgres:17").Not("image")
            .Field("pull", Scalars.OneOf(("missing", PullPolicy.Missing), ("always", PullPolicy.Always), ("never", PullPolicy.Never)),
                "When it is fetched. `missing`: when it is not on this machine. `always`: in every run. `never`: it must be there.",
                image => image.Settings.Pull, (image, value) => image with { Settings = image.Settings with { Pull = value } })
            .Field("readOnly", Scalars.Switch, "Whether its files cannot be changed. `/tmp`, `/run` and the workspace can.",
                image => image.Settings.ReadOnly, (image, value) => image with { Settings = image.Settings with { ReadOnly = value } })
            .Optional("tmpfs", new ListShape<string>(Folder, orOne: true), "Folders that are kept in memory.", "none",
                (image, value) => image with { Settings = image.Settings with { Tmpfs = value } }).Like("/var/lib/postgresql/data")
            .Optional("sharedMemory", Scalars.Size, "Size of `/dev/shm`.", "64Mi", (image, value) => image with { Settings = image.Settings with { SharedMemoryBytes = value } })
                .Like("256Mi").Not("shm"),
        "name", Name);

    private static ScalarShape<string> Name => new("image", "an image such as docker.io/library/node:22",
        text => text.Contains("${{", StringComparison.Ordinal)
            ? ExpressionTemplate.Parse(text, ExpressionScopes.JobContainer) is { Template: null } bad
                ? Parsed.Wrong<string>(DiagnosticCodes.BadExpression, $"cannot be read: {bad.Issues[0]}", null) : Parsed.Value(text)
            : ImageReference.Problem(text) is { } problem ? Parsed.Malformed<string>(problem: problem) : Parsed.Value(text),
        value => value, () => new() { ["type"] = "string", ["minLength"] = 1 });

    private static ScalarShape<string> Folder => new("path", "an absolute path",
        text => IsFolder(text) ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is no absolute path"), value => value,
        () => new JsonObject { ["type"] = "string", ["pattern"] = "^/[^:,\\s]+$" });

    /// <summary>Whether a container's folder can be named so.</summary>
    public static bool IsFolder(string path) => path.Length is > 1 and < 256 && path[0] == '/' && !path.Contains("/../", StringComparison.Ordinal)
        && !path.EndsWith("/..", StringComparison.Ordinal) && !path.Any(letter => letter is ':' or ',' || char.IsWhiteSpace(letter) || char.IsControl(letter));
}
