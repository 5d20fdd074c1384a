using System.Text.Json;
using System.Xml.Linq;
using Fairway.Client;

namespace Fairway.EndToEnd.Cli;

/// <summary><c>fairway policy test</c> and <c>eval</c>: exit codes, what a case that fails shows, JSON and JUnit.</summary>
public sealed class PolicyVerbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-policy-verb-");

    public PolicyVerbTests()
    {
        Write("fairway.yaml", """
            services:
              shop: { run: ./shop }
            policies:
              tested:
                owner: quality
                require: release.attestations.exists(a, a.kind == "tests" && a.passed)
                message: This release has no green tests.
              no-friday-afternoon:
                owner: platform
                deny: now.getDayOfWeek("Europe/Berlin") == 5 && now.getHours("Europe/Berlin") >= 12
                message: Nothing ships on a Friday afternoon.

            """);
        Write("policies.test.yaml", Cases("deny"));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Cases_that_are_as_expected_pass_and_end_with_0()
    {
        var (code, output, error) = await RunAsync("test");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("ok    A tested release ships on a Wednesday allow\nok    Friday afternoon is refused deny: no-friday-afternoon\n\n2 passed\n", output);
    }

    [Fact]
    public async Task A_case_that_fails_is_shown_with_its_place_what_was_expected_and_what_each_rule_saw()
    {
        Write("policies.test.yaml", Cases("allow"));
        var (code, output, _) = await RunAsync("test", "--junit", "report.xml");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("FAIL  Friday afternoon is refused deny: no-friday-afternoon\n      policies.test.yaml:", output, StringComparison.Ordinal);
        Assert.Contains("no-friday-afternoon: Nothing ships on a Friday afternoon.", output, StringComparison.Ordinal);
        Assert.EndsWith("1 of 2 failed\n", output, StringComparison.Ordinal);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        var report = XDocument.Load(Path.Combine(_folder.FullName, "report.xml")).Root!;
        Assert.Equal(("2", "1"), (report.Attribute("tests")!.Value, report.Attribute("failures")!.Value));
    }

    [Fact]
    public async Task Json_tells_the_same()
    {
        Write("policies.test.yaml", Cases("allow"));
        var (code, output, _) = await RunAsync("test", "policies.test.yaml", "--json");
        Assert.Equal(ExitCodes.Failed, code);
        using var told = JsonDocument.Parse(output);
        Assert.Equal((1, 1), (told.RootElement.GetProperty("passed").GetInt32(), told.RootElement.GetProperty("failed").GetInt32()));
        var failed = told.RootElement.GetProperty("cases")[1];
        Assert.Equal((false, "allow", "deny"), (failed.GetProperty("passed").GetBoolean(), failed.GetProperty("expected").GetString(), failed.GetProperty("answer").GetString()));
    }

    [Fact]
    public async Task What_cannot_be_tested_ends_with_2_and_a_way_out()
    {
        Write("policies.test.yaml", "cases: [{ name: x, expect: perhaps }]\n");
        Assert.Equal(ExitCodes.Usage, (await RunAsync("test")).Code);
        Assert.Equal(ExitCodes.Usage, (await RunAsync("test", "nowhere.yaml")).Code);
        File.Delete(Path.Combine(_folder.FullName, "policies.test.yaml"));
        var (code, _, error) = await RunAsync("test");
        Assert.True(code == ExitCodes.Usage && error.Contains("\nmend:  name the files with test cases", StringComparison.Ordinal), error);
        Write("fairway.yaml", "services: { shop: { run: ./shop } }\n");
        Assert.Equal(ExitCodes.Usage, (await RunAsync("test")).Code);
        Assert.Equal(ExitCodes.Usage, (await RunAsync("test", "--config", "nowhere.yaml")).Code);
    }

    [Fact]
    public async Task An_expression_is_tried_and_a_mistake_is_pointed_at()
    {
        Assert.Equal((0, "3\n", ""), await RunAsync("eval", "1 + 2"));
        var (code, _, error) = await RunAsync("eval", "release.versoin == \"1\"");
        Assert.True(code == ExitCodes.Usage && error.Contains('^', StringComparison.Ordinal), error);
        Assert.Equal(ExitCodes.Failed, (await RunAsync("eval", "1 / 0")).Code);
    }

    private static string Cases(string friday) => $$"""
        given:
          service: { name: shop }
          environment: { name: production }
          now: 2026-11-18T10:00:00Z
          release: { version: 1.10, attestations: [{ kind: tests, passed: true }] }
        cases:
          - name: A tested release ships on a Wednesday
            expect: allow
          - name: Friday afternoon is refused
            input: { now: 2026-11-20T12:00:00Z }
            expect: {{friday}}

        """;

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var run = new CliRun { Folder = _folder.FullName };
        return (await run.RunAsync(["policy", .. arguments]), run.Out.ToString(), run.Error.ToString());
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder.FullName, file), text);
}
