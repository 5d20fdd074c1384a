namespace Fairway.Tests.PromQl.Conformance;

/// <summary>Prometheus' own query tests, where they are at hand.</summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    public static TheoryData<string, Mode> Cases()
    {
        var data = new TheoryData<string, Mode>();
        var files = Folder() is { } folder ? Directory.GetFiles(folder, "*.test").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        foreach (var file in files.DefaultIfEmpty(""))
        {
            foreach (var mode in Enum.GetValues<Mode>()) data.Add(file, mode);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_gives_what_Prometheus_gives(string file, Mode mode)
    {
        if (file.Length == 0) Assert.Skip("The conformance data are not beside this checkout (../shared/conformance/promql).");
        var runner = new ScriptRunner(mode);
        runner.Run(Script.Parse(File.ReadAllLines(Path.Combine(Folder()!, file))));
        output.WriteLine($"{file} {mode}: {runner.Cases - runner.Failures.Count} of {runner.Cases}");
        Assert.True(runner.Failures.Count == 0, $"{runner.Failures.Count} of {runner.Cases} differ:\n{string.Join('\n', runner.Failures)}");
    }

    private static string? Folder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "shared", "conformance", "promql");
            if (Directory.Exists(folder)) return folder;
        }

        return null;
    }
}
