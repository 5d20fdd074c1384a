using Fairway.Kernel;
using NodaTime;

namespace Fairway.Gates;

public sealed class ProvenanceGateTests
{
    private static readonly ProvenanceFact Forged = new(false, Why.Because("provenance-forged", "it was changed or forged"));
    private static readonly ProvenanceFact Absent = new(false, Why.Because("provenance-absent", "nothing says how it was built")) { IsAbsent = true };
    private static readonly ProvenanceFact Believed = new(true, Why.Because("provenance-verified", "built by us"));

    [Theory]
    [InlineData(CheckWeight.Off, GateAnswer.Allow)]
    [InlineData(CheckWeight.Advisory, GateAnswer.Allow)]
    [InlineData(CheckWeight.Required, GateAnswer.Deny)]
    public void What_was_never_signed_is_a_matter_of_the_checklist(CheckWeight weight, GateAnswer answer)
        => Assert.Equal(answer, Ask(weight, Absent).Answer);

    [Theory]
    [InlineData(CheckWeight.Off)]
    [InlineData(CheckWeight.Advisory)]
    [InlineData(CheckWeight.Required)]
    public void What_is_forged_is_refused_whatever_the_checklist_says(CheckWeight weight)
    {
        var verdict = Ask(weight, Forged);
        Assert.Equal(GateAnswer.Deny, verdict.Answer);
        Assert.Equal("provenance-forged", Given.Rule(verdict, "provenance").Why.Code);
    }

    [Fact]
    public void Two_people_cannot_set_a_forgery_aside_only_what_is_missing()
    {
        var over = new Override("sha256:one", "anna", "anna", "shop is down", Given.Now, Given.Now + Duration.FromHours(1)) { ConfirmedBy = "ben", ConfirmedAt = Given.Now };
        Assert.Equal(GateAnswer.Deny, Ask(CheckWeight.Required, Forged, over).Answer);
        Assert.Equal(GateAnswer.Allow, Ask(CheckWeight.Required, Absent, over).Answer);
    }

    [Fact]
    public void A_word_that_it_passed_is_no_proof_where_nobody_can_verify_it()
    {
        Assert.Equal(GateAnswer.Allow, Ask(CheckWeight.Required, Believed).Answer);
        var claimed = new GateFacts { Attested = [new("provenance", true, "trust me", Given.Now)] };
        Assert.Equal(GateAnswer.Deny, GateDecider.Decide(Given.Request(), Settings(CheckWeight.Required), claimed, Given.Now).Answer);
    }

    private static GateSettings Settings(CheckWeight weight) => GateSettings.Open with { Checklist = new() { NeverRejected = CheckWeight.Off, Provenance = weight } };

    private static GateVerdict Ask(CheckWeight weight, ProvenanceFact fact, Override? over = null)
        => GateDecider.Decide(Given.Request(), Settings(weight), new() { Provenance = fact, Overrides = over is null ? [] : [over] }, Given.Now);
}
