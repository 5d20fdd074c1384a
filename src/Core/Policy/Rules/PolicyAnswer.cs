namespace Fairway.Policy;

/// <summary>What one rule said.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Verdict">What it answers.</param>
/// <param name="Applies">Whether its <c>when</c> holds; without, it allows.</param>
/// <param name="Message">Why it does not allow; empty when it does.</param>
/// <param name="Owner">Who may change it.</param>
/// <param name="Inputs">What it looked at, with the values it found.</param>
/// <param name="Error">What went wrong when it was evaluated; null when nothing did.</param>
/// <param name="Cost">What it cost, in steps.</param>
public sealed record PolicyFinding(
    string Rule, PolicyVerdict Verdict, bool Applies, string Message, string Owner, ImmutableArray<Fact> Inputs, string? Error, long Cost)
{
    /// <summary>The same as a reason: its sentence, and the inputs as facts.</summary>
    public Why Why => new(
        Verdict switch { PolicyVerdict.Allow => "policy-allows", PolicyVerdict.Hold => "policy-holds", _ => "policy-denies" },
        Verdict == PolicyVerdict.Allow ? Applies ? "policy {policy} allows it" : "policy {policy} is not about it" : "policy {policy} (of {owner}): {message}",
        [new("policy", Rule), new("owner", Owner), new("message", Message), .. Inputs]);
}

/// <summary>What all rules said together: deny if one denies, hold if one holds, or else allow.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="Findings">What each rule about this service and environment said, in the order of the file.</param>
public sealed record PolicyAnswer(PolicyVerdict Verdict, ImmutableArray<PolicyFinding> Findings)
{
    /// <summary>The rules that do not allow it, deniers first.</summary>
    public IEnumerable<PolicyFinding> Against => Findings.Where(finding => finding.Verdict != PolicyVerdict.Allow).OrderByDescending(finding => finding.Verdict);
}
