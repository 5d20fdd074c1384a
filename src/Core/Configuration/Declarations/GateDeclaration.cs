using Fairway.Access;
using Fairway.Gates;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>The section <c>gates</c> of an environment.</summary>
internal static class GateDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<GateSettings> Declare() => new RecordShape<GateSettings>("Gates",
            "What must hold before a release ships to the environment. Asked when it is asked for, when it leaves the queue, and always for the very release.", new())
        .Optional("approvals", Approvals, "People who must say yes. A number alone is that many approvers.", "nobody",
            (gates, value) => gates with { Approvals = [new(value.Count, value.Role), .. value.And], ApprovalsExpire = value.Expires }).Not("reviewers", "approvers", "requiredApprovals")
        .Optional("freeze", new ListShape<DayWindow>(Window), "Times of the week at which nothing ships.", "none", (gates, value) => gates with { Freeze = value })
            .Not("deny", "blackout", "windows")
        .Optional("hours", new ListShape<DayWindow>(Window), "The only times of the week at which something ships. A freeze wins.", "any time",
            (gates, value) => gates with { Hours = value }).Not("allow", "businessHours", "busyHours")
        .Field("closed", Scalars.OneOf(("refuse", WhenClosed.Refuse), ("wait", WhenClosed.Wait)), "Whether a request is refused while the calendar is closed, or waits until it opens.",
            gates => gates.Closed, (gates, value) => gates with { Closed = value })
        .Optional("checklist", Checklist, "What a machine checks.", "only that the release was never taken back", (gates, value) => gates with { Checklist = value }).Not("checks", "requires")
        .Optional("attestations", new ListShape<string>(Attestation, orOne: true), "What must be attested of the artifact besides the checklist: `pipeline/NAME` is a pipeline that ran `on: deployed`.",
            "none", (gates, value) => gates with { Attestations = value }).Like("pipeline/integration").Not("attested")
        .Field("soak", Scalars.Time(), "How long the artifact must have served in the environments named by `after`.", gates => gates.Soak, (gates, value) => gates with { Soak = value })
            .Not("soakTime", "requiredSoakTime", "bake", "waitTimer")
        .Field("beforeTraffic", Scalars.Switch, "Whether the gate is asked once more before the release gets its first traffic.", gates => gates.BeforeTraffic,
            (gates, value) => gates with { BeforeTraffic = value })
        .Field("overridesExpire", Scalars.Time(zero: false), "How long an override by two people counts.", gates => gates.OverridesExpire,
            (gates, value) => gates with { OverridesExpire = value });

    private static ScalarShape<string> Attestation => new("kind of attestation", "a kind such as pipeline/integration: lower-case words joined by - and /",
        text => Catalog.AttestationKinds.IsKind(text) ? Parsed.Value(text) : Parsed.Malformed<string>(), value => value, () => new() { ["type"] = "string", ["minLength"] = 1 });

    private static ScalarShape<Role> Role => Scalars.OneOf([.. Roles.All.Select(role => (Roles.NameOf(role), role))]);

    private static ShorthandShape<ApprovalParts> Approvals => new(
        new RecordShape<ApprovalParts>("Approvals", "People who must say yes: each is counted once, never for what they asked for or made themselves.", new())
            .Field("count", Scalars.Whole(1, 20), "How many.", parts => parts.Count, (parts, value) => parts with { Count = value }).Not("number", "required")
            .Field("role", Role, "What they must be in the environment; an admin is everything.", parts => parts.Role, (parts, value) => parts with { Role = value }).Not("by")
            .Field("expires", Scalars.Time(zero: false), "How long an approval counts.", parts => parts.Expires, (parts, value) => parts with { Expires = value }).Not("ttl", "for")
            .Optional("and", new ListShape<ApprovalsNeeded>(Further), "Further people of other roles; nobody is counted twice.", "none", (parts, value) => parts with { And = value }),
        "count", Scalars.Whole(1, 20));

    private static RecordShape<ApprovalsNeeded> Further => new RecordShape<ApprovalsNeeded>("Further approvals", "Further people who must say yes.", new(1, Access.Role.Approver))
        .Field("count", Scalars.Whole(1, 20), "How many.", parts => parts.Count, (parts, value) => parts with { Count = value })
        .Required("role", Role, "What they must be in the environment.", (parts, value) => parts with { Role = value });

    private static RecordShape<DayWindow> Window => new RecordShape<DayWindow>("Window",
            "A time of certain days, in a zone's wall time. One that ends at or before its beginning ends on the next day and belongs to the day it begins.",
            new(DayWindow.EveryDay, 0, 0, ""))
        .Optional("days", new ListShape<ImmutableArray<IsoDayOfWeek>>(Days, orOne: true), "Days it begins on: `fri`, `mon-fri`, or a list.", "every day",
            (window, value) => window with { Days = [.. value.SelectMany(days => days).Distinct().Order()] }).Like("fri", "mon-fri").Not("day", "weekdays")
        .Field("from", Clock, "When it begins.", window => window.From, (window, value) => window with { From = value }).Like("12:00").Not("start", "after")
        .Field("to", Clock, "When it is over.", window => window.To, (window, value) => window with { To = value }).Like("18:00").Not("end", "until")
        .Required("zone", Zone, "Name of the time zone (IANA).", (window, value) => window with { Zone = value }).Like("Europe/Berlin", "America/Chicago", "UTC")
            .Not("timeZone", "timezone", "tz")
        .Optional("reason", Scalars.Word("a reason"), "Why, for people.", "none", (window, value) => window with { Reason = value }).Like("no Friday afternoon");

    /// <summary>A zone's name.</summary>
    public static ScalarShape<string> Zone => new("IANA time zone", "the name of a time zone such as Europe/Berlin",
        text => WallTime.Zone(text) is not null ? Parsed.Value(text) : Parsed.Malformed<string>(NearestName.Of(text, WallTime.Zones), "is not a time zone"), value => value,
        () => new() { ["type"] = "string", ["minLength"] = 1 });

    private static RecordShape<Checklist> Checklist => new RecordShape<Checklist>("Checklist",
            "What a machine checks of a release. `required` stops it, `advisory` only speaks.", new())
        .Field("tests", Weight, "Its tests passed, for this very artifact.", list => list.Tests, (list, value) => list with { Tests = value })
        .Field("scans", Weight, "All its scans passed.", list => list.Scans, (list, value) => list with { Scans = value }).Not("scan", "security")
        .Field("provenance", Weight, "It is signed where it comes from.", list => list.Provenance, (list, value) => list with { Provenance = value }).Not("signed", "slsa")
        .Field("rollbackTarget", Weight, "What serves now can be gone back to: its instances run, or its files are here to start them.", list => list.RollbackTarget,
            (list, value) => list with { RollbackTarget = value })
        .Field("healthy", Weight, "All instances of what serves now are ready.", list => list.Healthy, (list, value) => list with { Healthy = value }).Not("health")
        .Field("smoke", Weight, "A smoke command, or the checks of `rollout.verify`, passed for it in the environments before.", list => list.Smoke, (list, value) => list with { Smoke = value })
        .Field("migrations", Weight, "Its pending migrations leave what serves working, and no contract of an earlier release is left to run.", list => list.Migrations,
            (list, value) => list with { Migrations = value }).Not("database", "schema")
        .Field("runbook", Weight, "The service's `runbook` is written, and there when it is a file.", list => list.Runbook, (list, value) => list with { Runbook = value })
        .Field("alerts", Weight, "An alerting rule speaks of the service, in the rule files of the metrics source.", list => list.Alerts, (list, value) => list with { Alerts = value })
            .Not("alert", "alerting", "rules")
        .Field("backup", Weight, "The service's newest backup is as fresh as its `backup` promises.", list => list.Backup, (list, value) => list with { Backup = value }).Not("backups")
        .Field("objectives", Weight, "Each of the service's `objectives` has error budget left.", list => list.Objectives, (list, value) => list with { Objectives = value }).Not("slo", "budget")
        .Field("neverRejected", Weight, "It was taken back in no environment.", list => list.NeverRejected, (list, value) => list with { NeverRejected = value });

    private static ScalarShape<CheckWeight> Weight => Scalars.OneOf(("required", CheckWeight.Required), ("advisory", CheckWeight.Advisory), ("off", CheckWeight.Off));

    private static ScalarShape<int> Clock => new("time of day", "a time of day from 00:00 to 24:00", ParseClock,
        value => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value / 60:00}:{value % 60:00}"),
        () => new() { ["type"] = "string", ["pattern"] = @"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$|\$\{" });

    private static ScalarShape<ImmutableArray<IsoDayOfWeek>> Days => new("day or range of days", "a day such as fri, or a range such as mon-fri", ParseDays,
        value => string.Join(',', value.Select(day => NameOf(day))), () => new() { ["type"] = "string", ["pattern"] = @"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$|\$\{" });

    private static Parsed<int> ParseClock(string text)
    {
        if (text == "24:00") return Parsed.Value(0);
        if (text.Length == 5 && text[2] == ':' && int.TryParse(text.AsSpan(0, 2), System.Globalization.NumberStyles.None, null, out var hour)
            && int.TryParse(text.AsSpan(3, 2), System.Globalization.NumberStyles.None, null, out var minute))
            return hour < 24 && minute < 60 ? Parsed.Value((hour * 60) + minute) : Parsed.OutOfRange<int>("is no time of day");
        return Parsed.Malformed<int>(text.Length == 4 && text[1] == ':' ? "0" + text : null);
    }

    private static Parsed<ImmutableArray<IsoDayOfWeek>> ParseDays(string text)
    {
        var ends = text.Split('-').Select(IndexOfDay).ToArray();
        if (ends.Length is not (1 or 2) || ends.Contains(-1))
            return Parsed.Malformed<ImmutableArray<IsoDayOfWeek>>(text.Length >= 3 && IndexOfDay(text[..3].ToLowerInvariant()) >= 0 ? text[..3].ToLowerInvariant() : null);
        var days = ImmutableArray.CreateBuilder<IsoDayOfWeek>();
        for (var i = ends[0]; ; i = (i + 1) % 7)
        {
            days.Add((IsoDayOfWeek)(i + 1));
            if (i == ends[^1]) return Parsed.Value(days.ToImmutable());
        }
    }

    private static int IndexOfDay(string name) => DayWindow.EveryDay.ToList().FindIndex(day => NameOf(day) == name);

    private static string NameOf(IsoDayOfWeek day) => day.ToString()[..3].ToLowerInvariant();

    private sealed record ApprovalParts
    {
        public int Count { get; init; } = 1;

        public Role Role { get; init; } = Access.Role.Approver;

        public Duration Expires { get; init; } = new GateSettings().ApprovalsExpire;

        public ImmutableArray<ApprovalsNeeded> And { get; init; } = [];
    }
}
