namespace Fairway.Pipelines;

/// <summary>What there is already of what one job of one run ships, read from where it is kept: the shipping may have been begun by a runner that was killed.</summary>
/// <param name="Made">The release of these files.</param>
/// <param name="Attested">What the run found out about them.</param>
/// <param name="Signed">How they were built, signed for this very run.</param>
/// <param name="Asked">This very run's wish that the release goes to its environment.</param>
public sealed record ShipFacts(bool Made, bool Attested, bool Signed, bool Asked);

/// <summary>What is done next to ship.</summary>
public enum ShipStep
{
    /// <summary>Make the release.</summary>
    Make,

    /// <summary>Note what the run found out.</summary>
    Attest,

    /// <summary>Sign how it was built.</summary>
    Sign,

    /// <summary>Ask for it in its environment.</summary>
    Deploy,

    /// <summary>Nothing: it is shipped.</summary>
    Done,
}

/// <summary>
/// Decides how shipping goes on. It looks at what is there and not at what was done, so shipping that was cut off anywhere goes on from there and nothing is
/// done twice.
/// </summary>
public static class Shipping
{
    /// <summary>The next step.</summary>
    /// <param name="facts">What is there.</param>
    /// <param name="signs">Whether there are keys to sign with.</param>
    /// <param name="deploys">Whether it goes to an environment.</param>
    public static ShipStep Next(ShipFacts facts, bool signs, bool deploys)
    {
        // Asked for last, so all before it was done; it is not made anew from what the configuration says by now.
        if (deploys && facts.Asked) return ShipStep.Done;
        if (!facts.Made) return ShipStep.Make;
        if (!facts.Attested) return ShipStep.Attest;
        if (signs && !facts.Signed) return ShipStep.Sign;
        return deploys ? ShipStep.Deploy : ShipStep.Done;
    }
}
