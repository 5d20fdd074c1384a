using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Cli.Load;
using Fairway.Cli.Verbs;
using Fairway.Client.Wire;

namespace Fairway.Cli;

/// <summary>What <c>--json</c> prints beyond the API's own records, in the API's style.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(FailureJson))]
[JsonSerializable(typeof(DeployJson))]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>One record a line, for streams.</summary>
    public static WireJson Lines => WireJson.Default;
}

/// <summary>An error, for scripts.</summary>
internal sealed record FailureJson(FailureDetail Error);

/// <summary>As in <see cref="Fairway.Client.FairwayException"/>.</summary>
internal sealed record FailureDetail(string Code, string Detail, string? Mend)
{
    /// <summary>What the gate that refused it said; null when no gate did.</summary>
    public GateVerdictInfo? Gate { get; init; }
}
