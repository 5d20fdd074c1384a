using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What a gate, or one of its rules, says.</summary>
public enum GateAnswer
{
    /// <summary>It may ship.</summary>
    Allow,

    /// <summary>Not yet: it waits, and goes on by itself when what is missing is there.</summary>
    Hold,

    /// <summary>It may not: asking again is a person's matter.</summary>
    Deny,
}

/// <summary>When a gate is asked. It is asked anew each time, for the exact release.</summary>
public enum GateMoment
{
    /// <summary>Somebody asks for the release.</summary>
    Request,

    /// <summary>It is about to leave the queue.</summary>
    Queue,

    /// <summary>It is about to get its first traffic.</summary>
    Traffic,

    /// <summary>Somebody only wants to know.</summary>
    DryRun,
}

/// <summary>What one rule says.</summary>
/// <param name="Rule">Its id, kebab-case, such as <c>approvals</c> or <c>checklist/tests</c>.</param>
/// <param name="Answer">What it says.</param>
/// <param name="Why">The reason, with the numbers it used.</param>
public sealed record RuleVerdict(string Rule, GateAnswer Answer, Why Why)
{
    /// <summary>It speaks, and does not count.</summary>
    public bool Advisory { get; init; }

    /// <summary>What would change the answer, as an instruction; null when nothing need change.</summary>
    public string? Change { get; init; }

    /// <summary>Who may change it; null when nothing need change.</summary>
    public string? Who { get; init; }

    /// <summary>When time alone may change the answer; null when it does not.</summary>
    public Instant? Until { get; init; }

    /// <summary>An override set it aside.</summary>
    public bool Overridden { get; init; }

    /// <summary>Whether it keeps the release from shipping.</summary>
    [JsonIgnore]
    public bool Stops => Answer != GateAnswer.Allow && !Advisory && !Overridden;
}

/// <summary>A gate's answer, bound to one release in one environment, with every rule that spoke.</summary>
/// <param name="Key">The service in its environment.</param>
/// <param name="Release">Digest that it is about, and no other.</param>
/// <param name="Version">The name people use for it.</param>
/// <param name="Moment">When it was asked.</param>
/// <param name="Answer">The strictest of its rules'.</param>
/// <param name="Rules">Every rule that spoke, in the order they are asked.</param>
public sealed record GateVerdict(ServiceKey Key, string Release, string Version, GateMoment Moment, GateAnswer Answer, ImmutableArray<RuleVerdict> Rules)
{
    /// <summary>When time alone may change the answer next; null when it does not.</summary>
    [JsonIgnore]
    public Instant? Until
    {
        get
        {
            Instant? next = null;
            foreach (var rule in Rules)
                if (rule.Until is { } until && (next is not { } known || until < known)) next = until;
            return next;
        }
    }

    /// <summary>The whole answer in a sentence: every rule that keeps it from shipping.</summary>
    [JsonIgnore]
    public Why Why
    {
        get
        {
            var stopping = Rules.Where(rule => rule.Stops && rule.Answer == Answer).ToArray();
            var overridden = Rules.Where(rule => rule.Overridden && rule.Answer != GateAnswer.Allow).Select(rule => rule.Rule).ToArray();
            return Answer switch
            {
                GateAnswer.Allow when overridden.Length > 0 => Why.Because("gate-overridden", "the gate of {environment} lets {version} pass by an override of {rules}",
                    ("environment", Key.Environment), ("version", Version), ("rules", string.Join(", ", overridden))),
                GateAnswer.Allow => Why.Because("gate-open", "the gate of {environment} lets {version} pass: {count|rule} asked", ("environment", Key.Environment),
                    ("version", Version), ("count", Rules.Length)),
                GateAnswer.Hold => Why.Because("gate-holds", "{version} waits for {reasons}", ("version", Version), ("reasons", Said(stopping)), ("environment", Key.Environment)),
                GateAnswer.Deny => Why.Because("gate-denies", "the gate of {environment} refuses {version}: {reasons}", ("environment", Key.Environment), ("version", Version),
                    ("reasons", Said(stopping))),
                _ => throw new System.Diagnostics.UnreachableException(Answer.ToString()),
            };
        }
    }

    /// <summary>Whether another verdict says the same by the same rules; numbers that grow with time do not count.</summary>
    public bool SaysAs(GateVerdict? other) => other is not null && Release == other.Release && Answer == other.Answer
        && Rules.Select(Print).SequenceEqual(other.Rules.Select(Print));

    private static (string Rule, GateAnswer Answer, string Code, bool Overridden) Print(RuleVerdict rule) => (rule.Rule, rule.Answer, rule.Why.Code, rule.Overridden);

    private static string Said(IEnumerable<RuleVerdict> rules) => string.Join("; ", rules.Select(rule => rule.Why.Sentence));
}
