using System.Xml;
using System.Xml.Linq;
using Fairway.Configuration;

namespace Fairway.Offline;

/// <summary>A .NET project that runs: ASP.NET Core before workers and consoles, the nearest before those further down.</summary>
internal static class Dotnet
{
    // Under bin/, which the SDK's default globs leave out: a folder of its own would be published into itself the next time.
    private const string Output = "bin/fairway";

    public static DetectedService? Detect(ProjectFolder folder)
    {
        var projects = folder.Files(3, ".csproj", ".fsproj", ".vbproj").Select(path => (Path: path, Xml: Parse(folder.Read(path))))
            .Where(project => project.Xml is not null && Runs(project.Xml)).ToArray();
        if (projects.Length == 0) return null;
        var (path, xml) = projects.FirstOrDefault(project => IsWeb(project.Xml!), projects[0]);
        var assembly = xml!.Descendants("AssemblyName").FirstOrDefault()?.Value is { Length: > 0 } named
            && !named.Contains('$', StringComparison.Ordinal) ? named : Path.GetFileNameWithoutExtension(path);
        var program = CommandWords.Join([$"./{assembly}"]);
        var web = IsWeb(xml);
        return new(ProjectFolder.NameOf(assembly.Replace('.', '-')), $"{(web ? "ASP.NET Core" : ".NET")} project {path}",
            web ? $"{program} --urls http://127.0.0.1:$PORT" : program)
        {
            Build = $"dotnet publish {CommandWords.Join([path])} -c Release -o {Output}",
            Path = Output,
            Ready = folder.HealthPath(".cs", ".fs", ".vb"),
        };
    }

    private static bool IsWeb(XElement project)
        => Sdk(project).StartsWith("Microsoft.NET.Sdk.Web", StringComparison.OrdinalIgnoreCase)
            || project.Descendants("FrameworkReference")
                .Any(reference => (string?)reference.Attribute("Include") == "Microsoft.AspNetCore.App");

    private static bool Runs(XElement project)
    {
        var test = project.Descendants("IsTestProject").Any(value => value.Value.Trim() == "true")
            || project.Descendants("PackageReference").Any(reference => ((string?)reference.Attribute("Include")) is { } name
                && (name.StartsWith("xunit", StringComparison.OrdinalIgnoreCase)
                || name is "NUnit" or "MSTest" or "Microsoft.NET.Test.Sdk"));
        var output = project.Descendants("OutputType").LastOrDefault()?.Value.Trim();
        var sdk = Sdk(project);
        return !test
            && (output is null ? sdk.StartsWith("Microsoft.NET.Sdk.Web", StringComparison.OrdinalIgnoreCase)
            || sdk.StartsWith("Microsoft.NET.Sdk.Worker", StringComparison.OrdinalIgnoreCase)
            : output.Equals("Exe", StringComparison.OrdinalIgnoreCase));
    }

    private static string Sdk(XElement project) => (string?)project.Attribute("Sdk") ?? (string?)project.Element("Sdk")?.Attribute("Name")
        ?? "";

    private static XElement? Parse(string text)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null });
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
