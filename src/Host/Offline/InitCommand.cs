using System.CommandLine;
using System.Text;
using Fairway.Adapters.Yaml;
using Fairway.Configuration;
using Fairway.Kernel;

namespace Fairway.Offline;

/// <summary>
/// <c>fairway init [FOLDER]</c>: writes a working <c>fairway.yaml</c> for the service it finds there. Asks nothing, overwrites nothing
/// without <c>--force</c>.
/// </summary>
public static class InitCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Where the service is.", DefaultValueFactory = _ => "." };
        var force = new Option<bool>("--force") { Description = "Overwrite an existing file." };
        var command = new Command("init",
            "Write a fairway.yaml for the service in a folder: .NET, Node.js, Python, Go, Rust, a Procfile or an executable.") { folder,
            force };
        command.SetAction(parsed =>
        {
            var configuration = parsed.InvocationConfiguration;
            return Run(parsed.GetValue(folder)!, parsed.GetValue(force), configuration.Output, configuration.Error);
        });
        return command;
    }

    private static int Run(string folder, bool force, TextWriter output, TextWriter error)
    {
        if (!Directory.Exists(folder)) return Fail(error, $"{folder} is not a folder");
        var file = Path.Combine(folder == "." ? "" : folder, YamlConfiguration.DefaultName);
        if (!force && File.Exists(file)) return Fail(error, $"{file} exists already; --force overwrites it");
        try
        {
            var services = ServiceDetector.Detect(new ProjectFolder(folder));
            if (services.IsEmpty)
                return Fail(error, $"no service found in {Path.GetFullPath(folder)}; looked for {ServiceDetector.LookedFor}");
            var text = StarterFile.Write(services);
            var loaded = YamlConfiguration.Parse(text, file, _ => null);
            Invariant.Check(loaded.Configuration is not null,
                $"the file that init writes is valid: {string.Join("; ", loaded.Diagnostics)}");
            Store(file, text, force);
            output.WriteLine($"Wrote {file} for {string.Join(" and ", services.Select(service => $"{service.Name} ({service.Found})"))}.");
            output.WriteLine($"Next: fairway up, and then fairway deploy {services[0].Name}");
            return 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Fail(error, $"{file} cannot be written: {failure.Message}");
        }
    }

    /// <summary>By a new file and a rename, so that a full disk leaves no half of it.</summary>
    private static void Store(string file, string text, bool force)
    {
        var draft = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(draft, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(draft, file, overwrite: force);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static int Fail(TextWriter error, string message)
    {
        error.WriteLine(message);
        return 1;
    }
}
