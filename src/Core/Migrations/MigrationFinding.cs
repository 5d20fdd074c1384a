using System.Text.Json.Serialization;

namespace Fairway.Migrations;

/// <summary>How bad a finding is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MigrationSeverity>))]
public enum MigrationSeverity
{
    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>It would hurt what serves, or cannot run.</summary>
    Error,
}

/// <summary>Something about a migration that a person should know before it runs.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">From 1.</param>
/// <param name="Code">Stable, such as <c>drop-column</c>; what a header's <c>allow</c> names.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="What">In a sentence.</param>
/// <param name="Mend">What to write instead.</param>
public sealed record MigrationFinding(string File, int Line, string Code, MigrationSeverity Severity, string What, string Mend)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}: {What}; {Mend}";
}
