using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>A release goes through the environments in their order, and stays in each for a while.</summary>
internal static class OrderRule
{
    public const string Id = "order";
    public const string SoakId = "soak";

    /// <summary>Whether it was where it must have been.</summary>
    public static IEnumerable<RuleVerdict> Ask(GateRequest request, GateSettings settings, GateFacts facts, Instant now)
    {
        if (settings.After.IsEmpty) yield break;
        var stays = settings.After.Select(environment => facts.Earlier.FirstOrDefault(stay => stay.Environment == environment) ?? new(environment, null, Smoke: false)).ToArray();
        if (stays.FirstOrDefault(stay => stay.Since is null) is { } skipped)
        {
            yield return new(Id, GateAnswer.Deny, Why.Because("environment-skipped", "{version} has not served in {earlier}, which comes before {environment}",
                ("version", request.Version), ("earlier", skipped.Environment), ("environment", request.Key.Environment)))
            {
                Change = $"ship it to {skipped.Environment} first", Who = $"a deployer of {skipped.Environment}",
            };
            yield break;
        }
        yield return new(Id, GateAnswer.Allow, Why.Because("order-kept", "{version} served in {earlier}", ("version", request.Version),
            ("earlier", string.Join(", ", settings.After))));
        if (settings.Soak > Duration.Zero) yield return Soak(request, settings, stays, now);
    }

    private static RuleVerdict Soak(GateRequest request, GateSettings settings, EarlierStay[] stays, Instant now)
    {
        var least = stays.MinBy(stay => stay.Served(now))!;
        var served = least.Served(now);
        if (served >= settings.Soak)
            return new(SoakId, GateAnswer.Allow, Why.Because("soaked", "it served in {earlier} for {soaked}", ("earlier", least.Environment), ("soaked", Text(served))));
        if (least.Left is not null)
            return new(SoakId, GateAnswer.Deny, Why.Because("soak-broken", "it served in {earlier} for only {soaked} of {soak} before another took its place", ("earlier", least.Environment),
                ("soaked", Text(served)), ("soak", Text(settings.Soak))))
            {
                Change = $"ship it to {least.Environment} again, or have it overridden by two people", Who = $"a deployer of {least.Environment}",
            };
        var ends = least.Since!.Value + settings.Soak;
        return new(SoakId, GateAnswer.Hold, Why.Because("soaking", "{left} more in {earlier}, where it served for {soaked} of {soak}", ("left", Text(ends - now)),
            ("earlier", least.Environment), ("soaked", Text(served)), ("soak", Text(settings.Soak))))
        {
            Until = ends, Change = "wait, or have it overridden by two people", Who = $"time, or two people of {request.Key.Environment}",
        };
    }

    private static string Text(Duration time)
    {
        var seconds = (long)Math.Max(0, Math.Ceiling(time.TotalSeconds));
        return seconds switch
        {
            < 120 => $"{seconds} s",
            < 7_200 => seconds % 60 == 0 ? $"{seconds / 60} min" : $"{seconds / 60} min {seconds % 60} s",
            _ => seconds / 60 % 60 == 0 ? $"{seconds / 3_600} h" : $"{seconds / 3_600} h {seconds / 60 % 60} min",
        };
    }
}
