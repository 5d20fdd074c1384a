namespace Fairway.Policy;

/// <summary>What a policy answers; the later one wins over the earlier.</summary>
public enum PolicyVerdict
{
    /// <summary>Nothing is said against it.</summary>
    Allow,

    /// <summary>Not now: it is asked again.</summary>
    Hold,

    /// <summary>No.</summary>
    Deny,
}

/// <summary>What a rule does with its expression.</summary>
public enum PolicyEffect
{
    /// <summary>What does not hold is denied.</summary>
    Require,

    /// <summary>What holds is denied.</summary>
    Deny,

    /// <summary>While it holds, it waits.</summary>
    Hold,
}

/// <summary>A rule about what may be shipped, as an expression of the Common Expression Language over <see cref="PolicyVariables"/>.</summary>
public sealed record PolicyRule
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Who may change it: a team or a person, as people know them.</summary>
    public string Owner { get; init; } = "";

    /// <summary>What it is for; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>Services it is about; empty is all.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>Environments it is about; empty is all.</summary>
    public ImmutableArray<string> Environments { get; init; } = [];

    /// <summary>An expression that says whether it applies; null is always.</summary>
    public string? When { get; init; }

    /// <summary>What is done with <see cref="Expression"/>.</summary>
    public PolicyEffect Effect { get; init; } = PolicyEffect.Require;

    /// <summary>The expression; its value is a truth value.</summary>
    public string Expression { get; init; } = "";

    /// <summary>What is said when it does not allow; null is made from the expression.</summary>
    public string? Message { get; init; }

    /// <summary>An expression that makes the message; null is <see cref="Message"/>.</summary>
    public string? MessageExpression { get; init; }

    /// <summary>What it answers when it does not allow.</summary>
    public PolicyVerdict Refusal => Effect == PolicyEffect.Hold ? PolicyVerdict.Hold : PolicyVerdict.Deny;

    /// <summary>Whether it is about a service in an environment.</summary>
    public bool Covers(string environment, string service)
        => (Environments.IsEmpty || Environments.Contains(environment, StringComparer.Ordinal)) && (Services.IsEmpty || Services.Contains(service, StringComparer.Ordinal));

    /// <inheritdoc/>
    public bool Equals(PolicyRule? other) => other is not null && Name == other.Name && Owner == other.Owner && Description == other.Description
        && Services.SequenceEqual(other.Services) && Environments.SequenceEqual(other.Environments) && When == other.When && Effect == other.Effect
        && Expression == other.Expression && Message == other.Message && MessageExpression == other.MessageExpression;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Expression);
}
