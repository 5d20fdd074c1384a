using Fairway.Kernel;

namespace Fairway.Access;

/// <summary>What kind of no.</summary>
public enum AccessRefusal
{
    /// <summary>What was asked for is not possible as written.</summary>
    Invalid,

    /// <summary>They may not.</summary>
    Forbidden,

    /// <summary>It makes no sense in the present state.</summary>
    Conflict,
}

/// <summary>What was decided.</summary>
/// <param name="Event">What happens; null when it was refused, or nothing need happen.</param>
/// <param name="Refused">What kind of no; null for yes.</param>
/// <param name="Why">In words.</param>
public sealed record AccessDecision(AccessEvent? Event, AccessRefusal? Refused, Why Why)
{
    /// <summary>Yes.</summary>
    public static AccessDecision Yes(AccessEvent happened, string code, string template, params ReadOnlySpan<(string Name, object Value)> facts)
        => new(happened, null, Why.Because(code, template, facts));

    /// <summary>No.</summary>
    public static AccessDecision No(AccessRefusal refused, string code, string template, params ReadOnlySpan<(string Name, object Value)> facts)
        => new(null, refused, Why.Because(code, template, facts));
}
