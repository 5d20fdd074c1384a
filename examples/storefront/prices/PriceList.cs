namespace Storefront.Prices;

/// <summary>What things cost, in cents.</summary>
public static class PriceList
{
    private static readonly Dictionary<string, long> Cents = new() { ["tea"] = 490, ["pot"] = 2900, ["cup"] = 1150 };

    /// <summary>The names of all things.</summary>
    public static IReadOnlyCollection<string> Things => Cents.Keys;

    /// <summary>The price of some of a thing, in cents: ten and more are 10 % cheaper, rounded to the buyer's favour.</summary>
    /// <returns>Null when there is no such thing.</returns>
    public static long? Of(string thing, int count)
        => !Cents.TryGetValue(thing, out var each) ? null : count >= 10 ? each * count * 9 / 10 : each * count;
}
