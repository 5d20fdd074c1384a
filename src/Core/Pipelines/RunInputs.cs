using Fairway.Configuration;

namespace Fairway.Pipelines;

/// <summary>Values that a pipeline asks for when it is started by hand.</summary>
public static class RunInputs
{
    /// <summary>Longest value, in characters.</summary>
    public const int LongestValue = 10_000;

    /// <summary>Values for a pipeline's inputs, or what is wrong with them and how to mend it.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="given">Names and values.</param>
    public static (ImmutableSortedDictionary<string, string>? Values, string? Problem, string? Mend) Read(Pipeline pipeline, IEnumerable<KeyValuePair<string, string>> given)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            if (pipeline.On.Inputs.FirstOrDefault(input => input.Name == name) is not { } known)
                return (null, $"pipeline {pipeline.Name} has no input {name}", NearestName.Of(name, pipeline.On.Inputs.Select(input => input.Name)) is { } near ? $"did you mean {near}?" : null);
            if (value.Length > LongestValue) return (null, $"input {name} is longer than {LongestValue} characters", null);
            if (!known.Choices.IsEmpty && !known.Choices.Contains(value, StringComparer.Ordinal))
                return (null, $"input {name} cannot be '{value}'", $"it is one of {string.Join(", ", known.Choices)}");
            values[name] = value;
        }
        return pipeline.On.Inputs.FirstOrDefault(input => input.Required && input.Default is null && !values.ContainsKey(input.Name)) is { } missing
            ? (null, $"input {missing.Name} must be given", $"--input {missing.Name}=VALUE") : (values.ToImmutable(), null, null);
    }
}
