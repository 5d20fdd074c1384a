using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Adapters.Yaml;
using Fairway.Configuration;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Verification;

/// <summary>What docs/manual/verification.md shows is run.</summary>
public sealed partial class VerificationManualTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "manual", "verification.md"));

    [Fact]
    public void Its_example_is_valid_and_has_the_defaults_that_it_says()
    {
        var checks = Checks();
        Assert.Equal(["checkout Both", "order Preview", "login Live", "orders Preview"], checks.Select(check => $"{check.Name} {check.At}"));
        Assert.Equal((3, Duration.FromSeconds(10), Duration.FromSeconds(2)), (checks[0].Attempts, checks[0].Timeout, checks[0].Pause));
        Assert.Equal((1, Duration.FromSeconds(30)), (checks[3].Attempts, checks[3].Timeout));
        Assert.Equal((5, Duration.FromSeconds(1), "POST", "Bearer $SMOKE_TOKEN"), (checks[1].Attempts, checks[1].Pause, checks[1].Http!.Method, checks[1].Http!.Headers["authorization"]));
    }

    [Fact]
    public void Its_answers_are_found_as_it_says()
    {
        var checks = Checks().ToDictionary(check => check.Name);
        var lines = Blocks("text").Single().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length >= 7);
        Assert.All(lines, line =>
        {
            var said = Answer().Match(line);
            Assert.True(said.Success, line);
            var check = checks[said.Groups["check"].Value];
            var reply = new ProbeReply(Duration.FromMilliseconds(int.Parse(said.Groups["ms"].ValueSpan, CultureInfo.InvariantCulture)))
            {
                Status = int.Parse(said.Groups["status"].ValueSpan, CultureInfo.InvariantCulture), Body = said.Groups["body"].Value.Trim(),
            };
            Assert.Equal(said.Groups["found"].Value, ReplyJudge.Of(check.Http!, check.Timeout, reply).Sentence);
        });
    }

    [Fact]
    public void It_explains_every_field_that_a_check_has()
    {
        var reference = ConfigurationReference.Fields();
        var section = reference[reference.IndexOf("## Check\n", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n##", 3, StringComparison.Ordinal)];
        var fields = Field().Matches(section).Select(row => row.Groups["name"].Value).ToArray();
        Assert.True(fields.Length >= 16, section);
        Assert.All(fields.Where(field => field is not "run"), field => Assert.Contains($"| `{field}` |", Page, StringComparison.Ordinal));
    }

    private static ImmutableArray<CheckSpec> Checks()
    {
        var loaded = YamlConfiguration.Parse(Blocks("yaml").Single(), "/nowhere/fairway.yaml", _ => null);
        Assert.True(loaded.Configuration is not null, string.Join('\n', loaded.Diagnostics));
        return loaded.Configuration.Resolve("production", "shop")!.Rollout.Verify!.Value;
    }

    private static string[] Blocks(string language) => [.. Page.Split($"```{language}\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)])];

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Fairway.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"^(?<check>\S+) +(?<status>\d+) +(?<ms>\d+) ms(?<body>.*?) -> (?<found>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Answer();

    [GeneratedRegex(@"^\| `(?<name>\w+)`", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Field();
}
