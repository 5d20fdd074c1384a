using System.Collections.Concurrent;
using System.Text.Json.Serialization;

namespace Shop;

/// <summary>Something to buy.</summary>
/// <param name="Id">Its number in the address of its page.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Cents">Price of one.</param>
/// <param name="About">A sentence.</param>
internal sealed record Product(int Id, string Name, int Cents, string About);

/// <summary>What a customer sends.</summary>
internal sealed record OrderRequest(int Product, int Quantity);

/// <summary>What became of it.</summary>
internal sealed record Order(long Id, int Product, int Quantity, int Cents);

/// <summary>An answer that says what was wrong.</summary>
internal sealed record Problem(string Error);

/// <summary>Products and orders, in memory.</summary>
internal sealed class Catalogue
{
    private const int OrdersKept = 10_000;
    private readonly ConcurrentDictionary<long, Order> _orders = new();
    private long _lastOrder;

    public Product[] Products { get; } =
    [
        new(1, "Sea chart", 2450, "The estuary at low water, on linen."),
        new(2, "Brass lamp", 8900, "Burns all night in any wind."),
        new(3, "Marlinspike", 1900, "For splices, and for stubborn knots."),
        new(4, "Log book", 1250, "Two hundred ruled pages; the spine lies flat."),
        new(5, "Hand lead", 3300, "Seven pounds, armed with tallow."),
        new(6, "Signal flags", 15900, "The whole alphabet, hemmed twice."),
        new(7, "Oilskin", 11900, "Keeps the weather on its own side."),
        new(8, "Ship's bell", 21000, "Eight strokes, heard a mile off."),
    ];

    public long Orders => Volatile.Read(ref _lastOrder);

    public Product? Find(int id) => id >= 1 && id <= Products.Length ? Products[id - 1] : null;

    public Order? FindOrder(long id) => _orders.GetValueOrDefault(id);

    /// <summary>Takes an order, or says what is wrong with it.</summary>
    public (Order? Order, string? Error) Take(OrderRequest request)
    {
        if (Find(request.Product) is not { } product) return (null, $"there is no product {request.Product}");
        if (request.Quantity is < 1 or > 100) return (null, "quantity is 1 to 100");
        var order = new Order(Interlocked.Increment(ref _lastOrder), product.Id, request.Quantity, product.Cents * request.Quantity);
        _orders[order.Id] = order;
        _orders.TryRemove(order.Id - OrdersKept, out _);
        return (order, null);
    }
}

/// <summary>How the API's records are written, made at compile time so that the first answer is as fast as the rest.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Product[]))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ShopJson : JsonSerializerContext;
