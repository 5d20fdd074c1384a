using Fairway.Access;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Environments;

/// <summary>What was decided about an environment made for a time.</summary>
/// <param name="Event">What happens; null when it was refused.</param>
/// <param name="Refused">What kind of no; null for yes.</param>
/// <param name="Why">In words.</param>
public sealed record EnvironmentDecision(EnvironmentEvent? Event, AccessRefusal? Refused, Why Why);

/// <summary>Makes and ends environments for a time. One of the file is never among them, whatever its name.</summary>
public static class EphemeralDecider
{
    /// <summary>Most that live at once; one that is being torn down counts no more.</summary>
    public const int Quota = 20;

    /// <summary>Longest life.</summary>
    public static Duration Longest { get; } = Duration.FromDays(14);

    /// <summary>Life when none is said.</summary>
    public static Duration Usual { get; } = Duration.FromHours(24);

    /// <summary>Makes one.</summary>
    /// <param name="by">Who.</param>
    /// <param name="name">Its own.</param>
    /// <param name="from">Whose services it has.</param>
    /// <param name="life">How long; null is <see cref="Usual"/>.</param>
    /// <param name="reason">Why.</param>
    /// <param name="configured">Environments of the file.</param>
    /// <param name="all">Those made for a time, also those being torn down.</param>
    /// <param name="now">The time.</param>
    public static EnvironmentDecision Create(
        Standing by, string name, string from, Duration? life, string? reason, ImmutableArray<EnvironmentSettings> configured, ImmutableArray<EphemeralEnvironment> all, Instant now)
    {
        var length = life ?? Usual;
        if (!IsName(name)) return No(AccessRefusal.Invalid, "name-invalid", "\"{name}\" cannot be an environment's name: lower-case letters, digits and hyphens, at most 40", ("name", AccessNames.Tame(name, 60) ?? ""));
        if (configured.Any(one => one.Name == name)) return No(AccessRefusal.Conflict, "environment-of-the-file", "{name} is an environment of the file", ("name", name));
        if (configured.FirstOrDefault(one => one.Protected && name.StartsWith(one.Name, StringComparison.Ordinal)) is { } near)
            return No(AccessRefusal.Conflict, "environment-protected", "{name} begins like {protected}, which is protected; nobody shall confuse the two", ("name", name), ("protected", near.Name));
        if (configured.FirstOrDefault(one => one.Name == from) is not { } template) return No(AccessRefusal.Invalid, "unknown-environment", "there is no environment {from} in the file", ("from", AccessNames.Tame(from, 60) ?? ""));
        if (template.Protected) return No(AccessRefusal.Conflict, "environment-protected", "{from} is protected: no environment is made from it", ("from", from));
        if (length <= Duration.Zero || length > Longest) return No(AccessRefusal.Invalid, "ttl-out-of-range", "it lives for more than nothing and at most {days} days", ("days", Longest.Days));
        if (all.FirstOrDefault(one => one.Name == name) is { } there)
            return No(AccessRefusal.Conflict, "environment-exists", there.EndingSince is null ? "{name} is there already" : "{name} is still being torn down; ask again in a moment", ("name", name));
        if (all.Count(one => one.EndingSince is null) >= Quota) return No(AccessRefusal.Conflict, "environment-quota", "{quota} environments live already; delete one first", ("quota", Quota));
        return new(new EnvironmentEvent.Created(name, from, now + length, new(by.Who.Name, AccessNames.Tame(reason, AccessNames.LongestReason)), now), null,
            Why.Because("environment-created", "{name} has the services of {from}, and ends by itself in {hours} h", ("name", name), ("from", from), ("hours", Math.Round(length.TotalHours, 1))));
    }

    /// <summary>Ends one: a person's word, or its time. Only one that was made for a time.</summary>
    public static EnvironmentDecision End(EphemeralEnvironment? environment, string name, string by, string? reason, Instant now)
    {
        if (environment is null) return No(AccessRefusal.Conflict, "not-ephemeral", "{name} was not made for a time; only such an environment can be deleted", ("name", AccessNames.Tame(name, 60) ?? ""));
        return environment.EndingSince is not null
            ? new(null, null, Why.Because("already-ending", "{name} is being torn down already", ("name", environment.Name)))
            : new(new EnvironmentEvent.Ending(new(by, AccessNames.Tame(reason, AccessNames.LongestReason)), now), null,
                Why.Because("environment-ending", "{by} ends {name}: its place is free, and what runs in it is being stopped", ("by", by), ("name", environment.Name)));
    }

    // As in the file: a part of host names.
    private static bool IsName(string name)
        => name.Length is > 0 and <= 40 && name[0] != '-' && name[^1] != '-' && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    private static EnvironmentDecision No(AccessRefusal refused, string code, string template, params ReadOnlySpan<(string Name, object Value)> said) => new(null, refused, Why.Because(code, template, said));
}
