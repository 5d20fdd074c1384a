using Fairway.Adapters.Yaml;
using Fairway.Configuration;

namespace Fairway.Policy;

/// <summary>What docs/manual/policies.md shows is run.</summary>
public sealed class PolicyManualTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "manual", "policies.md"));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Fairway.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    private static string[] Blocks(string language) => [.. Page.Split($"```{language}\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)])];

    [Fact]
    public void Its_policies_pass_its_test_cases()
    {
        var loaded = YamlConfiguration.Parse(Blocks("yaml")[0], "/nowhere/fairway.yaml", _ => null);
        Assert.True(loaded.Configuration is not null, string.Join('\n', loaded.Diagnostics));
        Assert.NotEmpty(loaded.Configuration.Policies);
        var diagnostics = new DiagnosticList();
        var folder = Directory.CreateTempSubdirectory("fairway-policies");
        try
        {
            var file = Path.Combine(folder.FullName, "policies.test.yaml");
            File.WriteAllText(file, Blocks("yaml")[1]);
            var (cases, mistakes) = YamlPolicies.LoadCases(file, "policies.test.yaml");
            Assert.Empty(mistakes.Select(mistake => mistake.ToString()));
            Assert.NotEmpty(cases);
            var set = PolicySet.Compile(loaded.Configuration.Policies).Set;
            Assert.Empty(cases.SelectMany(one => one.Run(set, CelLimits.Default).Problems.Select(problem => $"{one.Name}: {problem}")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        Assert.False(diagnostics.HasErrors);
    }

    [Fact]
    public void Its_expressions_have_the_values_it_says() => Assert.All(Blocks("text"), Given.Holds);

    [Fact]
    public void It_names_every_variable_and_field_with_its_type()
        => Assert.All(PolicyVariables.All.SelectMany(one => one.Record is null ? [$"| `{one.Variable.Name}` | {one.Variable.Type.Text[(one.Variable.Type.Text.LastIndexOf('.') + 1)..].ToLowerInvariant()} |"]
                : one.Record.Fields.Select(field => $"| `{one.Variable.Name}.{field.Name}` | {Spoken(field.Type)} | {field.Description} |"))
            .Concat(PolicyVariables.AttestationType.Fields.Select(field => $"| `attestation.{field.Name}` | {Spoken(field.Type)} | {field.Description} |")),
            row => Assert.Contains(row, Page, StringComparison.Ordinal));

    private static string Spoken(CelType type) => type.Kind switch
    {
        CelKind.Timestamp => "timestamp",
        CelKind.Duration => "duration",
        CelKind.List when type.Parameters[0].Kind == CelKind.Record => "list of attestations",
        _ => type.Text,
    };

    [Fact]
    public void A_mistake_in_an_expression_is_shown_where_it_stands()
    {
        const string Text = """
            services: { shop: { run: ./shop } }
            policies:
              one: { owner: a, require: "relase.version == '1'" }
              two:
                owner: a
                deny: |
                  budget.remaining < 0.5 &&
                    now.getHour() > 12
              three: { owner: a, when: "1 + 1", hold: true }
              four: { owner: a, services: shpo, deny: "false" }
              five: { owner: a }
            """;
        var loaded = YamlConfiguration.Parse(Text, "/nowhere/fairway.yaml", _ => null);
        Assert.Equal(["3:30 FW1212", "8:13 FW1212", "9:29 FW1212", "10:31 FW1106", "11:3 FW1102"], loaded.Diagnostics.Select(one => $"{one.At.Line}:{one.At.Column} {one.Code.Id}"));
        Assert.Contains("did you mean getHours", loaded.Diagnostics[1].Sentence, StringComparison.Ordinal);
    }
}
