using System.CommandLine;
using System.Runtime.CompilerServices;
using Fairway.Offline;

namespace Fairway.Configuration;

/// <summary>Runs the commands that need no control plane, with real arguments.</summary>
internal static class Offline
{
    /// <summary>What a command left behind.</summary>
    /// <param name="ExitCode">Its exit code.</param>
    /// <param name="Output">Standard output.</param>
    /// <param name="Error">Standard error.</param>
    public sealed record Outcome(int ExitCode, string Output, string Error);

    /// <summary>This folder in the checkout.</summary>
    public static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    /// <summary>Runs <c>fairway ARGUMENTS</c>.</summary>
    public static Outcome Run(params string[] arguments)
    {
        var root = new RootCommand { ValidateCommand.Create(), SchemaCommand.Create(), InitCommand.Create() };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return new(exitCode, output.ToString(), error.ToString());
    }
}

/// <summary>A folder that is deleted at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its absolute path; its last part is <c>my-shop</c>.</summary>
    public string Path { get; } = System.IO.Path.Combine(Directory.CreateTempSubdirectory("fairway-").FullName, "my-shop");

    /// <summary>A new folder.</summary>
    public TemporaryFolder() => Directory.CreateDirectory(Path);

    /// <summary>Absolute path of a file in it.</summary>
    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Writes a file, and the folders it needs.</summary>
    public void Write(string file, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[file])!);
        File.WriteAllText(this[file], text);
    }

    public void Dispose() => Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
}
