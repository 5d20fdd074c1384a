using Fairway.Access;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>Enough people said yes to this very release, none of them the one who asks or who made it.</summary>
internal static class ApprovalRule
{
    public const string Id = "approvals";

    /// <summary>What it says; null when nobody need approve.</summary>
    public static RuleVerdict? Ask(GateRequest request, GateSettings settings, GateFacts facts, Instant now)
    {
        if (settings.Approvals.IsEmpty) return null;
        var needed = settings.Approvals.Sum(one => one.Count);
        var counting = Counting(request, facts, now);
        var seats = Seat(settings.Approvals, counting);
        var people = string.Join(", ", seats.OfType<Approval>().Select(one => one.By));
        if (seats.All(seat => seat is not null))
            return new(Id, GateAnswer.Allow, Why.Because("approved", "approved by {people}: {given} of {needed}", ("people", people), ("given", needed), ("needed", needed)))
            {
                Until = seats.Min(seat => seat!.Until),
            };
        var missing = Missing(settings.Approvals, seats);
        var ignored = Ignored(request, facts, now);
        return new(Id, GateAnswer.Hold, Why.Because("approvals-missing", ignored.Length == 0
                ? "{missing|approval} by {roles}, {given} of {needed} given" : "{missing|approval} by {roles}, {given} of {needed} given ({ignored})",
            ("missing", missing.Length), ("given", needed - missing.Length), ("needed", needed), ("roles", Names(missing)), ("ignored", ignored), ("people", people)))
        {
            Change = $"fairway approve {request.Key.Service} --env {request.Key.Environment} --release {Short(request.Release)} --reason TEXT",
            Who = $"{Names(missing)} of {request.Key.Environment}, but not {string.Join(" or ", Barred(request, facts))}",
            Until = counting.IsEmpty ? null : counting.Min(one => one.Until),
        };
    }

    /// <summary>People who may not approve: who asks and who made the release.</summary>
    public static ImmutableArray<string> Barred(GateRequest request, GateFacts facts)
        => [.. facts.Authors.Append(request.Person).Where(person => person.Length > 0).Distinct(StringComparer.Ordinal)];

    private static ImmutableArray<Approval> Counting(GateRequest request, GateFacts facts, Instant now)
    {
        var barred = Barred(request, facts);
        return
        [
            .. facts.Approvals.Where(one => one.Release == request.Release && now < one.Until && !(one.At < facts.OtherSince) && !barred.Contains(one.Person, StringComparer.Ordinal))
                .OrderByDescending(one => one.Until).DistinctBy(one => one.Person, StringComparer.Ordinal),
        ];
    }

    /// <summary>Why approvals that somebody gave do not count; empty when none was left out.</summary>
    private static string Ignored(GateRequest request, GateFacts facts, Instant now)
    {
        var barred = Barred(request, facts);
        var words = new List<string>();
        foreach (var one in facts.Approvals.Where(one => one.Release == request.Release).DistinctBy(one => one.Person, StringComparer.Ordinal))
        {
            if (barred.Contains(one.Person, StringComparer.Ordinal)) words.Add($"that of {one.By} is of their own change");
            else if (now >= one.Until) words.Add($"that of {one.By} has expired");
            else if (one.At < facts.OtherSince) words.Add($"that of {one.By} was withdrawn by another release");
        }
        return string.Join(", ", words);
    }

    /// <summary>Gives each approval one seat that its roles fit, as many seats as can be taken at once (augmenting paths).</summary>
    private static Approval?[] Seat(ImmutableArray<ApprovalsNeeded> needed, ImmutableArray<Approval> approvals)
    {
        Role[] roles = [.. needed.SelectMany(one => Enumerable.Repeat(one.Role, one.Count))];
        var seats = new Approval?[roles.Length];
        foreach (var approval in approvals) Place(approval, new bool[roles.Length]);
        return seats;

        bool Place(Approval approval, bool[] tried)
        {
            for (var i = 0; i < roles.Length; i++)
            {
                if (tried[i] || !Fits(approval, roles[i])) continue;
                tried[i] = true;
                if (seats[i] is { } sitting && !Place(sitting, tried)) continue;
                seats[i] = approval;
                return true;
            }
            return false;
        }
    }

    private static bool Fits(Approval approval, Role role) => approval.Roles.Contains(role) || approval.Roles.Contains(Role.Admin);

    private static Role[] Missing(ImmutableArray<ApprovalsNeeded> needed, Approval?[] seats)
        => [.. needed.SelectMany(one => Enumerable.Repeat(one.Role, one.Count)).Where((_, i) => seats[i] is null)];

    private static string Names(IEnumerable<Role> roles) => string.Join(" and ", roles.Distinct().Select(role => Indefinite(Roles.NameOf(role))));

    private static string Indefinite(string noun) => (noun[0] is 'a' or 'e' or 'i' or 'o' ? "an " : "a ") + noun;

    private static string Short(string digest) => digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest.Substring(7, Math.Min(12, digest.Length - 7)) : digest;
}
