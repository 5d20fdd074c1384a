using Fairway.Kernel;
using NodaTime;

namespace Fairway.Traffic;

/// <summary>
/// What is wrong with a table, all of it at once, each as <c>where: what, and what is expected</c>. A table comes from a file or a socket, so nothing about it is
/// taken for granted, not even that its parts are there.
/// </summary>
public static class RouteTableCheck
{
    private const int MaxName = 256;
    private const int MaxArms = 2;

    /// <summary>Everything wrong with the table; empty when it may be applied.</summary>
    public static ImmutableArray<string> Problems(RouteTable table)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        if (table.Version < 0) problems.Add($"version: {table.Version} is negative");
        if (table.Services.IsDefault)
        {
            problems.Add("services: missing; write [] for none");
            return problems.ToImmutable();
        }
        var seen = new HashSet<(string?, string?)>();
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var service in table.Services)
        {
            if (service is null)
            {
                problems.Add("services: holds a null");
                continue;
            }
            var at = $"{service.Environment}/{service.Service}";
            if (!seen.Add((service.Environment, service.Service))) problems.Add($"{at}: is in the table twice");
            var found = Problems(service);
            problems.AddRange(found);
            if (found.IsEmpty) FindSharedMatches(service, at, owners, problems);
        }
        return problems.ToImmutable();
    }

    /// <summary>Everything wrong with one service's part.</summary>
    public static ImmutableArray<string> Problems(ServiceRoutes service)
    {
        var check = new Checker($"{service.Environment}/{service.Service}");
        check.Name("environment", service.Environment);
        check.Name("service", service.Service);
        check.That(service.Generation >= 0, "generation", $"{service.Generation} is negative");
        check.That(service.Salt is { Length: <= MaxName }, "salt", $"missing or longer than {MaxName} characters");
        CheckMatches(service, check);
        CheckArms(service, check);
        if (service.Policy is null) check.That(false, "policy", "is null; leave it out for the defaults");
        else CheckPolicy(service.Policy, check);
        return check.Found;
    }

    private static void FindSharedMatches(ServiceRoutes service, string at, Dictionary<string, string> owners, ImmutableArray<string>.Builder problems)
    {
        foreach (var match in service.Matches)
        {
            var identity = RoutePattern.Identity(match);
            if (owners.TryAdd(identity, at) || owners[identity] == at) continue;
            problems.Add($"{at}: has the same match as {owners[identity]} ({Describe(match)}); give one of them another host, path or header");
        }
    }

    private static void CheckMatches(ServiceRoutes service, Checker check)
    {
        if (!check.That(!service.Matches.IsDefault, "matches", "is null; write [] for none")) return;
        for (var i = 0; i < service.Matches.Length; i++)
        {
            var at = $"matches[{i}]";
            var match = service.Matches[i];
            if (!check.That(match is not null, at, "is null")) continue;
            if (match!.Host is not null) check.That(RoutePattern.IsHost(match.Host), $"{at}.host", $"\"{match.Host}\" is no host; expected shop.example.com, *.example.com or [::1]");
            check.That(
                RoutePattern.IsPrefix(match.PathPrefix), $"{at}.pathPrefix",
                $"\"{match.PathPrefix}\" is no path; expected / or /api, without query or spaces");
            if (!check.That(match.Headers is not null, $"{at}.headers", "missing; write {} for none")) continue;
            foreach (var (name, value) in match.Headers!)
                check.That(RoutePattern.IsToken(name) && value is not null, $"{at}.headers", $"\"{name}\" is no header name with a value");
        }
    }

    private static void CheckArms(ServiceRoutes service, Checker check)
    {
        if (!check.That(!service.Arms.IsDefault, "arms", "is null; write [] for none")) return;
        check.That(service.Arms.Length <= MaxArms, "arms", $"{service.Arms.Length} of them; a service has at most two");
        var names = new HashSet<string>(StringComparer.Ordinal);
        var instances = new HashSet<string>(StringComparer.Ordinal);
        var sum = 0;
        foreach (var arm in service.Arms)
        {
            if (!check.That(arm is not null, "arms", "holds a null")) return;
            check.Name("arms.name", arm!.Name);
            // Nobody's arm: before a service's first release serves, the stable share has neither a release nor targets.
            if (arm.Release is not "" || arm.Targets is not []) check.Name("arms.release", arm.Release);
            check.That(arm.Version is { Length: <= MaxName }, "arms.version", $"missing or longer than {MaxName} characters");
            check.That(names.Add(arm.Name ?? ""), "arms", $"two are named \"{arm.Name}\"");
            sum += arm.Weight.BasisPoints;
            CheckTargets(arm, instances, check);
        }
        if (service.Arms.Length > 0) check.That(sum == Weight.Full.BasisPoints, "arms", $"weights sum to {sum} basis points; they must sum to 10000");
        if (service.PreviewArm is { } preview) check.That(names.Contains(preview), "previewArm", $"no arm is named \"{preview}\"");
    }

    private static void CheckTargets(Arm arm, HashSet<string> instances, Checker check)
    {
        var at = $"arms[{arm.Name}].targets";
        if (!check.That(!arm.Targets.IsDefault, at, "missing; write [] for none")) return;
        foreach (var target in arm.Targets)
        {
            if (!check.That(target is not null, at, "holds a null")) continue;
            check.Name($"{at}.instance", target!.Instance);
            check.That(instances.Add(target.Instance ?? ""), at, $"instance \"{target.Instance}\" is there twice");
            check.That(RoutePattern.IsAddress(target.Host), $"{at}.host", $"\"{target.Host}\" of {target.Instance} is no host name or address");
            check.That(target.Port is >= 1 and <= 65_535, $"{at}.port", $"{target.Port} of {target.Instance} is no TCP port; expected 1 to 65535");
            check.That(Enum.IsDefined(target.State), $"{at}.state", $"{(int)target.State} of {target.Instance} is no state; expected active or draining");
        }
    }

    private static void CheckPolicy(TrafficPolicy policy, Checker check)
    {
        check.That(Enum.IsDefined(policy.Sticky), "policy.sticky", $"{(int)policy.Sticky} is none; expected cookie, header or none");
        check.That(RoutePattern.IsToken(policy.StickyName), "policy.stickyName", $"\"{policy.StickyName}\" is no cookie or header name");
        check.That(RoutePattern.IsToken(policy.PreviewHeader), "policy.previewHeader", $"\"{policy.PreviewHeader}\" is no header name");
        check.That(policy.MaxConcurrency >= 1, "policy.maxConcurrency", $"{policy.MaxConcurrency}; at least 1 is needed");
        check.That(policy.MaxQueue >= 0, "policy.maxQueue", $"{policy.MaxQueue} is negative");
        check.That(policy.Retries is >= 0 and <= 10, "policy.retries", $"{policy.Retries}; expected 0 to 10");
        check.That(policy.MaxBodyBytes is null or >= 0, "policy.maxBodyBytes", $"{policy.MaxBodyBytes} is negative");
        check.That(policy.EjectAfter >= 1, "policy.ejectAfter", $"{policy.EjectAfter}; at least 1 is needed");
        check.That(policy.BreakAt is > 0 and <= 1, "policy.breakAt", $"{policy.BreakAt}; expected more than 0, at most 1");
        check.Time("policy.queueTimeout", policy.QueueTimeout, orZero: true);
        check.Time("policy.responseTimeout", policy.ResponseTimeout, orZero: false);
        check.Time("policy.connectTimeout", policy.ConnectTimeout, orZero: false);
        check.Time("policy.ejectFor", policy.EjectFor, orZero: false);
        check.Time("policy.breakFor", policy.BreakFor, orZero: false);
        check.Time("policy.drainTimeout", policy.DrainTimeout, orZero: true);
    }

    private static string Describe(RouteMatch match)
        => $"host {match.Host ?? "any"}, path {match.PathPrefix}{string.Concat(RoutePattern.HeadersOf(match).Select(header => $", {header}"))}";

    private sealed class Checker(string service)
    {
        private static readonly Duration Longest = Duration.FromDays(1);
        private readonly ImmutableArray<string>.Builder _found = ImmutableArray.CreateBuilder<string>();

        public ImmutableArray<string> Found => _found.ToImmutable();

        public bool That(bool holds, string where, string what)
        {
            if (!holds) _found.Add($"{service} {where}: {what}");
            return holds;
        }

        public void Name(string where, string? name)
            => That(
                !string.IsNullOrWhiteSpace(name) && name.Length <= MaxName && !name.Any(char.IsControl), where,
                $"missing, longer than {MaxName} characters, or with control characters");

        public void Time(string where, Duration time, bool orZero)
            => That((time > Duration.Zero || (orZero && time == Duration.Zero)) && time <= Longest, where, $"{time.TotalMilliseconds} ms; expected more than 0, at most a day");
    }
}
