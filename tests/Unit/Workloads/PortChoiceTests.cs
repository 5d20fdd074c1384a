using Fairway.Workloads;

namespace Fairway.Tests.Unit.Workloads;

public sealed class PortChoiceTests
{
    private static readonly PortRange None = new(0, -1);

    [Fact]
    public void Every_port_of_the_range_is_offered_once()
        => Assert.Equal(Enumerable.Range(20000, 100), PortChoice.Candidates(new(20000, 20099), None, new HashSet<int>(), null, "shop", 1).Order());

    [Fact]
    public void Taken_ephemeral_and_avoided_ports_are_left_out()
        => Assert.Equal([20003], PortChoice.Candidates(new(20000, 20009), new(20005, 60000), new HashSet<int> { 20000, 20001 }, 20004, "shop", 1).Where(port => port != 20002));

    [Fact]
    public void Instances_begin_at_different_places()
        => Assert.True(Enumerable.Range(0, 50).Select(i => PortChoice.Candidates(new(20000, 29999), None, new HashSet<int>(), null, $"shop-{i}", 1).First()).Distinct().Count() > 45);

    [Fact]
    public void An_empty_range_offers_nothing() => Assert.Empty(PortChoice.Candidates(new(2, 1), None, new HashSet<int>(), null, "shop", 1));
}
