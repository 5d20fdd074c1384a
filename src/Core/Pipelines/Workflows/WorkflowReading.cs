using Fairway.Configuration;

namespace Fairway.Pipelines.Workflows;

/// <summary>A YAML file of the checkout, read but not understood.</summary>
/// <param name="Source">Its text, for positions.</param>
/// <param name="Root">Its tree; null when there is none.</param>
/// <param name="Problems">What is wrong with its YAML.</param>
public sealed record WorkflowFile(SourceFile Source, ConfigurationNode? Root, ImmutableArray<Diagnostic> Problems);

/// <summary>A time at which GitHub would start the workflow.</summary>
/// <param name="Cron">Five fields: minute, hour, day, month, day of the week.</param>
/// <param name="TimeZone">IANA name; null is UTC.</param>
/// <param name="At">Where it stands.</param>
public sealed record WorkflowSchedule(string Cron, string? TimeZone, SourcePosition At);

/// <summary>What reading a workflow gave.</summary>
/// <param name="Pipeline">The pipeline; null when there are errors.</param>
/// <param name="Diagnostics">Everything that is wrong or not supported, at once, by place.</param>
/// <param name="Schedules">The times of <c>on.schedule</c>; nothing here starts by them.</param>
public sealed record WorkflowReading(Pipeline? Pipeline, ImmutableArray<Diagnostic> Diagnostics,
    ImmutableArray<WorkflowSchedule> Schedules);
