using System.Text.RegularExpressions;

namespace Fairway.Offline;

/// <summary>Finds the services of a project by the files that its tools use.</summary>
public static partial class ServiceDetector
{
    /// <summary>What is looked for, for messages.</summary>
    public const string LookedFor = "a Procfile, a .NET project that runs, go.mod, Cargo.toml, package.json with a start script, a Python program, and an executable file";

    /// <summary>The services found, the one that answers requests first; empty when there are none.</summary>
    public static ImmutableArray<DetectedService> Detect(ProjectFolder folder)
    {
        var found = Dotnet.Detect(folder) ?? Go.Detect(folder) ?? Rust.Detect(folder) ?? Node.Detect(folder) ?? Python.Detect(folder);
        if (folder.Has("Procfile") && Procfile(folder, found) is { IsEmpty: false } processes) return processes;
        return (found ?? Executable(folder)) is { } service ? [service] : [];
    }

    /// <summary>A Procfile says how to run; the language's own files say what to build first.</summary>
    private static ImmutableArray<DetectedService> Procfile(ProjectFolder folder, DetectedService? language)
    {
        var here = language is { Path: "." } ? language : null;
        var services = ImmutableArray.CreateBuilder<DetectedService>();
        foreach (var line in folder.Read("Procfile").Split('\n'))
        {
            if (Process().Match(line) is not { Success: true } process) continue;
            var (type, command) = (process.Groups["type"].Value, process.Groups["command"].Value.Trim());
            if (type is "release") continue;
            var web = type == "web";
            var name = web ? folder.ServiceName : ProjectFolder.NameOf(type);
            if (services.Any(service => service.Name == name)) continue;
            services.Add(new DetectedService(name, $"{type} in Procfile", command)
            {
                Build = here?.Build,
                Environment = here?.Environment ?? ImmutableSortedDictionary<string, string>.Empty,
                Ready = web ? here?.Ready : null,
                Web = web,
            });
        }
        return [.. services.OrderByDescending(service => service.Web)];
    }

    private static DetectedService? Executable(ProjectFolder folder)
    {
        var candidates = Directory.EnumerateFiles(folder.FullPath).Select(path => Path.GetFileName(path)!)
            .Where(name => !name.StartsWith('.') && IsProgram(Path.Combine(folder.FullPath, name)))
            .Order(StringComparer.Ordinal).ToArray();
        if (candidates.Length == 0) return null;
        string[] preferred = [folder.ServiceName, "server", "app", "main", "start", "serve"];
        var chosen = preferred.Select(wanted => Array.Find(candidates, name => Path.GetFileNameWithoutExtension(name) == wanted))
            .FirstOrDefault(name => name is not null) ?? candidates[0];
        var others = candidates.Where(name => name != chosen).Take(3).ToArray();
        return new(folder.ServiceName, $"executable {chosen}{(others.Length > 0 ? $"; also here: {string.Join(", ", others)}" : "")}",
            Fairway.Configuration.CommandWords.Join([$"./{chosen}"]));
    }

    /// <summary>Executable by its owner, and an ELF file (System V ABI: 7F 45 4C 46) or a script with an interpreter.</summary>
    private static bool IsProgram(string path)
    {
        if (!OperatingSystem.IsWindows() && !File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute)) return false;
        Span<byte> start = stackalloc byte[4];
        try
        {
            using var file = File.OpenRead(path);
            var read = file.ReadAtLeast(start, 4, throwOnEndOfStream: false);
            return start[..read].SequenceEqual("\u007fELF"u8) || start[..read].StartsWith("#!"u8);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^(?<type>[A-Za-z][A-Za-z0-9_-]*):\s*(?<command>\S.*)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Process();
}
