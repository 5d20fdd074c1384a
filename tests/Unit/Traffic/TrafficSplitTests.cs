using Fairway.Kernel;

namespace Fairway.Traffic;

public sealed class TrafficSplitTests
{
    private const int Users = 200_000;

    // Chi-square of 99 degrees of freedom: a uniform split exceeds 170 once in a hundred thousand salts. Keys and salts are fixed, so this cannot flicker.
    [Theory]
    [InlineData("rollout-1")]
    [InlineData("production/shop/2")]
    [InlineData("")]
    [InlineData("production/shop/3")]
    public void Positions_of_users_are_uniform(string salt)
    {
        var split = SplitOf(salt, 5_000);
        foreach (var key in (Func<int, string>[])[i => $"user-{i}", i => i.ToString(), i => $"{i:x32}", i => $"{i}@example.com"])
        {
            var bins = new int[100];
            for (var i = 0; i < Users; i++) bins[split.PositionOf(key(i)) / 100]++;
            Assert.InRange(ChiSquare(bins, Users / 100.0), 40, 170);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(5_000)]
    [InlineData(9_999)]
    public void The_candidate_gets_its_share_of_users(int basisPoints)
    {
        var split = SplitOf("rollout-7", basisPoints);
        var share = Enumerable.Range(0, Users).Count(i => split.ArmAt(split.PositionOf($"user-{i}")) == split.Candidate);
        var expected = Users * (basisPoints / 10_000.0);
        var deviation = Math.Sqrt(expected * (1 - (basisPoints / 10_000.0)));
        Assert.InRange(share, expected - (5 * deviation), expected + (5 * deviation));
    }

    [Fact]
    public void A_larger_weight_keeps_every_user_it_already_had()
    {
        int[] steps = [0, 1, 100, 1_000, 2_500, 5_000, 9_999, 10_000];
        for (var i = 0; i < 20_000; i++)
        {
            var arms = steps.Select(step => SplitOf("rollout-1", step)).Select(split => split.ArmAt(split.PositionOf($"user-{i}")) == split.Candidate).ToArray();
            Assert.False(arms[0]);
            Assert.True(arms[^1]);
            Assert.True(arms.Zip(arms.Skip(1)).All(pair => !pair.First || pair.Second), $"user-{i} went back to stable");
        }
    }

    [Fact]
    public void Each_salt_divides_users_anew()
    {
        // Two independent halves agree on half of the users: five deviations of a fair coin either way.
        for (var rollout = 0; rollout < 20; rollout++)
        {
            var (one, other) = (SplitOf($"production/shop/{rollout}", 5_000), SplitOf($"production/shop/{rollout + 1}", 5_000));
            var both = Enumerable.Range(0, 40_000).Count(i => one.ArmAt(one.PositionOf($"user-{i}")) == other.ArmAt(other.PositionOf($"user-{i}")));
            Assert.InRange(both, 20_000 - 500, 20_000 + 500);
        }
    }

    [Fact]
    public void The_same_users_are_not_first_in_every_rollout()
    {
        var first = Enumerable.Range(0, Users).Where(i => IsFirst("production/shop/1", i)).ToArray();
        var again = first.Count(i => IsFirst("production/shop/2", i));
        Assert.InRange(first.Length, 1_700, 2_300);
        Assert.InRange(again, 0, 60);

        static bool IsFirst(string salt, int user) => SplitOf(salt, 100) is var split && split.ArmAt(split.PositionOf($"user-{user}")) == split.Candidate;
    }

    [Fact]
    public void The_candidate_is_the_preview_arm_wherever_it_stands()
    {
        var routes = Routes(("B", 9_000), ("A", 1_000)) with { PreviewArm = "B" };
        Assert.Equal(0, TrafficSplit.Of(routes).Candidate);
        Assert.Equal(1, TrafficSplit.Of(routes).Stable);
        Assert.Equal(1, TrafficSplit.Of(routes with { PreviewArm = null }).Candidate);
    }

    [Fact]
    public void One_arm_has_everything()
    {
        var split = TrafficSplit.Of(Routes(("A", 10_000)));
        Assert.False(split.IsDivided);
        Assert.Equal(0, split.ArmAt(0));
        Assert.Equal(0, split.ArmAt(9_999));
    }

    [Fact]
    public void Uniform_numbers_become_positions_without_a_gap_at_either_end()
    {
        Assert.Equal(0, TrafficSplit.PositionOf(0));
        Assert.Equal(9_999, TrafficSplit.PositionOf(ulong.MaxValue));
    }

    private static TrafficSplit SplitOf(string salt, int candidate) => TrafficSplit.Of(Routes(("A", 10_000 - candidate), ("B", candidate)) with { Salt = salt, PreviewArm = "B" });

    private static ServiceRoutes Routes(params (string Name, int Weight)[] arms) => new()
    {
        Environment = "production",
        Service = "shop",
        Generation = 1,
        Arms = [.. arms.Select(arm => new Arm(arm.Name, "sha256:" + arm.Name, "1", Weight.FromBasisPoints(arm.Weight), []))],
    };

    private static double ChiSquare(int[] bins, double expected) => bins.Sum(bin => (bin - expected) * (bin - expected) / expected);
}
