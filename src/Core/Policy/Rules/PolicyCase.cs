using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Policy;

/// <summary>A test case: an input, and what the policies should answer.</summary>
public sealed record PolicyCase
{
    /// <summary>Its name: a sentence.</summary>
    public string Name { get; init; } = "";

    /// <summary>The input, in the form that <see cref="PolicyInput.Read"/> takes.</summary>
    public JsonObject Input { get; init; } = [];

    /// <summary>The answer that is expected.</summary>
    public PolicyVerdict Expect { get; init; }

    /// <summary>Names of exactly the rules that should not allow; null does not ask.</summary>
    public ImmutableArray<string>? Rules { get; init; }

    /// <summary>What one of the messages should say, as a part of it; null does not ask.</summary>
    public string? Message { get; init; }

    /// <summary>Where it stands, <c>file:line:column</c>.</summary>
    public string At { get; init; } = "";

    /// <summary>Asks the policies and compares.</summary>
    /// <param name="policies">The rules.</param>
    /// <param name="limits">What each expression may cost.</param>
    public PolicyCaseResult Run(PolicySet policies, CelLimits limits)
    {
        using var json = JsonDocument.Parse(Input.ToJsonString());
        var (input, problem) = PolicyInput.Read(json.RootElement);
        if (input is null) return new(this, null, [$"the input cannot be used: {problem}"]);
        var answer = PolicyEvaluator.Decide(policies, input, limits);
        var problems = ImmutableArray.CreateBuilder<string>();
        if (answer.Verdict != Expect) problems.Add($"the answer is {Word(answer.Verdict)}, and {Word(Expect)} is expected");
        var against = answer.Against.Select(finding => finding.Rule).ToHashSet(StringComparer.Ordinal);
        if (Rules is { } rules)
        {
            foreach (var missing in rules.Where(rule => !against.Contains(rule))) problems.Add($"{missing} is expected not to allow it, and does");
            foreach (var surplus in against.Where(rule => !rules.Contains(rule, StringComparer.Ordinal)).Order(StringComparer.Ordinal)) problems.Add($"{surplus} does not allow it, and is not expected to");
        }
        if (Message is { } message && !answer.Against.Any(finding => finding.Message.Contains(message, StringComparison.Ordinal)))
            problems.Add($"no message says \"{message}\"");
        return new(this, answer, problems.ToImmutable());
    }

    /// <summary>A verdict as it is written: <c>allow</c>, <c>hold</c>, <c>deny</c>.</summary>
    public static string Word(PolicyVerdict verdict) => verdict switch
    {
        PolicyVerdict.Allow => "allow",
        PolicyVerdict.Hold => "hold",
        _ => "deny",
    };
}

/// <summary>What came of a test case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Answer">What the policies answered; null when the input cannot be used.</param>
/// <param name="Problems">What is not as expected; empty when it passed.</param>
public sealed record PolicyCaseResult(PolicyCase Case, PolicyAnswer? Answer, ImmutableArray<string> Problems)
{
    /// <summary>Whether all is as expected.</summary>
    public bool Passed => Problems.IsEmpty;
}
