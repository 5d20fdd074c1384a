using Fairway.Gates;

namespace Fairway.Configuration;

/// <summary>The section <c>freezes</c>.</summary>
internal static class FreezeDeclaration
{
    /// <summary>The declaration.</summary>
    public static MapShape<ConfiguredFreeze> Declare() => new("freezes by name", NameRules.Services, One);

    /// <summary>Names in freezes that nothing has, and ends before beginnings: nothing would ever be frozen.</summary>
    public static void Check(
        ImmutableArray<KeyValuePair<string, ConfiguredFreeze>> freezes, IReadOnlyCollection<string> services, IReadOnlyCollection<string> environments, SourceMap sources,
        DiagnosticList diagnostics)
    {
        foreach (var (name, freeze) in freezes)
        {
            if (sources.Find($"freezes.{name}") is not { } at) continue;
            foreach (var environment in freeze.Environments.Except(environments, StringComparer.Ordinal))
                diagnostics.Error(DiagnosticCodes.UnknownEnvironment, sources.Find($"freezes.{name}.environments") ?? at, $"the freeze {name} names {environment}, which is not an environment",
                    $"one of {string.Join(", ", environments)}", NearestName.Of(environment, environments));
            foreach (var service in freeze.Services.Except(services, StringComparer.Ordinal))
                diagnostics.Error(DiagnosticCodes.UnknownService, sources.Find($"freezes.{name}.services") ?? at, $"the freeze {name} names {service}, which is not a service",
                    $"one of {string.Join(", ", services)}", NearestName.Of(service, services));
            if (WallTime.Parse(freeze.From) >= WallTime.Parse(freeze.To))
                diagnostics.Error(DiagnosticCodes.OutOfRange, sources.Find($"freezes.{name}.to") ?? at, $"the freeze {name} is over before it begins", "an end after its beginning");
        }
    }

    private static RecordShape<ConfiguredFreeze> One => new RecordShape<ConfiguredFreeze>("Freeze",
            "A time with dates in which nothing ships. `fairway freeze add` sets one at once.", new("", "", "", ""))
        .Required("from", Moment, "When it begins, in the zone's wall time.", (freeze, value) => freeze with { From = value }).Like("2026-12-20T18:00").Not("start")
        .Required("to", Moment, "When it is over.", (freeze, value) => freeze with { To = value }).Like("2027-01-02").Not("end", "until")
        .Required("zone", GateDeclaration.Zone, "Name of the time zone (IANA).", (freeze, value) => freeze with { Zone = value }).Like("Europe/Berlin").Not("timeZone", "timezone", "tz")
        .Optional("environments", new ListShape<string>(Scalars.Word("an environment's name", "name"), orOne: true), "Where.", "everywhere",
            (freeze, value) => freeze with { Environments = value }).Not("environment", "env")
        .Optional("services", new ListShape<string>(Scalars.Word("a service's name", "name"), orOne: true), "What.", "everything", (freeze, value) => freeze with { Services = value })
            .Not("service")
        .Optional("reason", Scalars.Word("a reason"), "Why, for people.", "its name", (freeze, value) => freeze with { Reason = value });

    private static ScalarShape<string> Moment => new("day or day and time", "a day such as 2026-12-20, or a day and time such as 2026-12-20T18:00",
        text => WallTime.Parse(text) is not null ? Parsed.Value(text) : Parsed.Malformed<string>(WallTime.Parse(text.Replace(' ', 'T')) is null ? null : text.Replace(' ', 'T')),
        value => value, () => new() { ["type"] = "string", ["pattern"] = @"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$|\$\{" });
}
