namespace Fairway.Gates;

public sealed class AttestationRuleTests
{
    private const string Kind = "pipeline/integration";
    private static readonly GateSettings Settings = GateSettings.Open with { Attestations = [Kind] };

    [Fact]
    public void What_is_not_attested_yet_may_still_come()
    {
        var verdict = GateDecider.Decide(Given.Request(), Settings, new(), Given.Now);
        Assert.Equal((GateAnswer.Hold, "attestation-missing"), (verdict.Answer, Given.Rule(verdict, "attestation/" + Kind).Why.Code));
    }

    [Theory]
    [InlineData(GateAnswer.Allow, true)]
    [InlineData(GateAnswer.Deny, false)]
    [InlineData(GateAnswer.Allow, false, true)]
    [InlineData(GateAnswer.Deny, true, false)]
    public void The_newest_of_the_kind_decides_and_no_other_kind(GateAnswer answer, params bool[] passed)
    {
        var facts = new GateFacts
        {
            Attested = [.. passed.Select((well, at) => new AttestedFact(Kind, well, $"run {at} said so", Given.Now)), new("pipeline/other", !passed[^1], "something else", Given.Now)],
        };
        var verdict = GateDecider.Decide(Given.Request(), Settings, facts, Given.Now);
        Assert.Equal(answer, verdict.Answer);
        Assert.Equal($"run {passed.Length - 1} said so", Given.Rule(verdict, "attestation/" + Kind).Why.Sentence);
    }

    [Theory]
    [InlineData(null, true, GateAnswer.Allow)]
    [InlineData(null, false, GateAnswer.Deny)]
    [InlineData(true, false, GateAnswer.Deny)]
    [InlineData(false, true, GateAnswer.Deny)]
    [InlineData(true, true, GateAnswer.Allow)]
    public void What_is_said_of_the_service_counts_and_outweighs_no_failure_of_the_artifact(bool? artifact, bool service, GateAnswer answer)
    {
        var facts = new GateFacts
        {
            Attested = artifact is { } well ? [new AttestedFact(Kind, well, "of the artifact", Given.Now)] : [],
            Service = [new AttestedFact(Kind, service, "of the service", Given.Now + NodaTime.Duration.FromHours(1))],
        };
        Assert.Equal(answer, GateDecider.Decide(Given.Request(), Settings, facts, Given.Now).Answer);
    }
}
