using System.Text.Json;

namespace Fairway.Client.Wire;

/// <summary>A mistake in a configuration file.</summary>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Code">Such as <c>FW1101</c>.</param>
/// <param name="File">Where.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong, what was expected, what may be meant.</param>
public sealed record DiagnosticInfo(string Severity, string Code, string File, int Line, int Column, string Message);

/// <summary>Answer of <c>POST /api/configuration/validate</c>.</summary>
/// <param name="Valid">Whether it could be in force.</param>
/// <param name="Digest">Of what it means; null when it is not valid.</param>
/// <param name="Diagnostics">All mistakes.</param>
public sealed record ConfigurationCheck(bool Valid, string? Digest, IReadOnlyList<DiagnosticInfo> Diagnostics);

/// <summary>Answer of <c>GET /api/configuration</c>; its <c>ETag</c> is the file's, for <c>If-Match</c> of <c>apply</c>.</summary>
/// <param name="File">Absolute path.</param>
/// <param name="Digest">Of what is in force; null before a good file was read.</param>
/// <param name="InForce">What is in force, resolved for each environment; null before a good file was read.</param>
/// <param name="Problems">Mistakes that keep a newer state of the file from being in force.</param>
public sealed record ConfigurationState(string File, string? Digest, JsonElement? InForce, IReadOnlyList<string> Problems);

/// <summary>What would change, or has changed.</summary>
/// <param name="Tag">Of the present file, for <c>If-Match</c> of <c>apply</c>.</param>
/// <param name="Digest">Of the configuration that would be in force.</param>
/// <param name="Changes">Part by part; empty when it means the same.</param>
/// <param name="Diagnostics">Warnings.</param>
public sealed record ConfigurationPlanInfo(string Tag, string Digest, IReadOnlyList<ConfigurationChange> Changes, IReadOnlyList<DiagnosticInfo> Diagnostics);

/// <summary>A part of the configuration that changes.</summary>
/// <param name="Part"><c>environment/service</c>, or another part such as <c>edge</c>.</param>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Effect">When it has an effect.</param>
/// <param name="Fields">What changes of it, when it is changed.</param>
public sealed record ConfigurationChange(string Part, string Change, string Effect, IReadOnlyList<FieldChange> Fields);

/// <summary>A field that changes.</summary>
/// <param name="Path">Such as <c>workload.command[0]</c>.</param>
/// <param name="From">Before; null when it was not there.</param>
/// <param name="To">After; null when it is gone.</param>
public sealed record FieldChange(string Path, string? From, string? To);
