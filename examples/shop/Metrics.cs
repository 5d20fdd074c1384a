namespace Shop;

/// <summary>What the shop counts of itself, as Prometheus text: an answer with 200 may still be a bad one.</summary>
internal sealed class Metrics
{
    private long _lists, _empty, _orders;

    public void List(bool empty)
    {
        Interlocked.Increment(ref _lists);
        if (empty) Interlocked.Increment(ref _empty);
    }

    public void Order() => Interlocked.Increment(ref _orders);

    public override string ToString() => $"""
        # HELP shop_product_lists_total Lists of products that were asked for.
        # TYPE shop_product_lists_total counter
        shop_product_lists_total {Interlocked.Read(ref _lists)}
        # HELP shop_empty_product_lists_total Of these, those answered without a product.
        # TYPE shop_empty_product_lists_total counter
        shop_empty_product_lists_total {Interlocked.Read(ref _empty)}
        # HELP shop_orders_total Orders taken.
        # TYPE shop_orders_total counter
        shop_orders_total {Interlocked.Read(ref _orders)}

        """;
}
