using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary><c>fairway schema</c></summary>
public sealed class SchemaCommandTests
{
    [Fact]
    public void The_schema_is_printed()
    {
        var run = Offline.Run("schema");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", JsonNode.Parse(run.Output)!["$schema"]!.GetValue<string>());
    }

    [Fact]
    public void The_schema_is_written_to_a_file()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, Offline.Run("schema", "-o", folder["schema.json"]).ExitCode);
        Assert.Equal(Offline.Run("schema").Output, File.ReadAllText(folder["schema.json"]));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_named()
    {
        using var folder = new TemporaryFolder();
        var run = Offline.Run("schema", "-o", folder["no/such/folder.json"]);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"{folder["no/such/folder.json"]} cannot be written: ", run.Error, StringComparison.Ordinal);
    }
}
