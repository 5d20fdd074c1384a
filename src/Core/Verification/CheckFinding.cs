namespace Fairway.Verification;

/// <summary>What a check found.</summary>
/// <param name="Passed">Whether all was as declared.</param>
/// <param name="Expected">What was declared: of a failed check, the part that was not so.</param>
/// <param name="Got">What was there instead; printable, short, and without secrets.</param>
/// <param name="Milliseconds">How long the slowest answer, or the command, took.</param>
public sealed record CheckFinding(bool Passed, string Expected, string Got, long Milliseconds)
{
    /// <summary>How a finding says it in half a sentence.</summary>
    public string Sentence => Passed ? $"{Got} in {Milliseconds} ms" : $"expected {Expected}, got {Got}";
}

/// <summary>A check's last word in a rollout.</summary>
/// <param name="Name">The check.</param>
/// <param name="Moment">When it was made.</param>
/// <param name="Attempts">Attempts it took.</param>
/// <param name="Finding">What it found.</param>
public sealed record CheckResult(string Name, CheckMoment Moment, int Attempts, CheckFinding Finding);
