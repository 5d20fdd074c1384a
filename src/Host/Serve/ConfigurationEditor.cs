using System.Globalization;
using System.Security.Cryptography;
using Fairway.Adapters.Processes;
using Fairway.Adapters.Yaml;
using Fairway.Configuration;
using Fairway.Kernel;

namespace Fairway.Serve;

/// <summary>Record <c>configuration-applied.v1</c>: somebody replaced the configuration's file by the API.</summary>
/// <param name="File">Absolute path.</param>
/// <param name="Before">Tag of the file before it.</param>
/// <param name="After">Tag of the file now.</param>
/// <param name="Digest">Of what it means.</param>
/// <param name="Changes">Part by part, such as <c>changed production/shop</c>.</param>
public sealed record ConfigurationApplied(string File, string Before, string After, string Digest, ImmutableArray<string> Changes)
{
    /// <summary>Record type.</summary>
    public const string Type = "configuration-applied.v1";

    /// <summary>The stream.</summary>
    public const string Stream = "configuration";
}

/// <summary>Looks at the configuration's file and replaces it: whole or not at all, and never somebody else's newer state.</summary>
/// <param name="configuration">The file.</param>
/// <param name="kept">Folder for the states it had before.</param>
/// <param name="time">The clock.</param>
public sealed class ConfigurationEditor(ConfigurationFile configuration, string kept, TimeProvider time)
{
    private const int MostKept = 50;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly Lock _gate = new();

    /// <summary>Absolute path.</summary>
    public string File => configuration.File!;

    /// <summary>What is in force; null before a good file was read.</summary>
    public FairwayConfiguration? InForce => configuration.Good;

    /// <summary>Of the file's present content; <c>none</c> without a file.</summary>
    public string Tag() => System.IO.File.Exists(File) ? TagOf(System.IO.File.ReadAllBytes(File)) : "none";

    /// <summary>Reads a text as if it stood in the file.</summary>
    public (FairwayConfiguration? Good, ImmutableArray<Diagnostic> Diagnostics) Check(ReadOnlySpan<byte> content)
    {
        var loaded = YamlConfiguration.Parse(content, File, Environment.GetEnvironmentVariable);
        return (loaded.Configuration, loaded.Diagnostics);
    }

    /// <summary>Replaces the file's content.</summary>
    /// <param name="content">The new one, checked already.</param>
    /// <param name="expected">Tag of the content that it replaces.</param>
    /// <returns>The new tag, or why nothing was changed.</returns>
    public (string? Tag, Fault? Fault) Replace(byte[] content, string expected)
    {
        lock (_gate)
        {
            try
            {
                if (Tag() != expected) return (null, new(FaultKind.Conflict, Blame.Configuration, Retryable: false, $"{File} has changed meanwhile"));
                // A link stays one: what it leads to is replaced.
                var target = System.IO.File.ResolveLinkTarget(File, returnFinalTarget: true)?.FullName ?? File;
                Keep(target);
                var fault = System.IO.File.Exists(target) ? DurableFile.Replace(target, content, System.IO.File.GetUnixFileMode(target)) : DurableFile.Replace(target, content);
                return fault is null ? (TagOf(content), null) : (null, fault);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return (null, new(error is IOException { HResult: 28 } ? FaultKind.Exhausted : FaultKind.Failed, Blame.Platform, Retryable: true,
                    $"{File} cannot be replaced: {error.Message}; nothing was changed"));
            }
        }
    }

    private void Keep(string target)
    {
        if (!System.IO.File.Exists(target)) return;
        Directory.CreateDirectory(kept, OwnerOnly);
        var name = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture);
        System.IO.File.Copy(target, Path.Combine(kept, $"{name}-{TagOf(System.IO.File.ReadAllBytes(target))[..12]}.yaml"), overwrite: true);
        foreach (var old in Directory.EnumerateFiles(kept, "*.yaml").OrderDescending(StringComparer.Ordinal).Skip(MostKept)) System.IO.File.Delete(old);
    }

    private static string TagOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
}
