using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary><c>fairway validate</c></summary>
public sealed class ValidateCommandTests
{
    private static string Broken => Path.Combine(Offline.Folder(), "broken.yaml");

    [Fact]
    public void A_broken_file_is_refused_with_every_mistake_and_its_place()
    {
        var run = Offline.Run("validate", Broken);
        Assert.Equal(2, run.ExitCode);
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Matches(@"^\d+ errors( and \d+ warnings?)? in .*broken\.yaml$", lines[^1]);
        string[] expected =
        [
            ":3:9: error FW1104: http is \"808O\"", ":4:3: error FW1205",
                ":5:3: error FW1101: edge has no field accesslog; did you mean accessLog?", ":11:7: error FW1207",
            ":14:3: error FW1108", ":17:15: error FW1104", ":21:10: error FW1109",
                ":22:5: error FW1101: shop has no field replicas; did you mean instances?",
            ":23:13: error FW1104: memory is \"256MB\"", ":26:7: error FW1206", ":29:16: error FW1104", ":30:42: error FW1107",
                ":31:16: error FW1104", ":40:17: error FW1106",
            ":41:21: error FW1202", ":41:35: error FW1203", ":42:27: error FW1105", ":43:18: error FW1204", ":44:7: error FW1102",
                ":45:5: error FW1101", ":48:25: error FW1013", ":53:3: error FW1006",
        ];
        Assert.All(expected, mistake => Assert.Contains(Broken + mistake, run.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("6f1c2a9b0d", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output);
    }

    [Fact]
    public void The_offending_line_is_shown_with_a_caret_under_it()
        => Assert.Contains("   22 |     replicas: 3                    # another tool's name\n      |     ^~~~~~~~\n",
            Offline.Run("validate", Broken).Output, StringComparison.Ordinal);

    [Fact]
    public void Json_tells_the_same()
    {
        var run = Offline.Run("validate", Broken, "--json");
        var result = JsonNode.Parse(run.Output)!;
        Assert.Equal(2, run.ExitCode);
        Assert.False(result["valid"]!.GetValue<bool>());
        var unknown = ((JsonArray)result["diagnostics"]!).Single(mistake => mistake!["line"]!.GetValue<int>() == 22)!;
        Assert.Equal(("FW1101", "error", 5, 8, "instances"), (unknown["code"]!.GetValue<string>(), unknown["severity"]!.GetValue<string>(),
            unknown["column"]!.GetValue<int>(),
            unknown["length"]!.GetValue<int>(), unknown["didYouMean"]!.GetValue<string>()));
        Assert.Equal(result["errors"]!.GetValue<int>() + result["warnings"]!.GetValue<int>(), ((JsonArray)result["diagnostics"]!).Count);
        Assert.DoesNotContain("hunter2", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_valid_file_is_accepted_and_said_to_be()
    {
        using var folder = new TemporaryFolder();
        folder.Write("fairway.yaml", "services: { shop: { run: ./shop } }");
        var run = Offline.Run("validate", folder["fairway.yaml"]);
        Assert.Equal((0, $"{folder["fairway.yaml"]} is valid: 1 service (shop) in 1 environment (production)\n"),
            (run.ExitCode, run.Output));
        var json = JsonNode.Parse(Offline.Run("validate", folder["fairway.yaml"], "--json").Output)!;
        Assert.True(json["valid"]!.GetValue<bool>());
        Assert.StartsWith("sha256:", json["digest"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_warning_is_an_error_only_when_asked()
    {
        using var folder = new TemporaryFolder();
        folder.Write("fairway.yaml", "services: { shop: { run: ./shop, routes: [ { path: / } ] }, cart: { run: ./cart } }");
        Assert.Equal(0, Offline.Run("validate", folder["fairway.yaml"]).ExitCode);
        var strict = Offline.Run("validate", folder["fairway.yaml"], "--strict");
        Assert.Equal(2, strict.ExitCode);
        Assert.EndsWith($"1 warning in {folder["fairway.yaml"]}\n", strict.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_refused_and_the_other_spelling_named()
    {
        using var folder = new TemporaryFolder();
        folder.Write("fairway.yml", "services: { shop: { run: ./shop } }");
        var run = Offline.Run("validate", folder["fairway.yaml"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"error FW1001: there is no such file; did you mean {folder["fairway.yml"]}?", run.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        var run = Offline.Run("validate", folder.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("this is a folder, not a file", run.Output, StringComparison.Ordinal);
    }
}
