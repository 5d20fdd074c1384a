using Fairway.Client.Wire;
using Fairway.Gates;
using NodaTime;

namespace Fairway.Api;

/// <summary>Gates' answers and freezes as the API writes them.</summary>
internal static class GateWire
{
    public static GateVerdictInfo Of(GateVerdict verdict) => new(
        verdict.Key.Environment, verdict.Key.Service, verdict.Release, verdict.Version, RolloutWire.Name(verdict.Answer), RolloutWire.Of(verdict.Why),
        [.. verdict.Rules.Select(Of)], RolloutWire.At(verdict.Until));

    public static FreezeInfo Of(Freeze freeze, Instant now)
        => new(freeze.Id, freeze.Environments, freeze.Services, RolloutWire.At(freeze.From), RolloutWire.At(freeze.Until), freeze.Reason, freeze.By, freeze.Holds(now));

    private static GateRuleInfo Of(RuleVerdict rule)
        => new(rule.Rule, RolloutWire.Name(rule.Answer), RolloutWire.Of(rule.Why), rule.Advisory, rule.Overridden, rule.Change, rule.Who, RolloutWire.At(rule.Until));
}
