using Fairway.Groups;
using Fairway.Kernel;

namespace Fairway.Configuration;

/// <summary>The section <c>groups</c>.</summary>
internal static class GroupDeclaration
{
    /// <summary>The declaration.</summary>
    public static MapShape<GroupSettings> Declare() => new("release groups by name", NameRules.Services, new ShorthandShape<GroupSettings>(One, "services", Names));

    /// <summary>Names in groups that no service has, services named twice, and circles.</summary>
    public static void Check(ImmutableArray<KeyValuePair<string, GroupSettings>> groups, IReadOnlyCollection<string> services, SourceMap sources, DiagnosticList diagnostics)
    {
        foreach (var (name, group) in groups)
        {
            if (sources.Find($"groups.{name}") is not { } at) continue;
            var listed = sources.Find($"groups.{name}.services") ?? at;
            foreach (var service in group.Services.Except(services, StringComparer.Ordinal))
                diagnostics.Error(DiagnosticCodes.UnknownService, listed, $"the group {name} names {service}, which is not a service", $"one of {string.Join(", ", services)}",
                    NearestName.Of(service, services));
            if (group.Services.Distinct(StringComparer.Ordinal).Count() != group.Services.Length)
                diagnostics.Error(DiagnosticCodes.GroupOrder, listed, $"the group {name} names a service twice", "each service once");
            if (group.Services.Length > GroupSettings.Most)
                diagnostics.Error(DiagnosticCodes.OutOfRange, listed, $"the group {name} has {group.Services.Length} services", $"at most {GroupSettings.Most}");
            var ordered = sources.Find($"groups.{name}.after") ?? at;
            foreach (var other in group.After.SelectMany(pair => pair.Value.Append(pair.Key)).Except(group.Services, StringComparer.Ordinal))
                diagnostics.Error(DiagnosticCodes.UnknownService, ordered, $"the order of the group {name} names {other}, which is not in the group",
                    $"one of {string.Join(", ", group.Services)}", NearestName.Of(other, group.Services));
            if (group.Services.FirstOrDefault(service => Reaches(group, service, service, [])) is { } circle)
                diagnostics.Error(DiagnosticCodes.GroupOrder, ordered, $"in the group {name}, {circle} comes after itself", "an order without a circle");
        }
    }

    private static ListShape<string> Names => new(Scalars.Word("a service's name", "name")) { AtLeast = 1 };

    private static RecordShape<GroupSettings> One => new RecordShape<GroupSettings>("Group",
            "Services that are shipped as one by `fairway promote --group` and `fairway group deploy`: none of them completes before all are fine, and when one is not, all go back. A list "
                + "alone is `{ services: list }`.", new("", []))
        .Required("services", Names, "The services, in order.", (group, value) => group with { Services = value }).Not("members", "apps")
        .Field("parallel", Scalars.Switch, "Whether they ship side by side. Otherwise each begins when the one before it has all its traffic.", group => group.Parallel,
            (group, value) => group with { Parallel = value })
        .Optional("after", new MapShape<ImmutableArray<string>>("services by the service that comes after them", NameRules.Services,
                new ListShape<string>(Scalars.Word("a service's name", "name"), orOne: true)),
            "Which services must have all their traffic before one begins. Where this is written, nothing else orders them.", "the order of `services`",
            (group, value) => group with { After = value.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal) }).Not("dependsOn", "needs", "order")
        .OneOf("parallel", "after");

    private static bool Reaches(GroupSettings group, string from, string to, HashSet<string> seen)
        => group.After.GetValueOrDefault(from, []).Any(one => one == to || (seen.Add(one) && Reaches(group, one, to, seen)));
}
