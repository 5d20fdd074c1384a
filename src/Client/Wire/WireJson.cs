using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Client.Wire;

/// <summary>
/// How the API writes JSON: camelCase, nulls left out, times in ISO 8601. Generated at compile time, so that a short command starts fast.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(StatusInfo))]
[JsonSerializable(typeof(ServiceInfo))]
[JsonSerializable(typeof(IReadOnlyList<ServiceSummary>))]
[JsonSerializable(typeof(RolloutInfo))]
[JsonSerializable(typeof(RolloutPage))]
[JsonSerializable(typeof(ExplainInfo))]
[JsonSerializable(typeof(ReplayInfo))]
[JsonSerializable(typeof(BacktestRequest))]
[JsonSerializable(typeof(BacktestInfo))]
[JsonSerializable(typeof(DeployRequest))]
[JsonSerializable(typeof(CommandRequest))]
[JsonSerializable(typeof(DecisionAnswer))]
[JsonSerializable(typeof(ReleaseInfo))]
[JsonSerializable(typeof(IReadOnlyList<ReleaseInfo>))]
[JsonSerializable(typeof(EventInfo))]
[JsonSerializable(typeof(LedgerVerification))]
[JsonSerializable(typeof(LedgerRebuild))]
[JsonSerializable(typeof(LogLineInfo))]
[JsonSerializable(typeof(ConfigurationInfo))]
[JsonSerializable(typeof(DownInfo))]
[JsonSerializable(typeof(ProblemInfo))]
[JsonSerializable(typeof(SubscribeRequest))]
[JsonSerializable(typeof(SubscribedInfo))]
[JsonSerializable(typeof(SubscriptionPage))]
[JsonSerializable(typeof(ConfigurationCheck))]
[JsonSerializable(typeof(ConfigurationState))]
[JsonSerializable(typeof(ConfigurationPlanInfo))]
[JsonSerializable(typeof(InstancePage))]
[JsonSerializable(typeof(MeInfo))]
[JsonSerializable(typeof(IReadOnlyList<TokenInfo>))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(CreatedToken))]
[JsonSerializable(typeof(LinkRequest))]
[JsonSerializable(typeof(LinkInfo))]
[JsonSerializable(typeof(IReadOnlyList<SessionInfo>))]
[JsonSerializable(typeof(IReadOnlyList<GrantInfo>))]
[JsonSerializable(typeof(GrantRequest))]
[JsonSerializable(typeof(GrantDecision))]
[JsonSerializable(typeof(GrantAnswer))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(WhyInfo))]
[JsonSerializable(typeof(IReadOnlyList<WhyInfo>))]
[JsonSerializable(typeof(PipelineRunInfo))]
[JsonSerializable(typeof(IReadOnlyList<PipelineRunInfo>))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>The same records with line breaks, for a person who asked for <c>--json</c>.</summary>
    public static WireJson Indented => field ??= new(new JsonSerializerOptions(Default.Options) { WriteIndented = true });
}
