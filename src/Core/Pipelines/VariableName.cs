using Fairway.Configuration;

namespace Fairway.Pipelines;

/// <summary>Names of environment variables, as a shell can set them (POSIX XBD 8.1, and lower case).</summary>
public static class VariableName
{
    /// <summary>Whether a text is one.</summary>
    public static bool IsValid(string name) => NameRules.IsVariableName(name);
}
