using Fairway.Catalog;
using NodaTime;

namespace Fairway.Environments;

public sealed class HeldPromotionTests
{
    [Theory]
    [InlineData("1.0", "promoted-automatically")]
    [InlineData("1.1", "waits-at-gate")]
    [InlineData(null, "promoted-automatically")]
    public void What_a_gate_holds_makes_room_for_what_is_newer_and_is_put_forward_once(string? held, string code)
    {
        var facts = new PromotionFacts(new("production", "shop"), [new("staging", Release("1.1"), IsSettled: true)], null, IsBusy: false, _ => false)
        {
            Held = held is null ? null : Release(held).Digest,
        };
        Assert.Equal(code, PromotionDecider.Decide(facts).Why.Code);
    }

    private static Release Release(string version) => new("sha256:" + version, "shop", version, "sha256:files", new() { Command = ["run"] }, Instant.FromUtc(2026, 1, 1, 0, 0));
}
