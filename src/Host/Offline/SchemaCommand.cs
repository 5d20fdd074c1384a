using System.CommandLine;
using Fairway.Configuration;
using Fairway.Pipelines;

namespace Fairway.Offline;

/// <summary><c>fairway schema</c>: the JSON Schema of <c>fairway.yaml</c>, for editors.</summary>
public static class SchemaCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var output = new Option<string?>("--output", "-o") { Description = "Write to this file instead of standard output." };
        var pipeline = new Option<bool>("--pipeline") { Description = "The schema of .fairway/pipeline.yaml instead." };
        var command = new Command("schema", "Print the JSON Schema of fairway.yaml, from which editors complete and check.") { output, pipeline };
        command.SetAction(parsed =>
        {
            var schema = parsed.GetValue(pipeline) ? PipelineSchema.Write() : JsonSchema.Write();
            if (parsed.GetValue(output) is not { } file)
            {
                parsed.InvocationConfiguration.Output.Write(schema);
                return 0;
            }
            try
            {
                File.WriteAllText(file, schema);
                return 0;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"{file} cannot be written: {failure.Message}");
                return 1;
            }
        });
        return command;
    }
}
