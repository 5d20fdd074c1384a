using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Verification;

/// <summary>When a check of a release is made.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckMoment>))]
public enum CheckMoment
{
    /// <summary>At 0 %, at the new release's own instances, before any user's request reaches them.</summary>
    Preview,

    /// <summary>At 100 %, at the start of the guard, through the edge as users come.</summary>
    Live,
}

/// <summary>At which moments a check is declared.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckAt>))]
public enum CheckAt
{
    /// <summary>At both.</summary>
    Both,

    /// <summary>Only before any traffic.</summary>
    Preview,

    /// <summary>Only with all traffic.</summary>
    Live,
}

/// <summary>One check of a release, made in its rollout: a request, or a command. All defaults of the capability.</summary>
public sealed record CheckSpec
{
    /// <summary>Most checks of a service.</summary>
    public const int Most = 20;

    /// <summary>Most attempts of a check.</summary>
    public const int MostAttempts = 20;

    /// <summary>The longest that an attempt may take.</summary>
    public static readonly Duration LongestTimeout = Duration.FromHours(1);

    /// <summary>How long an answer to a request may take, unless declared.</summary>
    public static readonly Duration RequestTimeout = Duration.FromSeconds(10);

    /// <summary>How long a command may take, unless declared.</summary>
    public static readonly Duration CommandTimeout = Duration.FromMinutes(5);

    /// <summary>How often a request is made until it passes, unless declared.</summary>
    public const int RequestAttempts = 3;

    /// <summary>Its name, once in a service.</summary>
    public required string Name { get; init; }

    /// <summary>When it is made.</summary>
    public CheckAt At { get; init; }

    /// <summary>The request; null for a command.</summary>
    public HttpCheck? Http { get; init; }

    /// <summary>The command, run in the release's artifact; empty for a request.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>An attempt has failed after this long.</summary>
    public Duration Timeout { get; init; } = RequestTimeout;

    /// <summary>How often it is tried; the first that passes counts.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>Between two attempts.</summary>
    public Duration Pause { get; init; } = Duration.FromSeconds(2);

    /// <summary>Whether it is made at a moment.</summary>
    public bool IsAt(CheckMoment moment) => moment switch
    {
        CheckMoment.Preview => At != CheckAt.Live,
        CheckMoment.Live => At != CheckAt.Preview,
        _ => throw new System.Diagnostics.UnreachableException(moment.ToString()),
    };
}

/// <summary>A request, and what must be true of its answer.</summary>
public sealed record HttpCheck
{
    /// <summary>Bytes of an answer's body that are looked at.</summary>
    public const int MostBody = 1 << 20;

    /// <summary>Redirects that are followed, where any are.</summary>
    public const int MostRedirects = 5;

    /// <summary>Path and query, as users ask for it.</summary>
    public required string Path { get; init; }

    /// <summary>The method, in capitals.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The host asked for; null is that of the service's route for the path.</summary>
    public string? Host { get; init; }

    /// <summary>Headers by name in lower case; <c>$NAME</c> in a value is a variable or secret of the service.</summary>
    public ImmutableSortedDictionary<string, string> Headers { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The body; <c>$NAME</c> in it as in a header. Null sends none.</summary>
    public string? Body { get; init; }

    /// <summary>Status codes of which one must be the answer's.</summary>
    public ImmutableArray<StatusRange> Status { get; init; } = [new(200, 299)];

    /// <summary>Text that the body must hold; null asks for none.</summary>
    public string? Contains { get; init; }

    /// <summary>RE2 expression that must match somewhere in the body; null asks for none.</summary>
    public string? Matches { get; init; }

    /// <summary>Longest time until the whole answer is there; null is only the time-out.</summary>
    public Duration? Within { get; init; }

    /// <summary>Whether redirects to the same host are followed.</summary>
    public bool Redirects { get; init; }
}

/// <summary>Status codes from one to another, both included.</summary>
/// <param name="From">The lowest.</param>
/// <param name="To">The highest.</param>
public sealed record StatusRange(int From, int To)
{
    /// <inheritdoc/>
    public override string ToString() => From == To ? $"{From}" : From % 100 == 0 && To == From + 99 ? $"{From / 100}xx" : $"{From}-{To}";
}
