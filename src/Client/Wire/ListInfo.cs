namespace Fairway.Client.Wire;

/// <summary>An instance with its service.</summary>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Service">Such as <c>shop</c>.</param>
/// <param name="Instance">The instance.</param>
public sealed record InstanceRow(string Environment, string Service, InstanceInfo Instance);

/// <summary>A page of instances, by environment and service.</summary>
/// <param name="Instances">The rows.</param>
/// <param name="Cursor">Pass it to get the next page; null at the end.</param>
public sealed record InstancePage(IReadOnlyList<InstanceRow> Instances, string? Cursor);
