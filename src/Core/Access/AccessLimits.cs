using NodaTime;

namespace Fairway.Access;

/// <summary>How long things last, and how long they may. All defaults of the capability.</summary>
public sealed record AccessLimits
{
    /// <summary>The usual ones.</summary>
    public static AccessLimits Usual { get; } = new();

    /// <summary>A login link that nobody opened.</summary>
    public Duration Link { get; init; } = Duration.FromMinutes(10);

    /// <summary>A session without a request.</summary>
    public Duration SessionIdle { get; init; } = Duration.FromHours(12);

    /// <summary>A session at most.</summary>
    public Duration Session { get; init; } = Duration.FromDays(7);

    /// <summary>A token, when nothing else is said.</summary>
    public Duration Token { get; init; } = Duration.FromDays(30);

    /// <summary>A token at most.</summary>
    public Duration LongestToken { get; init; } = Duration.FromDays(366);

    /// <summary>A grant, when nothing else is said.</summary>
    public Duration Grant { get; init; } = Duration.FromHours(1);

    /// <summary>A grant at most.</summary>
    public Duration LongestGrant { get; init; } = Duration.FromHours(12);

    /// <summary>A role taken without an approval, at most.</summary>
    public Duration LongestBreakGlass { get; init; } = Duration.FromHours(1);

    /// <summary>A request that nobody decided.</summary>
    public Duration Request { get; init; } = Duration.FromHours(24);

    /// <summary>Failed sign-ins from one address in <see cref="AttemptWindow"/>.</summary>
    public int Attempts { get; init; } = 10;

    /// <summary>Failed sign-ins from everywhere in <see cref="AttemptWindow"/>.</summary>
    public int AttemptsInAll { get; init; } = 100;

    /// <summary>Over which attempts are counted.</summary>
    public Duration AttemptWindow { get; init; } = Duration.FromMinutes(1);
}
