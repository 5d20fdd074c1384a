using Fairway.Adapters.Yaml;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Configuration;

namespace Fairway.Offline;

/// <summary>Where a service's files are and how they are made, from its configuration: what <c>fairway deploy</c> needs and the API has no business to know.</summary>
public static class ConfiguredSources
{
    /// <inheritdoc cref="FindSource"/>
    public static ArtifactSource Find(string configurationFile, string service, string? environment)
    {
        var loaded = YamlConfiguration.Load(configurationFile, Environment.GetEnvironmentVariable);
        if (loaded.Configuration is not { } configuration)
            throw new FairwayException(
                "configuration-broken", $"{configurationFile} has mistakes", "mend the file; `fairway validate` shows the lines around them", 422,
                [.. loaded.Diagnostics.Select(d => $"{d.At}: {d.Sentence}")]);
        var found = configuration.Environments.Where(e => environment is null || e == environment).Select(e => configuration.Resolve(e, service)).FirstOrDefault(s => s is not null)
            ?? throw new FairwayException("no-service", $"{configurationFile} has no service {service}", "name the folder to ship with --path", 404);
        var declared = configuration.Find(found.Key.Environment, service, "build")?.File.Name ?? configurationFile;
        return new(Path.GetFullPath(found.Path, loaded.Folder), found.Build, Path.GetDirectoryName(Path.GetFullPath(declared, loaded.Folder))!);
    }
}
