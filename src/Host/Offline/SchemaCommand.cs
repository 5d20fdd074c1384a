using System.CommandLine;
using Fairway.Configuration;

namespace Fairway.Offline;

/// <summary><c>fairway schema</c>: the JSON Schema of <c>fairway.yaml</c>, for editors.</summary>
public static class SchemaCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var output = new Option<string?>("--output", "-o") { Description = "Write to this file instead of standard output." };
        var command = new Command("schema", "Print the JSON Schema of fairway.yaml, from which editors complete and check.") { output };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(output) is not { } file)
            {
                parsed.InvocationConfiguration.Output.Write(JsonSchema.Write());
                return 0;
            }
            try
            {
                File.WriteAllText(file, JsonSchema.Write());
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
